"""Messages with several questions."""

from __future__ import annotations

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from tests.core.small_knowledge import ids_of, talk, text_of


@pytest.mark.parametrize(
    "said",
    [
        "1.休学能保留学籍吗 2.能贷款吗 3.有没有免费场地",
        "1、休学能保留学籍吗？2、能贷款吗？3、有没有免费场地？",
        "①休学能保留学籍吗②能贷款吗③有没有免费场地",
        "第一，休学能保留学籍吗，第二，能贷款吗，第三，有没有免费场地",
        "休学能保留学籍吗？能贷款吗？有没有免费场地？",
    ],
)
def test_each_question_is_answered(said: str, base: KnowledgeBase) -> None:
    turn = talk(base, said)[-1]
    text = text_of(turn)
    assert text.count("· ") == 3
    assert {"3.2", "1.1"} <= set(turn.cites)
    assert {"s:leave-and-keep-enrolment", "s:free-desk-and-broadband"} <= set(ids_of(turn))
    assert len(text) < 240


def test_an_out_of_scope_part_is_answered_in_its_place(base: KnowledgeBase) -> None:
    text = text_of(talk(base, "1.公积金怎么取 2.休学能保留学籍吗")[-1])
    assert "不管这个" in text
    assert "保留学籍" in text


def test_questions_after_the_third_are_listed(base: KnowledgeBase) -> None:
    said = "1.休学能保留学籍吗 2.网店能贷款吗 3.有没有免费工位 4.专利能质押吗"
    text = text_of(talk(base, said)[-1])
    assert text.count("· ") == 3
    assert "还没答到“专利能质押吗”" in text


def test_a_field_refers_to_the_question_before_it(base: KnowledgeBase) -> None:
    text = text_of(talk(base, "1.开网店能贷款吗 2.找谁 3.有没有免费工位")[-1])
    assert "这件事牵头的是市教育局" in text


@pytest.mark.parametrize(
    ("said", "how_long"),
    [
        ("1.休几年 2.找谁 3.要什么材料", "能多久、几年"),
        ("那休几年 找谁 要什么材料", "延长2至5年"),
    ],
)
def test_fields_alone_are_about_the_support_in_focus(
    said: str, how_long: str, base: KnowledgeBase
) -> None:
    text = text_of(talk(base, "休学创业能保留学籍吗", said)[-1])
    assert all(words in text for words in (how_long, "牵头的是市教育局", "要什么材料"))


@pytest.mark.parametrize(
    "said", ["我开了3年店2个人能贷款吗", "1年能拿多少", "农民工能贷款吗？找谁？"]
)
def test_a_single_question_is_not_split(said: str, base: KnowledgeBase) -> None:
    assert "· " not in text_of(talk(base, said)[-1])


def test_a_story_with_one_question_is_not_split(base: KnowledgeBase) -> None:
    story = "我在厂里做质检，家里支持，手头紧，银行不理我，听说有什么担保贷款，想问清楚再辞工"
    assert "· " not in text_of(talk(base, story + "，创业担保贷款我能申请吗")[-1])


def test_the_pending_question_is_asked_again(base: KnowledgeBase) -> None:
    turn = talk(base, "c:start", "a:identity:student", "1.休学能保留学籍吗 2.网店能贷款吗")[-1]
    assert turn.session.pending == "stage"
    assert "回到刚才的问题" in text_of(turn)


def test_fields_without_a_focus_ask_which_support(base: KnowledgeBase) -> None:
    assert "您想问哪一件事" in text_of(talk(base, "1.休几年 2.要什么材料")[-1])
    assert "您想问哪一件事" in text_of(talk(base, "1.要什么材料 2.有没有免费工位")[-1])


def test_each_unknown_part_says_that_it_is_unknown(base: KnowledgeBase) -> None:
    turn = talk(base, "1.公积金怎么取 2.今晚吃什么菜好")[-1]
    assert text_of(turn).count("· ") == 2
    assert (turn.outcome, turn.cites) == ("unknown", ())
    assert "公积金" not in turn.effects.unanswered


def test_what_is_not_stated_is_said_once_for_several_questions(base: KnowledgeBase) -> None:
    text = text_of(talk(base, "s:campus-startup-bases", "要几多钱？带什么材料去？")[-1])
    assert text.count("原文没有写") == 1
    assert "金额或比例" in text
    assert "材料" in text


def test_a_bureau_that_leads_both_supports_is_named_once(base: KnowledgeBase) -> None:
    text = text_of(talk(base, "休学创业能保留学籍吗？创业实践算不算学分？")[-1])
    assert text.count("市教育局牵头") == 1
