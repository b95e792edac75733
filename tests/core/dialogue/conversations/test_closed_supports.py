"""Supports and policies that are not available any more: never offered, always marked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.dialogue.single_turn import ask
from bot.core.domain.knowledge import PolicyStatus, SupportStatus
from bot.core.domain.replies import Turn
from tests.core.small_knowledge import ids_of, knowledge, small_base, talk, text_of
from tests.knowledge_base import DAY

SMALL = knowledge()
STUDENT = ("a:identity:student", "a:stage:idea", "c:results")


def with_support(name: str, **changes: Any) -> KnowledgeBase:
    changed = replace(SMALL.supports[name], **changes)
    return small_base(supports={**SMALL.supports, name: changed})


def with_policy(**changes: Any) -> KnowledgeBase:
    return small_base(policies={"paper": replace(SMALL.policies["paper"], **changes)})


def verdicts(turn: Turn) -> dict[str, str]:
    return {line.support: line.verdict for line in turn.findings}


@pytest.mark.parametrize(
    ("status", "mark"),
    [
        (SupportStatus.EXPIRED, "已到期"),
        (SupportStatus.EXHAUSTED, "额度已用完"),
        (SupportStatus.SUSPENDED, "已暂停"),
        (SupportStatus.SUPERSEDED, "已被新文件代替"),
    ],
)
def test_results_list_a_closed_support_apart_and_marked(status: SupportStatus, mark: str) -> None:
    turn = talk(with_support("enrolment", status=status), *STUDENT)[-1]
    text = text_of(turn)
    assert verdicts(turn)["enrolment"] == "closed"
    before, after = text.split("已经停办、现在办不了的：")
    assert f"休学创业保留学籍（{mark}）" in after
    assert "休学创业保留学籍" not in before
    labels = {o.id: o.label for reply in turn.replies for o in reply.choices}
    assert labels["s:enrolment"] == f"休学创业保留学籍（{mark}）"
    cards = {card.support: card for reply in turn.replies for card in reply.cards}
    assert cards["enrolment"].verdict == "closed"
    assert "⚠ 这一项" in cards["enrolment"].sections[0].body


def test_results_leave_out_a_closed_support_for_other_people() -> None:
    base = with_support("subsidy", status=SupportStatus.EXPIRED)
    turn = talk(base, *STUDENT)[-1]
    assert verdicts(turn)["subsidy"] == "closed"
    assert "众创空间补助" not in text_of(turn)
    assert "众创空间补助" not in text_of(talk(base, *STUDENT, "c:others")[-1])


@pytest.mark.parametrize("status", [PolicyStatus.EXPIRED, PolicyStatus.SUPERSEDED])
def test_nothing_of_a_policy_that_ended_fits(status: PolicyStatus) -> None:
    *before, turn = talk(with_policy(status=status), *STUDENT)
    assert set(verdicts(turn).values()) == {"closed"}
    assert "适合您" not in text_of(turn)
    assert any("⚠" in text_of(each) for each in (*before, turn))


def test_an_answer_on_a_closed_support_says_so_first() -> None:
    base = with_support("enrolment", status=SupportStatus.EXPIRED)
    answered = text_of(talk(base, "a:identity:student", "s:enrolment")[-1])
    assert answered.startswith("⚠ 这一项已经到期")
    assert answered.count("这一项已经到期") == 1
    assert "对您来说：这一项现在办不了" in answered
    assert "适合" not in answered
    for field in ("who", "conditions", "why", "amount", "deadline"):
        said = text_of(talk(base, "a:identity:student", f"f:{field}:enrolment")[-1])
        assert "这一项已经到期" in said, field


def test_a_short_answer_and_a_question_among_several_say_it_too() -> None:
    base = with_support("enrolment", status=SupportStatus.EXHAUSTED)
    assert "额度已经用完" in text_of(talk(base, "s:enrolment", "c:brief")[-1])
    several = text_of(talk(base, "休学创业能保留学籍吗？众创空间一年补多少？")[-1])
    assert "额度已经用完" in several


def test_a_clarification_marks_what_is_closed() -> None:
    base = with_support("shop", status=SupportStatus.SUSPENDED)
    turn = talk(base, "有哪些贴息")[-1]
    labels = [o.label for reply in turn.replies for o in reply.choices if o.id == "s:shop"]
    assert labels in ([], ["开网店贴息（已暂停）"])
    assert ids_of(turn)


def test_ask_tells_which_matches_are_closed() -> None:
    base = with_support("enrolment", status=SupportStatus.EXPIRED)
    record = ask("休学创业能保留学籍吗", base, DAY)
    assert {m["support"]: m["closed"] for m in record["matches"]}["enrolment"] is True
    open_record = ask("休学创业能保留学籍吗", small_base(), DAY)
    assert not any(m["closed"] for m in open_record["matches"])


# -- questions about validity --------------------------------------------------------------------


def validity(base: KnowledgeBase, *before: str, day: date = DAY) -> str:
    return text_of(talk(base, *before, "这个文件还有效吗", day=day)[-1])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "没有查到它被废止或延续的依据"),
        ({"status": PolicyStatus.IN_FORCE, "last_verified": DAY}, "核实过，还在执行"),
        ({"status": PolicyStatus.EXPIRED}, "已经到期"),
        ({"status": PolicyStatus.SUPERSEDED}, "已经被新文件代替"),
        ({"valid_until": DAY - timedelta(days=1)}, "已经到期"),
        ({"effective": DAY + timedelta(days=1)}, "还没到施行的日子"),
    ],
)
def test_validity_is_answered_from_the_status_of_the_policy(
    changes: dict[str, Any], words: str
) -> None:
    said = validity(with_policy(**changes))
    assert words in said
    states = ["没有查到", "还在执行", "已经到期", "被新文件代替", "还没到施行"]
    assert sum(state in said for state in states) == 1


def test_validity_names_the_days_that_the_policy_states() -> None:
    said = validity(with_policy(effective=date(2016, 3, 1), valid_until=date(2027, 6, 30)))
    assert "从 2016-03-01 起施行" in said
    assert "有效期到 2027-06-30" in said
    base = with_policy(status=PolicyStatus.IN_FORCE, last_verified=date(2025, 12, 1))
    assert "最近核实：2025-12-01" in validity(base)


def test_validity_of_a_closed_support_in_focus_says_so_first() -> None:
    base = with_support("enrolment", status=SupportStatus.EXPIRED, valid_until=date(2020, 12, 31))
    said = validity(base, "s:enrolment")
    assert said.startswith("⚠ 这一项已经到期")
    assert "2020-12-31" in said


def test_the_last_day_of_the_policy_answers_when_it_ends() -> None:
    base = with_policy(valid_until=date(2027, 6, 30))
    said = text_of(talk(base, "s:enrolment", "f:deadline:enrolment")[-1])
    assert "有效期到：2027-06-30" in said


def test_no_target_year_is_invented() -> None:
    base = with_policy(target_year=None)
    said = [validity(base), text_of(talk(base, "s:enrolment", "f:deadline:enrolment")[-1])]
    said.append(text_of(talk(base, "c:help")[-1]))
    for text in said:
        assert "目标年" not in text
        assert "2020" not in text
    assert "目标年是 2020 年" in validity(small_base())
