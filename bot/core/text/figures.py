"""Find sums of money, shares and durations in Chinese texts, as comparable values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_NUMBER = r"(?:\d+(?:\.\d+)?|[零〇一二两三四五六七八九十百千]+)"
_FIGURE = re.compile(
    rf"百分之(?P<percent>{_NUMBER})|"
    rf"(?<!第)(?P<number>{_NUMBER})(?:多|来)?(?P<scale>万|千|百|亿)?"
    r"(?:(?P<tail>[一二三四五六七八九](?![年月天个])))?"
    r"(?P<unit>元|块钱?|%|个百分点|个点|成(?![立为本果人])|年|个月|天)?"
)
# “0.5至2个百分点”: the unit of the end holds for the start too.
_RANGE = re.compile(
    rf"({_NUMBER})(?=(?:至|到|-|—|~)({_NUMBER})((?:万|千|百|亿)?(?:元|块|%|个百分点|年|个月|天)))"
)
_KINDS = {
    "元": "money",
    "块": "money",
    "块钱": "money",
    "%": "share",
    "个百分点": "share",
    "个点": "share",
    "成": "tenths",
    "年": "years",
    "个月": "months",
    "天": "days",
}
_SCALES = {"": 1, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}


class Figure(NamedTuple):
    """A figure: its kind (money in yuan, share in percent, years, months, days), its value, and
    the words of the text."""

    kind: str
    value: float
    words: str


def figures(text: str) -> Iterator[Figure]:
    """Return the figures of a text in its order. A number without a unit and a scale is none."""
    for found in _FIGURE.finditer(_RANGE.sub(r"\g<1>\g<3>", text)):
        if found["percent"]:
            yield Figure("share", _value(found["percent"]), found[0])
            continue
        unit, scale = found["unit"] or "", found["scale"] or ""
        large = scale in ("万", "亿")
        if not unit and not large:
            continue
        value = _value(found["number"]) * _SCALES[scale]
        if found["tail"] and scale:
            value += _DIGITS[found["tail"]] * _SCALES[scale] / 10
        kind = _KINDS.get(unit, "money")
        if kind == "tenths":
            kind, value = "share", value * 10
        if kind in ("years", "months", "days") and value > 100:
            continue
        yield Figure(kind, value, found[0])


def _value(number: str) -> float:
    return float(number if number[0].isdigit() else numeral_value(number))


def whole_number(text: str) -> int:
    """Return the value of digits or of a Chinese numeral. Raises KeyError for other texts."""
    return int(text) if text.isdigit() else numeral_value(text)


def numeral_value(numeral: str) -> int:
    """Return the value of a Chinese numeral below ten thousand: 两 → 2, 三百二十 → 320. Raises
    KeyError for another character."""
    total, digit = 0, 0
    for char in numeral:
        if char in _UNITS:
            total += (digit or 1) * _UNITS[char]
            digit = 0
        else:
            digit = _DIGITS[char]
    return total + digit
