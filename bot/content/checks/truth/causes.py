"""Order problems so that the cause stands first, and fold what follows from it.

One wrong name is unknown in every file that uses it: that is one problem, told once with its
number of places. Scenarios and later rules use what other files define, so they come last.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.content.documents.tree import CUT_HINT
from bot.errors import Problem

# Files that use names of others, by the beginning of their path, in the order of the list.
_USERS = ("later_rules/", "scenarios/")
# So many equal problems are told as one.
FOLD_FROM = 3


def causes_first(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems by file and line, with files that only use names last, and first of a
    file that it may be incomplete.

    Of three or more problems with the same message, the first stays and tells how many there are.
    """
    ordered = sorted(set(problems), key=_order)
    equal: dict[tuple[str, str], list[Problem]] = {}
    for each in ordered:
        equal.setdefault((each.message, each.hint), []).append(each)
    kept: list[Problem] = []
    for group in equal.values():
        kept += group if len(group) < FOLD_FROM else [_folded(group)]
    return sorted(kept, key=_order)


def _order(problem: Problem) -> tuple[int, str, bool, Problem]:
    return _rank(problem.file), problem.file, problem.hint != CUT_HINT, problem


def _rank(file: str) -> int:
    return next((n for n, start in enumerate(_USERS, 1) if file.startswith(start)), 0)


def _folded(group: list[Problem]) -> Problem:
    first, second = group[0], group[1]
    more = f"一共 {len(group)} 处这样，下一处在 {second.file}:{second.line}"
    hint = f"{first.hint}；{more}" if first.hint else more
    return Problem(first.file, first.line, first.message, hint)
