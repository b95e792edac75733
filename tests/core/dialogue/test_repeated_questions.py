"""A question of the interview is asked again as it is, after any answer."""

from __future__ import annotations

from bot.core.dialogue.manager import KnowledgeBase
from tests.core.small_knowledge import talk


def test_the_pending_question_keeps_its_words_after_unknown_messages(base: KnowledgeBase) -> None:
    turns = talk(base, "开始", "我是农民工", "公积金怎么取", "今天星期几", "明天星期几")
    stage = base.knowledge.slots["stage"]
    for turn in turns[2:]:
        assert stage.question in turn.replies[-1].text
        assert "没有找到" not in turn.replies[-1].text
        assert "已经说过" not in turn.replies[-1].text


def test_talk_about_the_bot_is_not_said_twice_word_for_word(base: KnowledgeBase) -> None:
    turns = talk(base, "你是政府的吗", "你是真人还是机器", "那你到底是不是机器人")
    said = [turn.replies[0].text for turn in turns]
    assert len(set(said)) == len(said)
    assert "机器人" in said[-1]


def test_hearsay_is_answered_and_not_taken_as_distrust(base: KnowledgeBase) -> None:
    said = talk(base, "听说政府一次性给5万是不是真的")[-1].replies[0].text
    assert "没有写“5万”" in said


def test_who_asks_again_whom_to_ask_hears_what_to_say(base: KnowledgeBase) -> None:
    first, again = talk(base, "s:makerspace-operating-grant", "找谁", "所以我到底找谁")[-2:]
    whom = "市科技局（现在叫柳州市科学技术局）"
    assert first.replies[0].text.startswith(f"这件事牵头的是{whom}。")
    assert again.replies[0].text.startswith(f"还是找{whom}，文件没有写电话。\n打 12345")
    assert "可以这样说：“您好，想问“众创空间运营补助" in again.replies[0].text


def test_a_district_told_later_still_gets_its_office(base: KnowledgeBase) -> None:
    said = talk(base, "s:makerspace-operating-grant", "找谁", "我在柳北区，找谁")[-1].replies
    assert any("您所在县区：柳北区" in reply.text for reply in said)
