"""A paused bot says one phrase, and still shows and deletes what it stores of a person."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.domain.session import Answer, Session, Utterance
from tests.core.small_knowledge import ids_of, small_base, talk, text_of
from tests.knowledge_base import DAY

ANSWERED = Session((Answer("identity", ("student",)),), pending="stage")
PAUSED = "先停一停"


@pytest.fixture(scope="module")
def base() -> KnowledgeBase:
    return small_base()


@pytest.fixture(scope="module")
def paused(base: KnowledgeBase) -> KnowledgeBase:
    place = replace(base.knowledge.locality, paused=True)
    small = replace(base.knowledge, version="paused", locality=place)
    return KnowledgeBase(small, base.index, base.act_model)


@pytest.mark.parametrize(
    "said",
    [
        "休学创业能保留学籍吗",
        "你好",
        "结果",
        "我是退伍军人，想贷款",
        "老板欠薪找谁",
        "谢谢",
        "1",
        "😀",
        "c:start",
        "a:stage:idea",
        "s:leave",
        "f:text:leave",
        "c:results",
        "c:useful:leave",
        "c:nothing",
    ],
)
def test_everything_gets_one_phrase_and_changes_nothing(paused: KnowledgeBase, said: str) -> None:
    (turn,) = talk(paused, said, session=ANSWERED)
    assert text_of(turn).startswith("对不起")
    assert PAUSED in text_of(turn)
    assert "12345" in text_of(turn)
    assert [link.url for reply in turn.replies for link in reply.links] == ["tel:12345"]
    assert ids_of(turn) == ["c:me", "c:forget"]
    assert (turn.session.answers, turn.session.pending) == (ANSWERED.answers, "stage")
    assert turn.session.kinds == ()
    assert turn.outcome is None
    assert not turn.effects.unanswered


@pytest.mark.parametrize("said", ["忘记我", "c:forget", "delete my data"])
def test_everything_can_be_deleted(paused: KnowledgeBase, said: str) -> None:
    assert talk(paused, said, session=ANSWERED)[0].effects.forget


def test_a_messenger_still_asks_before_it_deletes(paused: KnowledgeBase) -> None:
    turn = step(ANSWERED, Utterance("忘记我", confirm=True), paused, DAY)
    assert ids_of(turn) == ["c:forget_yes", "c:forget_no"]
    yes = Utterance(choice="c:forget_yes", confirm=True)
    assert step(turn.session, yes, paused, DAY).effects.forget


def test_what_is_stored_can_be_seen(paused: KnowledgeBase) -> None:
    for said in ("我的信息", "c:me"):
        assert "在校学生" in text_of(talk(paused, said, session=ANSWERED)[0])
    assert "身份证" in text_of(talk(paused, "c:privacy", session=ANSWERED)[0])


def test_who_follows_changes_can_stop_it(paused: KnowledgeBase) -> None:
    assert PAUSED not in text_of(talk(paused, "c:unfollow", session=ANSWERED)[0])


def test_an_edited_message_gets_the_phrase_too(paused: KnowledgeBase) -> None:
    edited = Utterance("我是毕业生", edited=())
    turn = step(ANSWERED, edited, paused, DAY)
    assert PAUSED in text_of(turn)
    assert turn.session.answers == ANSWERED.answers


def test_the_conversation_goes_on_afterwards(base: KnowledgeBase, paused: KnowledgeBase) -> None:
    (turn,) = talk(paused, "休学", session=ANSWERED)
    (later,) = talk(base, "a:stage:idea", session=turn.session)
    assert later.session.answered("stage")


def test_without_the_switches_everything_is_as_written(
    base: KnowledgeBase, paused: KnowledgeBase
) -> None:
    assert base.without_switches is base
    plain = paused.without_switches
    assert PAUSED not in text_of(talk(plain, "休学创业能保留学籍吗")[0])
