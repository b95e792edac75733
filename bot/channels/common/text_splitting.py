"""Split long texts at paragraphs, lines, sentences or clauses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

Measure = Callable[[str], int]

# Separators from the most to the least preferred; a split falls behind the match.
_SEPARATORS = (
    re.compile(r"\n[ \t]*\n\s*"),
    re.compile(r"\n\s*"),
    re.compile(r"[。！？；…]+[”’」』）)]*|[!?;]+\s"),
    re.compile(r"[，、,]|\s+"),
)
# A separator that fills less than this share of a part is skipped for a less preferred one.
_MIN_FILL = 1 / 3

_ZWJ = "\u200d"


def utf16_size(text: str) -> int:
    """Return the length in UTF-16 code units, the unit of Telegram's limit."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf8_size(text: str) -> int:
    """Return the length in bytes of UTF-8, the unit of WeChat's limit."""
    return len(text.encode("utf-8", "surrogatepass"))


def split_text(text: str, limit: int, measure: Measure) -> list[str]:
    """Return parts of `text` that measure at most `limit` each; none is blank.

    Only white space at the splits is removed. `limit` must be at least 4, the largest size of a
    single character in any unit.
    """
    parts = []
    rest = text.strip()
    while rest:
        end = _fitting_length(rest, limit, measure)
        if end < len(rest):
            end = _split_position(rest, end)
        parts.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return parts


def _fitting_length(text: str, limit: int, measure: Measure) -> int:
    """Return how many characters of `text` stay within the limit (at least one)."""
    if measure(text) <= limit:
        return len(text)
    low, high = 1, min(len(text), limit)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(text[:middle]) <= limit:
            low = middle
        else:
            high = middle - 1
    return low


def _split_position(text: str, end: int) -> int:
    """Return the best position to split at, not behind `end`."""
    for separator in _SEPARATORS:
        position = 0
        # One character more, so that a blank line right behind the limit still counts.
        for match in separator.finditer(text, 0, end + 1):
            at = match.start() if match.group().isspace() else match.end()
            if at <= end and not _is_inside_cluster(text, at):
                position = at
        if position >= end * _MIN_FILL and text[:position].strip():
            return position
    position = end
    while position > 1 and _is_inside_cluster(text, position):
        position -= 1
    # A cluster longer than the whole limit has to be split.
    splits_cluster = _is_inside_cluster(text, position) or not text[:position].strip()
    return end if splits_cluster else position


def _is_inside_cluster(text: str, at: int) -> bool:
    """Return whether the characters before and behind `at` form one grapheme cluster."""
    if not 0 < at < len(text):
        return False
    before, behind = text[at - 1], text[at]
    return (
        _ZWJ in (before, behind)
        or unicodedata.category(behind).startswith("M")
        # skin tones, and the tags that spell the flag of a region
        or "\U0001f3fb" <= behind <= "\U0001f3ff"
        or "\U000e0020" <= behind <= "\U000e007f"
        or ("\ud800" <= before <= "\udbff" and "\udc00" <= behind <= "\udfff")
        or (_is_regional_indicator(behind) and _indicators_before(text, at) % 2 == 1)
    )


def _is_regional_indicator(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _indicators_before(text: str, at: int) -> int:
    """Count the regional indicators right before `at`; two of them, from the left, are a flag."""
    count = 0
    while count < at and _is_regional_indicator(text[at - 1 - count]):
        count += 1
    return count
