"""Roles of choices in interview.yaml: each one once, and the limit of years with the young one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.content.readers.loader import load
from bot.core.domain.knowledge import ChoiceRole
from tests.content.sample_folder import edit, only, problems_of

IDEA = "{id: idea,"


def test_a_role_and_its_limit_are_read(folder: Path) -> None:
    edit(folder, "interview.yaml", IDEA, "{id: idea, role: young, under_years: 5,")
    choice = load(folder).slots["stage"].choices[0]
    assert (choice.role, choice.under_years) == (ChoiceRole.YOUNG, 5)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("role: yung,", "“role”不能是“yung”"),
        ("role: young,", "role: young 和 under_years 要一起写"),
        ("under_years: 5,", "role: young 和 under_years 要一起写"),
        ("role: young, under_years: five,", "要写一个整数"),
    ],
)
def test_a_slip_in_a_role_is_told(folder: Path, written: str, told: str) -> None:
    edit(folder, "interview.yaml", IDEA, f"{IDEA} {written}")
    assert any(told in problem.message for problem in problems_of(folder))


def test_a_role_that_two_choices_have_is_told(folder: Path) -> None:
    edit(folder, "interview.yaml", IDEA, f"{IDEA} role: firm,")
    edit(folder, "interview.yaml", "id: operator", "id: operator\n        role: firm")
    problem = only(problems_of(folder))
    assert "“firm”已经是“identity:operator”的 role 了" in problem.message
