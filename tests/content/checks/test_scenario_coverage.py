"""Scenario coverage: supports have scenarios, choices are used, expired supports are closed."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.content.checks.run import check
from bot.content.checks.scenario_coverage import covers_support, tapped_answer
from bot.content.readers.loader import load
from bot.content.readers.scenarios import Expect, Step
from tests.content.sample_folder import LEADERS, LEAVE, SCENARIOS, checked, edit, only


@pytest.mark.parametrize(
    ("old", "new"),
    [("applies: [venue-grant]", "applies: []"), ('["1.10", "1.2"]', '["1.2"]')],
)
def test_a_support_needs_a_step_that_cites_its_clause_and_names_it(
    folder: Path, old: str, new: str
) -> None:
    edit(folder, SCENARIOS, old, new)

    problem = only(checked(folder))
    assert "“venue-grant”没有对话样例" in problem.message
    assert '"1.10"' in problem.hint


def test_background_needs_no_scenario(folder: Path) -> None:
    edit(folder, LEADERS, "kind: background\n", "")

    assert "“who-leads”没有对话样例" in only(checked(folder)).message


def test_a_choice_that_nothing_uses_is_unreachable(folder: Path) -> None:
    edit(folder, LEAVE, "needs: [school]", "needs: []")

    problem = only(checked(folder))
    assert "选项“needs:school”没有用处" in problem.message
    assert problem.file == "interview.yaml"


def test_a_choice_that_only_a_scenario_uses_is_reachable(folder: Path) -> None:
    edit(folder, LEAVE, "needs: [school]", "needs: []")
    edit(folder, SCENARIOS, "tap: f:who:venue-grant", "tap: a:needs:venue+school")

    assert checked(folder) == []


def test_a_slot_that_nothing_uses_is_unreachable_and_its_choices_are_not_listed(
    folder: Path,
) -> None:
    edit(folder, LEAVE, "  stage: {of: [idea], basis: reading, closed: false}\n", "")
    edit(folder, SCENARIOS, "        question: stage\n", "")

    assert "问题项“stage”没有用处" in only(checked(folder)).message


def test_the_day_decides_what_is_expired(folder: Path) -> None:
    assert check(folder, date(2027, 12, 31)) == []
    assert "2027-12-31 已经过期" in only(check(folder, date(2028, 1, 1))).message


@pytest.mark.parametrize(
    ("tap", "found"),
    [
        ("a:needs:venue+school", ("needs", ("venue", "school"))),
        ("a:needs:venue", ("needs", ("venue",))),
        ("a:needs", ("", ())),
        ("s:needs:venue", ("", ())),
        ("", ("", ())),
    ],
)
def test_a_tapped_answer_is_taken_apart(tap: str, found: tuple[str, tuple[str, ...]]) -> None:
    assert tapped_answer(_step(tap=tap)) == found


@pytest.mark.parametrize(
    ("step", "proves"),
    [
        ({"cites": ("1.2",), "applies": ("leave-of-absence",)}, True),
        ({"cites": ("1.2",), "maybe": ("leave-of-absence",)}, True),
        ({"cites": ("1.2",), "not_applicable": ("leave-of-absence",)}, True),
        ({"cites": ("1.2",), "focus": "leave-of-absence"}, True),
        ({"cites": ("1.2",), "says": ("一、休学创业：",)}, True),
        ({"cites": ("1.2",)}, False),
        ({"applies": ("leave-of-absence",)}, False),
        ({"cites": ("1.3",), "applies": ("leave-of-absence",)}, False),
        ({"cites": ("1.2",), "applies": ("venue-grant",)}, False),
    ],
)
def test_a_step_covers_a_support_if_it_cites_the_clause_and_names_the_support(
    folder: Path, step: dict[str, Any], proves: bool
) -> None:
    support = load(folder).supports["leave-of-absence"]

    assert covers_support(_step(expect=Expect(**step)), support) is proves


@pytest.mark.parametrize(
    ("tap", "proves"),
    [
        ("s:leave-of-absence", True),
        ("f:who:leave-of-absence", True),
        ("s:other", False),
        ("c:leave-of-absence", False),
    ],
)
def test_a_pressed_button_names_its_support(folder: Path, tap: str, proves: bool) -> None:
    support = load(folder).supports["leave-of-absence"]

    assert covers_support(_step(tap=tap, expect=Expect(cites=("1.2",))), support) is proves


def _step(*, tap: str = "", expect: Expect | None = None) -> Step:
    return Step(say="", tap=tap, expect=expect or Expect(), file=SCENARIOS, line=1)
