"""Patterns of questions, negation, other persons and the age of a firm."""

from __future__ import annotations

import pytest

from bot.core.nlu.patterns import (
    expand_circled_numbers,
    expresses_doubt,
    is_hypothetical,
    is_question,
    mentions_other_person,
    question_without_negated,
    remove_negated,
    strip_preamble,
    to_standard_words,
)


@pytest.mark.parametrize(
    "text",
    [
        "补好多钱",
        "贷款能贷好多",
        "启动资金几多",
        "点样休学",
        "归边个管",
        "啷个办",
        "有好多",
        "办照要几久",
    ],
)
def test_dialect_question_words_make_a_question(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize(
    "text",
    [
        "开了好多年",
        "有好多人",
        "亏了好多钱",
        "等了好久",
        "我有好多想法",
        "冇几多人",
        "做了十几年",
        "我们几个合伙",
    ],
)
def test_the_same_words_in_a_statement_make_no_question(text: str) -> None:
    assert not is_question(text)


@pytest.mark.parametrize(
    "text", ["我是宝妈", "全职妈妈", "爸爸糖", "妈的", "扶持对象", "我是两个孩子的妈妈"]
)
def test_false_positives_mention_no_other_person(text: str) -> None:
    assert not mentions_other_person(text)


@pytest.mark.parametrize("text", ["我妈想贷款", "我妈的店", "我对象", "宝妈的老公"])
def test_relatives_are_other_persons(text: str) -> None:
    assert mentions_other_person(text)


@pytest.mark.parametrize(
    ("text", "rest", "negated"),
    [
        ("我不开网店 开实体店 那能贷款吗", "开实体店 那能贷款吗", "网店"),
        ("我不开网店能贷款吗", "能贷款吗", "网店"),
        ("我不是学生，能贷款吗", "能贷款吗", "学生"),
        ("除了贷款还有什么", "还有什么", "贷款"),
    ],
)
def test_a_negated_phrase_is_removed(text: str, rest: str, negated: str) -> None:
    assert remove_negated(text) == (rest, (negated,))


@pytest.mark.parametrize(
    "text",
    ["是不是能贷款", "不是说可以贷款吗", "不收租金的地方有吗", "我不是学生", "不读书先创业行不行"],
)
def test_other_negative_words_stay(text: str) -> None:
    assert remove_negated(text) == (text, ())


def test_dialect_words_become_standard_words() -> None:
    assert to_standard_words("点样休学") == "怎么休学"
    assert to_standard_words("休学") == "休学"


def test_circled_numbers_become_item_marks() -> None:
    assert expand_circled_numbers("①休学②贷款") == "1.休学，2.贷款"
    assert expand_circled_numbers("①") == "①"


def test_every_negated_phrase_is_removed() -> None:
    assert remove_negated("我不是农民工也不是学生 能贷款吗") == ("能贷款吗", ("农民工", "学生"))


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("我不是学生也不是农民工能不能办", "能不能办"),
        ("我不是学生也不是农民工 也不是海归，能不能办", "能不能办"),
        ("我不是学生 能贷款吗", ""),
        ("我不是学生", ""),
        ("能不能办", ""),
    ],
)
def test_a_question_with_only_negated_content_keeps_the_question(text: str, question: str) -> None:
    assert question_without_negated(text).replace(" ", "") == question


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("想问一下，我是返乡农民工", "我是返乡农民工"),
        ("您好！请问我是学生能休学吗", "我是学生能休学吗"),
        ("但是我想了解落户", "落户"),
        ("可是我想知道场地", "场地"),
        ("请问场地能免费吗", "请问场地能免费吗"),
        ("我想问我想咨询", "我想问我想咨询"),
        ("我想知道我能不能贷款", "我想知道我能不能贷款"),
        ("想问", "想问"),
    ],
)
def test_a_preamble_is_removed(text: str, rest: str) -> None:
    assert strip_preamble(text) == rest


@pytest.mark.parametrize(
    ("text", "doubt", "hypothetical"),
    [
        ("所以我能贷30万？", True, False),
        ("三年一共165万？", False, False),
        ("可是我们辅导员说不行", True, False),
        ("那如果不提供宽带呢", False, True),
        ("开小店差三万块，没房没车，谁能借", False, False),
        ("五菱这种大厂自己搞创客车间行不行", False, False),
        ("有三十万想投初创公司", False, False),
    ],
)
def test_doubts_and_hypothetical_cases_are_distinguished(
    text: str, doubt: bool, hypothetical: bool
) -> None:
    assert (expresses_doubt(text), is_hypothetical(text)) == (doubt, hypothetical)
