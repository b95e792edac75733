"""Every support that is closed says so: what the check notices."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.content.checks.closed_supports import check_closed
from bot.content.readers.build_context import Places
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.knowledge import PolicyStatus, SupportStatus
from tests.core.small_knowledge import knowledge, small_base
from tests.knowledge_base import DAY

SMALL = knowledge()
ENDED = [SupportStatus.EXPIRED, SupportStatus.EXHAUSTED, SupportStatus.SUSPENDED]


def ended(status: SupportStatus, phrases: dict[str, str] | None = None) -> KnowledgeBase:
    """Return the small knowledge with every support of this status, and with these phrases."""
    supports = {name: replace(s, status=status) for name, s in SMALL.supports.items()}
    return small_base(supports=supports, phrases={**SMALL.phrases, **(phrases or {})})


def messages(base: KnowledgeBase) -> list[str]:
    return [problem.message for problem in check_closed(base, Places(), DAY)]


@pytest.mark.parametrize("status", ENDED)
def test_a_closed_support_of_any_kind_says_so(status: SupportStatus) -> None:
    assert messages(ended(status)) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"status": PolicyStatus.EXPIRED},
        {"status": PolicyStatus.SUPERSEDED},
        {"valid_until": DAY - timedelta(days=1)},
    ],
)
def test_every_support_of_a_policy_that_ended_says_so(changes: dict[str, Any]) -> None:
    policy = replace(SMALL.policies["paper"], **changes)
    assert messages(small_base(policies={"paper": policy})) == []


@pytest.mark.parametrize(
    ("phrases", "missing"),
    [
        ({"support_expired": " "}, "没有写停办的提醒"),
        ({"title_closed": "{title}"}, "名字后面没有标"),
    ],
)
def test_a_closed_support_that_does_not_say_so_is_a_problem(
    phrases: dict[str, str], missing: str
) -> None:
    found = messages(ended(SupportStatus.EXPIRED, phrases))
    assert any(missing in message and "“enrolment”" in message for message in found)
    assert messages(small_base(phrases={**SMALL.phrases, **phrases})) == []


def test_the_switches_for_emergencies_are_not_checked() -> None:
    base = ended(SupportStatus.EXPIRED)
    paused = replace(base.knowledge, locality=replace(base.knowledge.locality, paused=True))
    assert messages(KnowledgeBase(paused, base.index, base.act_model)) == []
