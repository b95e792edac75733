"""Figures of whole weeks and months from the daily counts, coarse enough to be public."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from bot.service.count_port import CountKind

# Public figures are multiples of this, rounded down: what is smaller is not shown, and the
# difference of two figures tells nothing of a single question.
STEP = 5
PERIODS = 12
MOST_NAMES = 10
OUTCOMES = ("answer", "clarify", "out_of_scope", "unknown")

Sums = Mapping[tuple[CountKind, str], int]


class Per(StrEnum):
    """How long a period is."""

    WEEK = "week"  # Monday to Sunday
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days from `first` until before `end`."""

    first: date
    end: date

    @property
    def last(self) -> date:
        """The last day."""
        return self.end - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of a period; 0 is less than STEP. `outcomes`: in the order of OUTCOMES."""

    period: Period
    started: int
    outcomes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """What was asked, and how it ended. `supports` and `topics`: ids with their figures over all
    rows, the most frequent first."""

    per: Per
    rows: tuple[Row, ...] = ()
    supports: tuple[tuple[str, int], ...] = ()
    topics: tuple[tuple[str, int], ...] = ()


def periods(today: date, per: Per) -> list[Period]:
    """Return the last PERIODS periods that ended before this day, the earliest first."""
    if per is Per.WEEK:
        monday = today - timedelta(days=today.weekday())
        starts = [monday - timedelta(weeks=n) for n in range(PERIODS, -1, -1)]
    else:
        month = today.year * 12 + today.month - 1
        starts = [date(n // 12, n % 12 + 1, 1) for n in range(month - PERIODS, month + 1)]
    return [Period(first, end) for first, end in pairwise(starts)]


def figures(per: Per, known: Sequence[tuple[Period, Sums]]) -> Figures:
    """Return the figures of these periods and their sums. What comes before the first period with
    anything to show is left out."""
    rows = [_row(period, sums) for period, sums in known]
    while rows and not (rows[0].started or any(rows[0].outcomes)):
        rows = rows[1:]
    every = [sums for _, sums in known]
    return Figures(
        per,
        tuple(rows),
        _names(CountKind.SUPPORT, every) if rows else (),
        _names(CountKind.TOPIC, every) if rows else (),
    )


def _row(period: Period, sums: Sums) -> Row:
    outcomes = (_public(sums.get((CountKind.OUTCOME, outcome), 0)) for outcome in OUTCOMES)
    return Row(period, _public(sums.get((CountKind.STARTED, ""), 0)), tuple(outcomes))


def _names(kind: CountKind, every: Sequence[Sums]) -> tuple[tuple[str, int], ...]:
    names = {name for sums in every for counted, name in sums if counted is kind}
    totals = ((name, sum(sums.get((kind, name), 0) for sums in every)) for name in names)
    public = [(name, _public(total)) for name, total in totals]
    ranked = sorted(public, key=lambda pair: (-pair[1], pair[0]))
    return tuple((name, number) for name, number in ranked if number)


def _public(count: int) -> int:
    return count // STEP * STEP
