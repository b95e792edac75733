"""Plots as values for an SVG template: stacked bars, one a day, a week or a month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

# Units of the drawing.
WIDTH = 600.0
HEIGHT = 180.0
GAP = 0.2  # of the width of a period


@dataclass(frozen=True, slots=True)
class Series:
    """The numbers of one kind, one a period. `name`: the class of its bars."""

    name: str
    label: str
    numbers: Sequence[int]


@dataclass(frozen=True, slots=True)
class Bar:
    """One rectangle."""

    series: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Plot:
    """Bars, and the table with the same numbers. `starts`: the first day of each period. `top`:
    what the full height stands for."""

    bars: Sequence[Bar]
    series: Sequence[Series]
    starts: Sequence[date]
    top: int
    width: float = WIDTH
    height: float = HEIGHT

    @property
    def rows(self) -> list[tuple[date, list[int]]]:
        """The periods with anything, newest first, with the number of each series."""
        found = [
            (day, [series.numbers[n] for series in self.series])
            for n, day in enumerate(self.starts)
        ]
        return [(day, numbers) for day, numbers in reversed(found) if any(numbers)]


def stacked_bars(starts: Sequence[date], series: Sequence[Series]) -> Plot:
    """Return a plot of these series, stacked from the bottom in their order."""
    totals = [sum(each.numbers[n] for each in series) for n in range(len(starts))]
    top = max([*totals, 1])
    step = WIDTH / max(1, len(starts))
    bars = []
    for n in range(len(starts)):
        below = 0
        for each in series:
            number = each.numbers[n]
            if not number:
                continue
            height = HEIGHT * number / top
            y = HEIGHT - HEIGHT * below / top - height
            x = step * (n + GAP / 2)
            values = (round(value, 2) for value in (x, y, step * (1 - GAP), height))
            bars.append(Bar(each.name, *values))
            below += number
    return Plot(bars, series, starts, top)
