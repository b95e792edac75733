"""The question before everything is deleted, on channels that cannot ask it themselves."""

from __future__ import annotations

import pytest

from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.domain.replies import Turn
from bot.core.domain.session import Answer, Option, Session, Utterance
from tests.core.small_knowledge import ids_of, text_of
from tests.knowledge_base import DAY

ANSWERED = Session((Answer("identity", ("student",)),))
QUESTION = "真的要全部删掉吗"


def said(base: KnowledgeBase, session: Session, text: str = "", choice: str = "") -> Turn:
    """Return the turn of a messenger."""
    return step(session, Utterance(text, choice, confirm=True), base, DAY)


def asked(base: KnowledgeBase) -> Session:
    """Return a session whose last turn asked whether to delete everything."""
    return said(base, ANSWERED, "忘记我").session


@pytest.mark.parametrize(
    ("text", "choice"), [("忘记我", ""), ("/forget", ""), ("delete my data", ""), ("", "c:forget")]
)
def test_forgetting_asks_first_and_keeps_everything(
    base: KnowledgeBase, text: str, choice: str
) -> None:
    turn = said(base, ANSWERED, text, choice)
    assert QUESTION in text_of(turn)
    assert ids_of(turn) == ["c:forget_yes", "c:forget_no"]
    assert turn.session.answers == ANSWERED.answers
    assert not turn.effects.forget


@pytest.mark.parametrize(
    "text", ["确认", "是", "是的。", "1", "全部删掉", "确认，全部删掉", "yes"]
)
def test_a_yes_deletes_everything(base: KnowledgeBase, text: str) -> None:
    turn = said(base, asked(base), text)
    assert turn.effects.forget
    assert turn.session.answers == ()


def test_the_button_deletes_everything(base: KnowledgeBase) -> None:
    assert said(base, asked(base), choice="c:forget_yes").effects.forget


@pytest.mark.parametrize("text", ["不", "不删了", "2", "取消", "算了", "no"])
def test_a_no_keeps_everything(base: KnowledgeBase, text: str) -> None:
    turn = said(base, asked(base), text)
    assert "没有删" in text_of(turn)
    assert turn.session.answers == ANSWERED.answers
    assert not turn.effects.forget


@pytest.mark.parametrize("between", ["场地能免费吗", "我的信息", "你好", "好", "开始", "哈哈"])
def test_the_next_other_message_ends_the_question(base: KnowledgeBase, between: str) -> None:
    after = said(base, asked(base), between).session
    assert not said(base, after, "确认").effects.forget
    assert not said(base, after, "是").effects.forget
    late = said(base, after, choice="c:forget_yes")
    assert QUESTION in text_of(late), "an old button asks again"
    assert not late.effects.forget


@pytest.mark.parametrize("session", [Session(), ANSWERED])
def test_a_button_without_its_question_asks_again(base: KnowledgeBase, session: Session) -> None:
    turn = said(base, session, choice="c:forget_yes")
    assert QUESTION in text_of(turn)
    assert not turn.effects.forget


def test_a_pending_question_of_the_interview_comes_back_after_a_no(base: KnowledgeBase) -> None:
    pending = said(base, ANSWERED, choice="c:start").session
    question = said(base, pending, "忘记我")
    kept = said(base, question.session, "不删")
    assert kept.session.pending == pending.pending
    assert ids_of(kept) == [option.id for option in pending.offered]


def test_a_yes_without_the_question_is_not_a_command(base: KnowledgeBase) -> None:
    plain = step(ANSWERED, Utterance("确认"), base, DAY)
    assert said(base, ANSWERED, "确认").replies == plain.replies


def test_other_channels_delete_at_once(base: KnowledgeBase) -> None:
    for utterance in (Utterance("忘记我"), Utterance(choice="c:forget")):
        assert step(ANSWERED, utterance, base, DAY).effects.forget


def test_the_ids_fit_into_buttons(base: KnowledgeBase) -> None:
    offered: tuple[Option, ...] = said(base, ANSWERED, "忘记我").replies[-1].choices
    assert all(len(option.id.encode()) <= 48 for option in offered)
