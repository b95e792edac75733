"""Measure how much of a question occurs in which documents.

A set of documents is an int used as a bitset: document `n` is the bit `1 << n`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from bot.core.retrieval.analyzer import Analysis


class QueryCoverage(NamedTuple):
    """The parts of a question, each with the bitset of the documents that contain it.

    `total`: sum of the weights of all pairs. `pairs`: (weight, documents) of each character pair.
    `terms`: (length in characters, documents) of each term. `words`: (word, mean character rarity,
    documents) of each word of two or more characters, the longest first.
    """

    analysis: Analysis
    total: float
    pairs: Sequence[tuple[float, int]]
    terms: Sequence[tuple[int, int]]
    words: Sequence[tuple[str, float, int]]

    @classmethod
    def of(
        cls,
        analysis: Analysis,
        feature_ids: Mapping[str, int],
        document_sets: Sequence[int],
        rarity: Callable[[str], float],
    ) -> QueryCoverage:
        """Look up the documents of each part of a question.

        `feature_ids`: the question's features that are in the vocabulary → feature id.
        `document_sets`: for each feature id the bitset of the documents that have it. `rarity`:
        the weight (0..1) of a character.
        """
        sets = {feature: document_sets[number] for feature, number in feature_ids.items()}
        words = [f for f in analysis.features if f[0] == "w" and len(f) > 3]
        words.sort(key=lambda f: (-len(f), f))
        return cls(
            analysis,
            sum(analysis.pairs.values()),
            [(weight, sets.get(pair, 0)) for pair, weight in analysis.pairs.items()],
            [(len(term), sets.get(f"t:{term}", 0)) for term in analysis.terms],
            [(f[2:], sum(map(rarity, f[2:])) / (len(f) - 2), sets.get(f, 0)) for f in words],
        )

    def share(self, documents: int) -> float:
        """Return the weighted share (0..1) of the pairs that occur in any of these documents."""
        covered = sum([weight for weight, having in self.pairs if having & documents])
        return covered / self.total if self.total else 0.0

    def longest_term(self, documents: int) -> int:
        """Return the length of the longest term that one of these documents has; 0 if none."""
        return max([length for length, having in self.terms if having & documents], default=0)

    def matched_words(self, documents: int) -> tuple[str, ...]:
        """Return the words that occur in any of these documents, the longest first."""
        return tuple([word for word, _, having in self.words if having & documents])

    def unknown_words(self, documents: int) -> float:
        """Return the number of words that occur in none of these documents, by rarity."""
        return sum([weight for _, weight, having in self.words if not having & documents])
