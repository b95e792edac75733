"""Merge two changes of one file, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

# The lines around what both changed. No file of the knowledge can be read with them in it.
MINE, BETWEEN, THEIRS = "<<<<<<< 您写的", "=======", ">>>>>>> 别人写的"
_MARKS = (MINE, BETWEEN, THEIRS)

Lines = Sequence[str]
# Where the same lines stand in the base and in both changes: three starts, and how many lines.
_Common = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Merged:
    """A text with both changes. `conflicts`: how many places both changed in different ways; both
    texts stand there, between marks."""

    text: str
    conflicts: int


def merge(base: str | None, mine: str, theirs: str) -> Merged:
    """Return a text with the changes of both. Lines that both added at one place stand one after
    the other, mine first. `base` None: it is not known, and all that differs is to be decided."""
    lines: list[str] = []
    conflicts = 0
    m, t = mine.splitlines(), theirs.splitlines()
    b = m if base is None else base.splitlines()
    at = (0, 0, 0)
    for in_base, in_mine, in_theirs, size in _common(b, m, t):
        old, my, their = (
            each[begin:end]
            for each, begin, end in zip((b, m, t), at, (in_base, in_mine, in_theirs), strict=True)
        )
        # Without a base, whatever differs is to be decided.
        found = _chosen(old, my, their) if base is not None or my == their else None
        if found is None:
            conflicts += 1
            found = [MINE, *my, BETWEEN, *their, THEIRS]
        lines += found
        lines += b[in_base : in_base + size]
        at = (in_base + size, in_mine + size, in_theirs + size)
    return Merged("".join(f"{line}\n" for line in lines), conflicts)


def has_marks(text: str) -> bool:
    """Return whether a place is left that both changed."""
    return any(line.startswith(mark) for line in text.splitlines() for mark in _MARKS)


def _chosen(old: Lines, mine: Lines, theirs: Lines) -> list[str] | None:
    """Return the lines of one place with both changes; None if they differ."""
    if mine in (old, theirs):
        return list(theirs)
    if theirs == old:
        return list(mine)
    return [*mine, *theirs] if not old else None


def _common(base: Lines, mine: Lines, theirs: Lines) -> Iterator[_Common]:
    """Yield the runs of lines that neither changed, in their order, and the end of all three."""
    one, other = (
        SequenceMatcher(None, base, each, autojunk=False).get_matching_blocks()
        for each in (mine, theirs)
    )
    first = second = 0
    while first < len(one) and second < len(other):
        a, b = one[first], other[second]
        begin, end = max(a.a, b.a), min(a.a + a.size, b.a + b.size)
        if begin < end:
            yield begin, a.b + begin - a.a, b.b + begin - b.a, end - begin
        if a.a + a.size < b.a + b.size:
            first += 1
        else:
            second += 1
    yield len(base), len(mine), len(theirs), 0
