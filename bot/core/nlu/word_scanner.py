"""Find the words of many lists in one pass over a text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Hit(NamedTuple, Generic[T]):
    """A word of a list: the characters `start:end` of a text, and what the list says about it."""

    start: int
    end: int
    value: T


class WordScanner(Generic[T]):
    """A trie of words. It is built once and finds all words, also overlapping ones, in a scan."""

    def __init__(self, pairs: Iterable[tuple[str, T]]) -> None:
        self._root: dict[str, Any] = {}
        for word, value in pairs:
            node = self._root
            for character in word:
                node = node.setdefault(character, {})
            if word:
                # No character is the empty string, so it marks the end of a word.
                node.setdefault("", []).append(value)

    def scan(self, text: str) -> list[Hit[T]]:
        """Return every word in the text, by its start, then by its end."""
        hits: list[Hit[T]] = []
        root, length = self._root, len(text)
        for start in range(length):
            node, end = root.get(text[start]), start + 1
            while node is not None:
                hits += [Hit(start, end, value) for value in node.get("", ())]
                node, end = (node.get(text[end]), end + 1) if end < length else (None, end)
        return hits
