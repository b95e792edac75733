"""Scenarios played against the guide: what is said, cited and kept, and what is missed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.content.checks.scenario_runner import play, rehearse
from bot.content.readers.scenarios import Expect, Scenario, Step
from bot.core.dialogue.manager import KnowledgeBase
from tests.core.small_knowledge import small_base
from tests.knowledge_base import DAY


@pytest.fixture(scope="module")
def small() -> KnowledgeBase:
    return small_base()


def scenario(*talk: tuple[str, dict[str, Any]], today: date | None = None) -> Scenario:
    """A scenario of taps and words with what they expect."""
    steps = []
    for line, (said, expected) in enumerate(talk, 2):
        tapped = said[1:2] == ":"
        expect = Expect(**expected)
        steps.append(Step("" if tapped else said, said if tapped else "", expect, "s.yaml", line))
    return Scenario("样例", tuple(steps), "s.yaml", 1, today)


HOLDS = scenario(
    ("c:start", {"question": "identity", "mode": "interview", "cites": ()}),
    ("a:identity:student", {"profile": {"identity": ("student",)}, "question": "stage"}),
    (
        "s:enrolment",
        {
            "says": ("保留学籍", "市教育局"),
            "never_says": ("万元",),
            "cites": ("3.2",),
            "outcome": "answer",
            "focus": "enrolment",
        },
    ),
    (
        "c:results",
        {
            "applies": ("enrolment", "shop"),
            "maybe": ("desk",),
            "not_applicable": ("subsidy",),
            "question": "",
            "focus": "",
        },
    ),
)


def test_a_scenario_that_holds_has_no_misses(small: KnowledgeBase) -> None:
    assert rehearse([HOLDS], small, DAY) == []


@pytest.mark.parametrize(
    ("said", "expected", "words"),
    [
        ("s:enrolment", {"says": ("税收",)}, "没有说“税收”"),
        ("s:enrolment", {"never_says": ("学籍",)}, "不该说“学籍”"),
        ("s:enrolment", {"cites": ("1.1",)}, "依据应是 1.1，实际是 3.2"),
        ("s:enrolment", {"cites": ()}, "依据应是 无，实际是 3.2"),
        ("c:start", {"question": "stage"}, "接着问的应是 stage，实际是 identity"),
        ("c:start", {"question": ""}, "接着问的应是 无，实际是 identity"),
        ("s:enrolment", {"outcome": "unknown"}, "结果类型应是 unknown，实际是 answer"),
        ("c:start", {"mode": "results"}, "所处状态应是 results，实际是 interview"),
        ("s:enrolment", {"focus": "desk"}, "正在谈的扶持应是 desk，实际是 enrolment"),
        (
            "a:identity:student",
            {"profile": {"identity": ("company",)}},
            "identity 应记成 company，实际是 student",
        ),
        ("c:results", {"applies": ("subsidy",)}, "applies 里缺 subsidy"),
        ("c:results", {"not_applicable": ("open",)}, "not_applicable 里缺 open"),
    ],
)
def test_whatever_is_not_as_expected_is_said(
    said: str, expected: dict[str, Any], words: str, small: KnowledgeBase
) -> None:
    (problem,) = rehearse([scenario((said, expected))], small, DAY)
    assert words in problem.message
    assert "样例" in problem.message
    assert (problem.file, problem.line) == ("s.yaml", 2)


def test_nothing_expected_is_nothing_missed(small: KnowledgeBase) -> None:
    assert rehearse([scenario(("什么都行", {}))], small, DAY) == []


def test_a_label_counts_as_said(small: KnowledgeBase) -> None:
    assert rehearse([scenario(("c:start", {"says": ("在校学生",)}))], small, DAY) == []


def test_every_miss_of_every_step_is_reported(small: KnowledgeBase) -> None:
    wrong = scenario(("c:start", {"mode": "idle", "question": "x"}), ("c:help", {"cites": ("1",)}))
    assert [p.line for p in rehearse([wrong], small, DAY)] == [2, 2, 3]


def test_a_scenario_of_another_day_is_played_on_that_day(small: KnowledgeBase) -> None:
    supports = small.knowledge.supports
    over = replace(supports["desk"], valid_until=date(2030, 1, 1))
    base = small_base(supports={**supports, "desk": over})
    later = scenario(("s:desk", {"says": ("已经到期",)}), today=date(2031, 1, 1))
    assert rehearse([later], base, DAY) == []
    assert rehearse([replace(later, today=None)], base, DAY) != []


def test_playing_shows_each_turn_in_order(small: KnowledgeBase) -> None:
    played = list(play(HOLDS, small, DAY))
    assert [p.step for p in played] == list(HOLDS.talk)
    assert [p.turn.session.pending for p in played] == ["identity", "stage", "stage", ""]
