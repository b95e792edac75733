"""A changed text of an earlier message corrects what that message said."""

from __future__ import annotations

import pytest

from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.domain.replies import Turn
from bot.core.domain.session import Answer, Session, Utterance
from tests.core.small_knowledge import ids_of, text_of
from tests.knowledge_base import DAY


def conversation(base: KnowledgeBase, *said: str) -> list[Turn]:
    """Return the turns of an interview that starts with /start."""
    turns = [step(Session(), Utterance(choice="c:start"), base, DAY)]
    for text in said:
        turns.append(step(turns[-1].session, Utterance(text), base, DAY))
    return turns


def given(turns: list[Turn], number: int) -> tuple[Answer, ...]:
    """Return the answers that a turn gave."""
    before = turns[number - 1].session.profile
    after = turns[number].session.profile
    return tuple(Answer(s, c) for s, c in after.items() if c != before.get(s))


def edit(base: KnowledgeBase, turns: list[Turn], number: int, text: str) -> Turn:
    """Return the turn after the text of one message was changed."""
    utterance = Utterance(text, edited=given(turns, number))
    return step(turns[-1].session, utterance, base, DAY)


@pytest.mark.parametrize("text", ["2", "高校毕业生", "我是高校毕业生", "毕业生"])
def test_an_edited_answer_corrects_that_answer(base: KnowledgeBase, text: str) -> None:
    turns = conversation(base, "1")
    turn = edit(base, turns, 1, text)
    assert turn.session.profile == {"identity": ("graduate",)}
    assert turn.session.pending == "stage"
    assert "高校毕业生" in text_of(turn), "the reply says what was changed"


def test_an_edited_answer_never_answers_another_question(base: KnowledgeBase) -> None:
    turns = conversation(base, "1", "1", "1")
    turn = edit(base, turns, 1, "2")
    before = turns[-1].session
    assert turn.session.profile == {**before.profile, "identity": ("graduate",)}
    assert turn.session.pending == before.pending


def test_an_edit_after_the_results_shows_new_results(base: KnowledgeBase) -> None:
    turns = conversation(base, "1", "1", "1", "1")
    assert turns[-1].findings
    turn = edit(base, turns, 1, "2")
    assert turn.session.profile["identity"] == ("graduate",)
    assert turn.findings


@pytest.mark.parametrize(("text", "needs"), [("2", ("venue",)), ("想要场地", ("venue",))])
def test_an_edited_answer_replaces_all_choices(
    base: KnowledgeBase, text: str, needs: tuple[str, ...]
) -> None:
    turns = conversation(base, "1", "1", "1")
    assert turns[-1].session.profile["needs"] == ("funding",)
    assert edit(base, turns, 3, text).session.profile["needs"] == needs


def test_several_facts_of_one_message_are_corrected_together(base: KnowledgeBase) -> None:
    turns = conversation(base, "我是在校学生，想要资金")
    assert turns[1].session.profile == {"identity": ("student",), "needs": ("funding",)}
    turn = edit(base, turns, 1, "我是高校毕业生，想要场地")
    assert turn.session.profile == {"identity": ("graduate",), "needs": ("venue",)}


@pytest.mark.parametrize("text", ["刚注册", "99", "想要资金"])
def test_an_edit_that_does_not_answer_the_old_question_is_asked_about(
    base: KnowledgeBase, text: str
) -> None:
    turns = conversation(base, "1")
    turn = edit(base, turns, 1, text)
    assert "没有动您的回答" in text_of(turn)
    assert turn.session.answers == turns[-1].session.answers
    assert turn.session.pending == "stage"
    assert "c:edit:identity" in ids_of(turn)


def test_an_answer_that_was_changed_since_stays(base: KnowledgeBase) -> None:
    turns = conversation(base, "1", "改身份", "3")
    turn = edit(base, turns, 1, "2")
    assert turn.session.profile["identity"] == ("returnee",)
    assert "没有动您的回答" in text_of(turn)


@pytest.mark.parametrize("text", ["1。", "在校学生", "我是在校学生"])
def test_the_same_answer_in_other_words_does_nothing(base: KnowledgeBase, text: str) -> None:
    turns = conversation(base, "1")
    turn = edit(base, turns, 1, text)
    assert turn.replies == ()
    assert turn.session == turns[-1].session


def test_an_edited_question_is_answered_anew(base: KnowledgeBase) -> None:
    turns = conversation(base, "1", "开网店能贷款吗")
    turn = edit(base, turns, 2, "休学创业能保留学籍吗")
    assert turn.outcome == "answer"
    assert turn.cites == ("3.2",)
    assert turn.session.answers == turns[-1].session.answers
    assert turn.session.pending == "stage"


@pytest.mark.parametrize("text", ["1", "2", "刚注册", "我是高校毕业生"])
def test_a_question_edited_into_an_answer_is_asked_about(base: KnowledgeBase, text: str) -> None:
    turns = conversation(base, "1", "开网店能贷款吗")
    turn = edit(base, turns, 2, text)
    assert "没有动您的回答" in text_of(turn)
    assert turn.session.answers == turns[-1].session.answers


@pytest.mark.parametrize("text", ["忘记我", "重来", "上一题", "跳过", "我的信息", "改身份"])
@pytest.mark.parametrize("number", [1, 2])
def test_an_edited_command_is_ignored(base: KnowledgeBase, text: str, number: int) -> None:
    turns = conversation(base, "1", "开网店能贷款吗")
    turn = edit(base, turns, number, text)
    assert turn.replies == ()
    assert turn.session == turns[-1].session
    assert not turn.effects.forget


def test_an_edit_never_confirms_a_deletion(base: KnowledgeBase) -> None:
    session = conversation(base, "1")[-1].session
    asked = step(session, Utterance("忘记我", confirm=True), base, DAY).session
    for text in ("确认", "是", "1"):
        turn = step(asked, Utterance(text, confirm=True, edited=()), base, DAY)
        assert not turn.effects.forget
        assert turn.session.answers == session.answers
