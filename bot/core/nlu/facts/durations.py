"""Durations and calendar years in a text."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import NamedTuple

from bot.core.text.figures import whole_number

# What 几年 and 好多年 mean: more than any limit.
MANY_YEARS = math.inf
_DIGITS = "零一二三四五六七八九"
_NUMERAL = r"[0-9]{1,2}|[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九]{1,2}"
_DURATION = re.compile(
    rf"(?<![0-9第零])(?P<number>{_NUMERAL}|十几|几十|好几|好多|几|半|多)(?:多|来|几)?"
    r"(?:个(?:多)?)?(?P<unit>年|载|月|星期|礼拜|周|天)(?P<half>半|多)?"
    r"(?!级|纪|薪|内|前|后|龄|以内|费|租|度|底|初|中|份|之|合同)"
)
_ORDINAL = re.compile(
    r"第(?P<number>[0-9]{1,2}|[二三四五六七八九]?十?[一二三四五六七八九]|十)个?年头?"
)
_YEAR = re.compile(
    r"(?<![0-9])(?P<year>(?:19|20)?[0-9]{2}|[零一二三四五六七八九]{2})年(?!了|多|半)"
)


class Duration(NamedTuple):
    """A length of time in years: the characters `start:end` of a text."""

    start: int
    end: int
    years: float


def durations(clean: str) -> Iterator[Duration]:
    """Return the durations in a normalized text. A month without 个 is a date."""
    for found in _DURATION.finditer(clean):
        unit, number = found["unit"], found["number"]
        if unit == "月" and "个" not in found[0] and number != "半":
            continue
        years = 0.0 if unit not in "年载" else _years(number)
        yield Duration(found.start(), found.end(), years)
    # In the eighth year, a firm is seven years old.
    for found in _ORDINAL.finditer(clean):
        yield Duration(found.start(), found.end(), _years(found["number"]) - 1)


def times(clean: str) -> Iterator[tuple[int, int]]:
    """Return the spans of durations and years."""
    for pattern in (_DURATION, _YEAR):
        yield from (found.span() for found in pattern.finditer(clean))


def founding_year(clean: str, this_year: int) -> tuple[int, int, int] | None:
    """Return the start, the end and the number of a calendar year that is not in the future."""
    for found in _YEAR.finditer(clean):
        text = found["year"]
        if text.isdigit() and text.isascii():
            year = int(text)
        else:
            year = _DIGITS.index(text[0]) * 10 + _DIGITS.index(text[1])
        year += 0 if year > 100 else 2000 if year <= this_year % 100 else 1900
        if year <= this_year:
            return found.start(), found.end(), year
    return None


def _years(number: str) -> float:
    if number == "半":
        return 0.5
    if number in ("几", "好几", "十几", "几十", "好多", "多"):
        return MANY_YEARS
    # Of “三四年” the first digit counts.
    return float(whole_number(number if number.isdigit() or "十" in number else number[0]))
