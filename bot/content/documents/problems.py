"""Where problems are collected: all of them, but never a flood from one broken file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rapidfuzz import fuzz, process

from bot.errors import Problem

MAX_PER_FILE = 200
_SHOWN = 40
_LIKE_ENOUGH = 50


class Problems:
    """Collects problems; after 200 of one file, the rest of that file is only mentioned."""

    def __init__(self) -> None:
        self._found: list[Problem] = []
        self._counts: Counter[str] = Counter()

    def add(self, file: str, line: int, message: str, hint: str = "") -> None:
        """Keep one problem; `line` counts from 1."""
        self._counts[file] += 1
        if self._counts[file] <= MAX_PER_FILE:
            self._found.append(Problem(file, line, message, hint))
        elif self._counts[file] == MAX_PER_FILE + 1:
            self._found.append(Problem(file, line, "这个文件的问题太多，后面的不再列出"))

    def is_full(self, file: str) -> bool:
        """Whether nothing more of this file will be kept."""
        return self._counts[file] > MAX_PER_FILE

    def extend(self, problems: Iterable[Problem]) -> None:
        """Keep several problems."""
        for problem in problems:
            self.add(problem.file, problem.line, problem.message, problem.hint)

    def sorted(self) -> list[Problem]:
        """Everything found, by file and line, each once."""
        return sorted(set(self._found))

    def __bool__(self) -> bool:
        return bool(self._found)


def shown(value: str) -> str:
    """A value as a message quotes it: on one line, 40 characters at most."""
    line = " ".join(value[: _SHOWN * 4].split())
    return line if len(line) <= _SHOWN else line[:_SHOWN] + "…"


def nearest(word: str, known: Iterable[str]) -> str:
    """The hint “是不是想写…” with the most similar known word, or "" where none is similar."""
    found = process.extractOne(
        word[:64], list(known), scorer=fuzz.ratio, score_cutoff=_LIKE_ENOUGH
    )
    return f"是不是想写“{found[0]}”" if found else ""
