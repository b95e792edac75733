"""Find the words of many lists in one pass over a text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
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
        find, length = self._root.get, len(text)
        for start, first in enumerate(text):
            node, end = find(first), start + 1
            while node is not None:
                if "" in node:
                    hits += [Hit(start, end, value) for value in node[""]]
                if end == length:
                    break
                node, end = node.get(text[end]), end + 1
        return hits


@lru_cache(maxsize=16)
def _prefixes(clean: str) -> frozenset[str]:
    """Return every character and character pair of a text. Cached: one turn searches the same
    text in several word lists."""
    return frozenset({*clean, *map("".join, pairwise(clean))})


class WordList:
    """Pairs of word and meaning, indexed by the first two characters of the word."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self.pairs = pairs
        self._by_prefix: dict[str, list[int]] = {}
        for number, (word, _) in enumerate(pairs):
            self._by_prefix.setdefault(word[:2], []).append(number)

    def candidates(self, clean: str) -> list[tuple[str, str]]:
        """Return the pairs whose first two characters occur in the text, in the given order."""
        by_prefix = self._by_prefix
        found = by_prefix.keys() & _prefixes(clean)
        return [self.pairs[n] for n in sorted([n for prefix in found for n in by_prefix[prefix]])]
