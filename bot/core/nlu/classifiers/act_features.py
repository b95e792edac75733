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
        parts = runs(clean)
        for part in parts:
            if not is_han(part[0]):
                found[f"l:{part}"] = 1.0
                continue
            for word in self.cut(part):
                found[f"w:{word}"] = 1.0 if len(word) > 1 else SINGLE_WORD_WEIGHT
        bare = "".join(parts)
        han = {character for character in bare if is_han(character)}
        found.update((f"c:{c}", CHARACTER_WEIGHT) for c in bare if c in han)
        pairs = pairwise((START, *bare, END))
        found.update((f"b:{a}{b}", PAIR_WEIGHT) for a, b in pairs if a in han or b in han)
        found.update((f"m:{name}", MARK_WEIGHT) for name in self.mark(clean))
        return found
