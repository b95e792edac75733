"""The cause of a problem stands first, and what follows from it is folded."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.content.checks.truth.causes import FOLD_FROM, causes_first
from bot.content.checks.truth.quotes import first_difference
from bot.errors import Problem
from tests.content.sample_folder import LEAVE, checked, edit, only


def test_a_name_unknown_in_many_places_is_one_problem() -> None:
    many = [Problem("scenarios/a.yaml", line, "没有“x”", "改") for line in range(1, 7)]
    assert causes_first(many) == [
        Problem("scenarios/a.yaml", 1, "没有“x”", "改；一共 6 处这样，下一处在 scenarios/a.yaml:2")
    ]


def test_few_equal_problems_stay_apart() -> None:
    few = [Problem("a.yaml", line, "没有“x”") for line in range(1, FOLD_FROM)]
    assert causes_first(few) == few


def test_files_that_use_names_come_last() -> None:
    used = [Problem("later_rules/a.yaml", 1, "甲"), Problem("scenarios/a.yaml", 1, "乙")]
    cause = Problem("policies/p/supports/z.yaml", 9, "丙")
    assert causes_first([*used, cause]) == [cause, *used]


def test_a_wrong_clause_is_told_without_its_consequence(folder: Path) -> None:
    edit(folder, LEAVE, 'clause: "1.2"', 'clause: "1.3x"')
    assert "没有这个条款：“1.3x”" in only(checked(folder)).message


@pytest.mark.parametrize(
    ("quote", "text", "told"),
    [
        (
            "可保留学籍，休学",
            "在校大学生可保留学籍,休学创业",
            "第 6 个字“，”不一样（在“保留学籍”后面）",
        ),
        ("给予最多补助", "给予最多", "原文到这里就完了"),
        ("完全别的话", "给予最多", ""),
        ("给予最多", "给予最多", ""),
    ],
)
def test_the_first_differing_character_is_named(quote: str, text: str, told: str) -> None:
    assert told in first_difference(quote, text)
    assert bool(told) == bool(first_difference(quote, text))


def test_a_quote_with_another_comma_shows_where(folder: Path) -> None:
    quote = "在校大学生创业可保留学籍休学,期限为2年"
    text = (folder / LEAVE).read_text("utf-8")
    old = next(line for line in text.splitlines() if line.startswith("quote:"))
    edit(folder, LEAVE, old, f"quote: {quote.replace(',', '，')}")
    told = only(p for p in checked(folder) if "quote 不在" in p.message)
    assert "第 15 个字“，”不一样（在“学籍休学”后面），原文这里是“,”" in told.hint
