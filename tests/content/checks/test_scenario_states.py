"""Scenarios hold although a support or a policy has ended since they were written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.content.checks.scenario_runner import best_play, check_as_written, check_scenarios
from bot.content.checks.scenario_states import all_available, states, unverified
from bot.content.readers.scenarios import Expect, Scenario, Step
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.knowledge import PolicyStatus, Supersedes, SupportStatus
from tests.core.small_knowledge import knowledge, small_base
from tests.knowledge_base import DAY

SMALL = knowledge()
STUDENT = ("a:identity:student", "a:stage:idea", "c:results")
BEFORE, AFTER = DAY - timedelta(days=1), DAY + timedelta(days=1)


def with_support(name: str, **changes: Any) -> KnowledgeBase:
    return small_base(supports={**SMALL.supports, name: replace(SMALL.supports[name], **changes)})


def with_policy(**changes: Any) -> KnowledgeBase:
    return small_base(policies={"paper": replace(SMALL.policies["paper"], **changes)})


def scenario(*taps: str, today: date | None = None, **expected: Any) -> Scenario:
    """Return a scenario of taps; the last one has these expectations."""
    expects = [Expect()] * (len(taps) - 1) + [Expect(**expected)]
    pairs = enumerate(zip(taps, expects, strict=True), 2)
    talk = [Step("", tap, expect, "s.yaml", line) for line, (tap, expect) in pairs]
    return Scenario("样例", tuple(talk), "s.yaml", 1, today)


# Written while everything was available and the policy was unverified.
SUITS = scenario(
    *STUDENT, applies=("enrolment",), says=("您可以去问的", "2020 年"), never_says=("停办",)
)
OPENED = scenario(
    "f:all:enrolment", says=("2020 年",), never_says=("到期", "代替", "用完", "暂停")
)


@pytest.mark.parametrize(
    "base",
    [
        with_support("enrolment", status=SupportStatus.EXPIRED),
        with_support("enrolment", status=SupportStatus.EXHAUSTED),
        with_support("enrolment", status=SupportStatus.SUSPENDED),
        with_support("enrolment", status=SupportStatus.EXPIRED, valid_until=BEFORE),
        with_support("enrolment", valid_until=BEFORE),
        with_policy(status=PolicyStatus.EXPIRED),
        with_policy(status=PolicyStatus.SUPERSEDED),
        with_policy(valid_until=BEFORE),
        with_policy(status=PolicyStatus.IN_FORCE, last_verified=BEFORE),
    ],
)
def test_a_status_leaves_the_scenarios_as_they_are(base: KnowledgeBase) -> None:
    assert check_scenarios([SUITS, OPENED], base, DAY) == []


def test_a_policy_that_another_one_replaces_leaves_them_as_they_are() -> None:
    paper = SMALL.policies["paper"]
    newer = replace(paper, id="newer", supersedes=(Supersedes("paper"),))
    base = small_base(policies={"paper": paper, "newer": newer})
    assert check_as_written([OPENED], base, DAY) != []
    available = all_available(base.knowledge, DAY)
    assert not any(available.closure(s, DAY) for s in available.supports.values())


def test_a_scenario_written_for_the_ended_support_holds_too() -> None:
    base = with_support("enrolment", status=SupportStatus.EXPIRED)
    assert check_scenarios([scenario(*STUDENT, closed=("enrolment",))], base, DAY) == []
    said = scenario("s:enrolment", says=("已经到期",))
    assert check_scenarios([said, OPENED], base, DAY) == []


def test_a_scenario_on_the_day_after_the_last_day_holds_before_and_after_it() -> None:
    base = with_support("enrolment", valid_until=DAY)
    later = scenario("s:enrolment", today=AFTER, says=("已经到期",))
    assert check_scenarios([later], base, DAY) == []
    assert check_scenarios([later], base, AFTER) == []


def test_a_scenario_that_holds_in_no_state_tells_the_fewest_misses() -> None:
    base = with_support("enrolment", status=SupportStatus.EXPIRED)
    wrong = scenario(*STUDENT, applies=("enrolment",), says=("您可以去问的", "税收"))
    (problem,) = check_scenarios([wrong], base, DAY)
    assert "没有说“税收”" in problem.message
    closed = scenario("s:enrolment", says=("已经到期", "税收"))
    (problem,) = check_scenarios([closed], base, DAY)
    assert "没有说“税收”" in problem.message


def test_a_wrong_status_is_noticed_by_the_knowledge_as_written() -> None:
    base = with_support("enrolment", status=SupportStatus.EXPIRED)
    assert check_as_written([SUITS], base, DAY) != []
    assert check_as_written([OPENED], base, DAY) != []
    assert check_as_written([SUITS, OPENED], small_base(), DAY) == []


def test_the_play_shown_is_one_in_which_the_scenario_holds() -> None:
    base = with_support("enrolment", status=SupportStatus.EXPIRED)
    *_, last = best_play(SUITS, states(base, DAY), DAY)
    assert last.failures == ()
    assert "您可以去问的" in last.turn.replies[0].text


def test_knowledge_in_which_nothing_is_closed_or_verified_has_one_state() -> None:
    base = small_base()
    assert states(base, DAY) == (base,)
    assert all_available(base.knowledge, DAY) is base.knowledge
    assert unverified(base.knowledge) is base.knowledge


def test_a_last_day_to_come_stays_in_every_state() -> None:
    supports = {
        **SMALL.supports,
        "enrolment": replace(SMALL.supports["enrolment"], valid_until=AFTER),
        "shop": replace(SMALL.supports["shop"], status=SupportStatus.EXPIRED),
    }
    base = small_base(supports=supports)
    untils = [b.knowledge.supports["enrolment"].valid_until for b in states(base, DAY)]
    assert untils == [AFTER, AFTER]
