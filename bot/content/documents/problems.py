"""Collect the problems of a knowledge folder, with a limit per file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rapidfuzz import fuzz, process

from bot.errors import Problem

MAX_PER_FILE = 200
_SHOWN = 40
_LIKE_ENOUGH = 50


class Problems:
    """A list of problems. After 200 problems of one file, one more says that there are others."""

    def __init__(self) -> None:
        self._found: list[Problem] = []
        self._counts: Counter[str] = Counter()

    def add(self, file: str, line: int, message: str, hint: str = "") -> None:
        """Add one problem. `line` counts from 1."""
        self._counts[file] += 1
        if self._counts[file] <= MAX_PER_FILE:
            self._found.append(Problem(file, line, message, hint))
        elif self._counts[file] == MAX_PER_FILE + 1:
            self._found.append(Problem(file, line, "这个文件的问题太多，后面的不再列出"))

    def is_full(self, file: str) -> bool:
        """Return whether the limit of this file is reached."""
        return self._counts[file] > MAX_PER_FILE

    def extend(self, problems: Iterable[Problem]) -> None:
        """Add several problems."""
        for problem in problems:
            self.add(problem.file, problem.line, problem.message, problem.hint)

    def sorted(self) -> list[Problem]:
        """Return the problems without duplicates, sorted by file and line."""
        return sorted(set(self._found))

    def __bool__(self) -> bool:
        return bool(self._found)


def shown(value: str) -> str:
    """Return a value as a message quotes it: on one line, at most 40 characters."""
    line = " ".join(value[: _SHOWN * 4].split())
    return line if len(line) <= _SHOWN else line[:_SHOWN] + "…"


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the hint “是不是想写…” with the most similar known word, or "" if none is similar."""
    found = process.extractOne(
        word[:64], list(known), scorer=fuzz.ratio, score_cutoff=_LIKE_ENOUGH
    )
    return f"是不是想写“{found[0]}”" if found else ""
