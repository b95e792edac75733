"""Cutting a long text where a reader would: between paragraphs, lines, sentences, clauses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

Measure = Callable[[str], int]

# From the best place to cut to the least good; a cut falls behind the match.
_PLACES = (
    re.compile(r"\n[ \t]*\n\s*"),
    re.compile(r"\n\s*"),
    re.compile(r"[。！？；…]+[”’」』）)]*|[!?;]+\s"),
    re.compile(r"[，、,]|\s+"),
)
# A cut that leaves less than this share of a part is worse than a less good place.
_FILL = 1 / 3

_ZWJ = "\u200d"


def utf16_size(text: str) -> int:
    """Length in UTF-16 code units, as Telegram counts."""
    return len(text) + sum(char > "\uffff" for char in text)


def utf8_size(text: str) -> int:
    """Length in bytes of UTF-8, as WeChat counts."""
    return len(text.encode("utf-8", "surrogatepass"))


def split(text: str, limit: int, measure: Measure) -> list[str]:
    """Parts of at most `limit`, none of them blank. Only blanks where it cuts are lost.

    `limit` must be at least 4, the longest a single character can measure.
    """
    parts = []
    rest = text.strip()
    while rest:
        end = _longest(rest, limit, measure)
        if end < len(rest):
            end = _cut(rest, end)
        parts.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return parts


def _longest(text: str, limit: int, measure: Measure) -> int:
    """How many characters of the text stay within the limit (at least one)."""
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


def _cut(text: str, end: int) -> int:
    """The best place to cut at or before `end`."""
    for place in _PLACES:
        cut = 0
        # One character more, so that a blank line right behind the limit still counts.
        for match in place.finditer(text, 0, end + 1):
            at = match.start() if match.group().isspace() else match.end()
            if at <= end and not _joined(text, at):
                cut = at
        if cut >= end * _FILL and text[:cut].strip():
            return cut
    cut = end
    while cut > 1 and _joined(text, cut):
        cut -= 1
    # One cluster longer than the whole limit: nothing is left but to cut inside it.
    return cut if not _joined(text, cut) and text[:cut].strip() else end


def _joined(text: str, at: int) -> bool:
    """Whether the characters before and behind `at` are one to the reader."""
    if not 0 < at < len(text):
        return False
    before, behind = text[at - 1], text[at]
    if behind == _ZWJ or before == _ZWJ or unicodedata.category(behind).startswith("M"):
        return True
    if "\U0001f3fb" <= behind <= "\U0001f3ff" or "\U000e0020" <= behind <= "\U000e007f":
        return True  # skin tones, and the tags that spell a flag
    if "\ud800" <= before <= "\udbff" and "\udc00" <= behind <= "\udfff":
        return True
    return _is_flag(behind) and _flags_before(text, at) % 2 == 1


def _is_flag(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _flags_before(text: str, at: int) -> int:
    """How many regional indicators stand right before `at`: they pair up from the left."""
    count = 0
    while count < at and _is_flag(text[at - 1 - count]):
        count += 1
    return count
