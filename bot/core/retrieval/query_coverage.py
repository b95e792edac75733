"""Measure how much of a question occurs in which documents.

The documents that matter for a question are put into groups: one for each document that is ranked,
one for all supports. A set of groups is an int used as a bitset: group `n` is the bit `1 << n`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from bot.core.retrieval.analyzer import Analysis


class QueryCoverage(NamedTuple):
    """The parts of a question, each with the bitset of the groups that contain it.

    `total`: sum of the weights of all pairs. `pairs`: (weight, groups) of each character pair.
    `terms`: (length in characters, groups) of each term. `words`: (word, mean character rarity,
    groups) of each word of two or more characters, the longest first.
    """

    analysis: Analysis
    total: float
    pairs: Sequence[tuple[float, int]]
    terms: Sequence[tuple[int, int]]
    words: Sequence[tuple[str, float, int]]

    @classmethod
    def of(
        cls, analysis: Analysis, sets: Mapping[str, int], rarity: Callable[[str], float]
    ) -> QueryCoverage:
        """Look up the groups of each part of a question.

        `sets`: for each feature of the question the bitset of the groups that have it; a feature
        that is not in it is in none. `rarity`: the weight (0..1) of a character.
        """
        words = [f for f in analysis.features if f[0] == "w" and len(f) > 3]
        words.sort(key=lambda f: (-len(f), f))
        return cls(
            analysis,
            sum(analysis.pairs.values()),
            [(weight, sets.get(pair, 0)) for pair, weight in analysis.pairs.items()],
            [(len(term), sets.get(f"t:{term}", 0)) for term in analysis.terms],
            [(f[2:], sum(map(rarity, f[2:])) / (len(f) - 2), sets.get(f, 0)) for f in words],
        )

    def share(self, groups: int) -> float:
        """Return the weighted share (0..1) of the pairs that occur in any of these groups."""
        covered = sum([weight for weight, having in self.pairs if having & groups])
        return covered / self.total if self.total else 0.0

    def longest_term(self, groups: int) -> int:
        """Return the length of the longest term that one of these groups has; 0 if none."""
        return max([length for length, having in self.terms if having & groups], default=0)

    def matched_words(self, groups: int) -> tuple[str, ...]:
        """Return the words that occur in any of these groups, the longest first."""
        return tuple([word for word, _, having in self.words if having & groups])

    def unknown_words(self, groups: int) -> float:
        """Return the number of words that occur in none of these groups, by rarity."""
        return sum([weight for _, weight, having in self.words if not having & groups])
