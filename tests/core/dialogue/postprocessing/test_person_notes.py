"""Notes for people whose kind a later rule names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.dialogue.single_turn import ask
from bot.core.domain.knowledge import PersonKind
from bot.core.domain.replies import Turn
from bot.core.domain.session import Session
from tests.core.small_knowledge import LOAN_RULE, SUPPORTS, small_base, talk
from tests.knowledge_base import DAY

VETERAN = PersonKind("退役军人", ("退伍了", "退伍军人"))
GRADUATE = PersonKind("高校毕业生", identities=("graduate",))
DISABLED = PersonKind("残疾人", ("残疾",), once=True)


@pytest.fixture(scope="module")
def base() -> KnowledgeBase:
    """Return the small knowledge, with a loan rule that names veterans, graduates and disabled
    people."""
    rule = replace(LOAN_RULE, people=(VETERAN, GRADUATE, DISABLED))
    supports: dict[str, Any] = {s.id: s for s in SUPPORTS}
    supports["shop"] = replace(supports["shop"], updates=(rule,))
    return small_base(supports=supports)


def said(turn: Turn) -> str:
    return "\n".join(reply.text for reply in turn.replies)


def test_a_veteran_is_told_when_the_loan_is_answered(base: KnowledgeBase) -> None:
    turns = talk(base, "我退伍了", "开网店能贷款吗")
    told = "".join(map(said, turns))
    assert "单列了“退役军人”" in told
    assert "《贷款新办法》（2024-05）" in told
    assert "http" not in told
    links = [link for turn in turns for reply in turn.replies for link in reply.links]
    assert [link.url for link in links].count("http://gx.example/1.html") == 1


def test_the_note_is_told_once(base: KnowledgeBase) -> None:
    turns = talk(base, "我退伍了", "开网店能贷款吗", "开网店能贷款吗")
    assert sum(said(turn).count("单列了") for turn in turns) == 1


def test_other_supports_and_other_people_get_no_note(base: KnowledgeBase) -> None:
    assert "单列了" not in said(talk(base, "我退伍了", "休学创业能保留学籍吗")[-1])
    assert "单列了" not in said(talk(base, "开网店能贷款吗")[-1])


@pytest.mark.parametrize("denied", ["我不是退伍军人", "我儿子退伍了"])
def test_a_kind_that_is_denied_or_of_somebody_else_is_not_stored(
    denied: str, base: KnowledgeBase
) -> None:
    turn = talk(base, denied)[-1]
    assert turn.session.kinds == ()
    assert "单列了" not in said(talk(base, denied, "开网店能贷款吗")[-1])


def test_an_answer_to_the_interview_counts_too(base: KnowledgeBase) -> None:
    assert "单列了“高校毕业生”" in said(talk(base, "a:identity:graduate", "s:shop")[-1])


def test_a_sensitive_kind_is_told_at_once_and_never_stored(base: KnowledgeBase) -> None:
    turn = talk(base, "我有残疾")[-1]
    assert "单列了“残疾人”" in said(turn)
    assert turn.session.kinds == turn.session.kinds_told == ()


def test_ask_tells_the_note(base: KnowledgeBase) -> None:
    assert "单列了“退役军人”" in ask("我退伍了，开网店能贷款吗", base, DAY)["reply"]


def test_the_stated_kinds_survive_the_store_and_leave_with_a_restart(base: KnowledgeBase) -> None:
    session = talk(base, "我退伍了", "开网店能贷款吗")[-1].session
    loaded = Session.load(session.dump())
    assert (loaded.kinds, loaded.kinds_told) == (("退役军人",), ("退役军人",))
    assert talk(base, "重来", session=session)[-1].session.kinds == ()


def test_the_stated_kinds_are_shown_among_the_answers(base: KnowledgeBase) -> None:
    assert "您说过自己是：退役军人" in said(talk(base, "我退伍了", "我的信息")[-1])
