"""Turn a clause into the features that the act models use.

The features differ from those of the search (`bot.core.retrieval.analyzer`): function words carry
the act ("你", "吗", "再"), so there is no stop list, and the edges of a clause count. Measured in
docs/decisions/042.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from bot.core.text.normalizer import Cut, is_han, runs

# Weights relative to a word of two or more characters. Measured in docs/decisions/042.
SINGLE_WORD_WEIGHT = 0.5
CHARACTER_WEIGHT = 0.4
PAIR_WEIGHT = 0.8
MARK_WEIGHT = 1.0
# Stand for the start and the end of a clause in a pair.
START, END = "^", "$"


@dataclass(frozen=True)
class ActFeatures:
    """Extracts the features of normalized clauses. `cut`: the word segmenter. `mark`: the classes
    of words that a clause contains ("term", "identity", "number")."""

    cut: Cut
    mark: Callable[[str], Iterable[str]]

    def __call__(self, clean: str) -> Mapping[str, float]:
        """Return the features of a normalized clause with their weights."""
        found: dict[str, float] = {}

        def add(feature: str, weight: float) -> None:
            found[feature] = max(found.get(feature, 0.0), weight)

        parts = runs(clean)
        bare = "".join(parts)
        for part in parts:
            if not is_han(part[0]):
                add(f"l:{part}", 1.0)
                continue
            for word in self.cut(part):
                add(f"w:{word}", 1.0 if len(word) > 1 else SINGLE_WORD_WEIGHT)
        for character in bare:
            if is_han(character):
                add(f"c:{character}", CHARACTER_WEIGHT)
        for first, second in pairwise((START, *bare, END)):
            if is_han(first) or is_han(second):
                add(f"b:{first}{second}", PAIR_WEIGHT)
        for name in self.mark(clean):
            add(f"m:{name}", MARK_WEIGHT)
        return found
