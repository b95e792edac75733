"""How people speak: what asks, what denies, who is spoken of, how old a firm is."""

from __future__ import annotations

import pytest

from bot.core.nlu.patterns import (
    age_in_passing,
    age_of_firm,
    asks_from,
    asks_of_a_sum,
    doubts,
    is_question,
    itemised,
    only_denies,
    speaks_of_kin,
    standard,
    supposes,
    undenied,
    without_courtesy,
)


@pytest.mark.parametrize(
    "said",
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
def test_the_question_words_of_the_region_ask(said: str) -> None:
    assert is_question(said)


@pytest.mark.parametrize(
    "said",
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
def test_the_same_words_may_only_say_many(said: str) -> None:
    assert not is_question(said)


def test_asking_begins_at_the_first_word_that_asks() -> None:
    assert asks_from("我是学生点样休学") == len("我是学生")
    assert asks_from("我是学生") == len("我是学生")


@pytest.mark.parametrize(
    "said", ["我是宝妈", "全职妈妈", "爸爸糖", "妈的", "扶持对象", "我是两个孩子的妈妈"]
)
def test_words_that_hold_a_relative_and_mean_none(said: str) -> None:
    assert not speaks_of_kin(said)


@pytest.mark.parametrize("said", ["我妈想贷款", "我妈的店", "我对象", "宝妈的老公"])
def test_relatives_are_seen(said: str) -> None:
    assert speaks_of_kin(said)


@pytest.mark.parametrize(
    ("said", "stage"),
    [
        ("半年了", "startup"),
        ("开了个店半年", "startup"),
        ("成立公司半年了", "startup"),
        ("开业3个月", "startup"),
        ("我在柳东开了个众创空间三年了", "established"),
        ("在鹿寨养猪五年了", "established"),
    ],
)
def test_the_age_of_a_firm_is_told_in_passing(said: str, stage: str) -> None:
    assert age_in_passing(said)[0] == stage


@pytest.mark.parametrize(
    "said",
    [
        "休学创业两年可以吗",
        "做了三年级家教",
        "三年级",
        "想开两年",
        "毕业两年了",
        "注册资金三年内缴",
        "2016年",
        "一年",
        "开粉店一个月能赚多少",
        "开店一年要交多少税",
    ],
)
def test_other_spans_of_time_are_no_age_in_passing(said: str) -> None:
    assert age_in_passing(said)[0] == ""


def test_half_a_year_and_months_are_young() -> None:
    assert age_of_firm("半年") == age_of_firm("八个月") == "startup"


@pytest.mark.parametrize(
    ("said", "kept", "denied"),
    [
        ("我不开网店 开实体店 那能贷款吗", "开实体店 那能贷款吗", "网店"),
        ("我不开网店能贷款吗", "能贷款吗", "网店"),
        ("我不是学生，能贷款吗", "能贷款吗", "学生"),
        ("除了贷款还有什么", "还有什么", "贷款"),
    ],
)
def test_what_is_denied_is_cut_out(said: str, kept: str, denied: str) -> None:
    assert undenied(said) == (kept, (denied,))


@pytest.mark.parametrize(
    "said",
    ["是不是能贷款", "不是说可以贷款吗", "不收租金的地方有吗", "我不是学生", "不读书先创业行不行"],
)
def test_other_noes_stay(said: str) -> None:
    assert undenied(said) == (said, ())


def test_local_words_in_the_standard_language() -> None:
    assert standard("点样休学") == "怎么休学"
    assert standard("休学") == "休学"


def test_circles_are_items() -> None:
    assert itemised("①休学②贷款") == "1.休学，2.贷款"
    assert itemised("①") == "①"


def test_every_no_is_cut_out() -> None:
    assert undenied("我不是农民工也不是学生 能贷款吗") == ("能贷款吗", ("农民工", "学生"))


@pytest.mark.parametrize("said", ["去年12月注册的", "上个月刚开业", "今年才办的"])
def test_what_was_founded_lately_is_young(said: str) -> None:
    assert age_of_firm(said) == "startup"
    assert age_in_passing(said)[0] == "startup"


def test_what_is_to_be_founded_is_not() -> None:
    assert age_in_passing("打算今年注册")[0] == ""


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("我不是学生也不是农民工能不能办", "能不能办"),
        ("我不是学生也不是农民工 也不是海归，能不能办", "能不能办"),
        ("我不是学生 能贷款吗", ""),
        ("我不是学生", ""),
        ("能不能办", ""),
    ],
)
def test_who_names_only_what_they_are_not_asks_what_is_left(said: str, asked: str) -> None:
    assert only_denies(said).replace(" ", "") == asked


@pytest.mark.parametrize(
    ("said", "left"),
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
def test_a_courtesy_asks_nothing_yet(said: str, left: str) -> None:
    assert without_courtesy(said) == left


@pytest.mark.parametrize(
    ("said", "sum_", "doubt", "case"),
    [
        ("所以我能贷30万？", True, True, False),
        ("三年一共165万？", True, False, False),
        ("可是我们辅导员说不行", False, True, False),
        ("那如果不提供宽带呢", False, False, True),
        ("开小店差三万块，没房没车，谁能借", False, False, False),
        ("五菱这种大厂自己搞创客车间行不行", False, False, False),
        ("有三十万想投初创公司", False, False, False),
    ],
)
def test_remarks_on_what_was_said_are_told_apart(
    said: str, sum_: bool, doubt: bool, case: bool
) -> None:
    assert (asks_of_a_sum(said), doubts(said), supposes(said)) == (sum_, doubt, case)
