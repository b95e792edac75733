"""Public figures: whole periods, in steps of five, without what is small."""

from __future__ import annotations

from datetime import date

import pytest

from bot.channels.web.statistics.figures import (
    PERIODS,
    Per,
    Period,
    Sums,
    figures,
    periods,
)
from bot.service.count_port import CountKind

WEEKS = periods(date(2026, 11, 30), Per.WEEK)


def outcomes(answer: int = 0, unknown: int = 0, **more: int) -> Sums:
    """Return sums of outcomes, and of supports by keyword."""
    sums = {(CountKind.OUTCOME, "answer"): answer, (CountKind.OUTCOME, "unknown"): unknown}
    return sums | {(CountKind.SUPPORT, name): number for name, number in more.items()}


@pytest.mark.parametrize("day", [date(2026, 11, 30), date(2026, 12, 6)])
def test_weeks_run_from_monday_and_the_current_one_is_left_out(day: date) -> None:
    found = periods(day, Per.WEEK)
    assert len(found) == PERIODS
    assert found[-1] == Period(date(2026, 11, 23), date(2026, 11, 30))
    assert found[-1].last == date(2026, 11, 29)
    assert all(period.first.weekday() == 0 for period in found)
    assert [period.end for period in found[:-1]] == [period.first for period in found[1:]]


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        (date(2026, 11, 30), date(2025, 11, 1), date(2026, 10, 31)),
        (date(2027, 1, 1), date(2026, 1, 1), date(2026, 12, 31)),
        (date(2028, 3, 1), date(2027, 3, 1), date(2028, 2, 29)),
    ],
)
def test_months_end_with_the_last_whole_one(day: date, first: date, last: date) -> None:
    found = periods(day, Per.MONTH)
    assert (len(found), found[0].first, found[-1].last) == (PERIODS, first, last)


def test_figures_are_multiples_of_five_and_small_ones_are_not_told_from_zero() -> None:
    known = figures(Per.WEEK, [(WEEKS[0], outcomes(14, 4)), (WEEKS[1], outcomes(5, 0))])
    assert [row.outcomes for row in known.rows] == [(10, 0, 0, 0), (5, 0, 0, 0)]


def test_names_are_added_up_over_the_periods_and_the_small_are_left_out() -> None:
    first = outcomes(9, leave=3, loan=4, venue=4)
    second = outcomes(9, leave=4, loan=11)
    known = figures(Per.WEEK, [(WEEKS[0], first), (WEEKS[1], second)])
    assert known.supports == (("loan", 15), ("leave", 5))
    assert known.topics == ()


def test_empty_periods_before_the_first_figure_are_left_out_and_later_ones_stay() -> None:
    quiet, busy = outcomes(4, leave=3), outcomes(20)
    known = figures(Per.WEEK, list(zip(WEEKS[:4], [quiet, busy, quiet, busy], strict=True)))
    assert [row.period for row in known.rows] == WEEKS[1:4]
    assert figures(Per.WEEK, [(WEEKS[0], quiet), (WEEKS[1], quiet)]) == figures(Per.WEEK, [])
