"""Measure how alike a question and the sample questions on a statement are.

Texts are vectors of their characters, pairs of characters and the words of the same meaning that
they have, weighted by rarity among all samples; two texts are as alike as the cosine of their
vectors. The nearest sample counts, not all of them together: a question on another matter shares
a little with each of many samples, but much with none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from math import log

from bot.core.text.normalizer import is_han

# Weights of a pair and of a meaning, relative to a character. Chosen on questions by other
# writers on the later rules.
PAIR_WEIGHT, MEANING_WEIGHT = 0.8, 0.8

Vector = Mapping[str, float]


class SampleSimilarity:
    """Compares texts with samples. `samples`: every sample, normalized; `meanings`: the words with
    synonyms that a normalized text has, as names of what they stand for."""

    def __init__(self, samples: Iterable[str], meanings: Callable[[str], Iterable[str]]) -> None:
        self._meanings = meanings
        features = {sample: self._features(sample) for sample in samples}
        counts = Counter(feature for found in features.values() for feature in found)
        self._rarity = {f: log(1 + len(features) / (1 + n)) for f, n in counts.items()}
        self._rarest = log(1 + len(features))
        self._vectors = {sample: self._weighted(found) for sample, found in features.items()}

    def vector(self, clean: str, title: str = "") -> Vector:
        """Return the vector of a normalized text. The words of the title of what it is about,
        which samples on anything about it have, make it longer and like no sample."""
        named, vector = self._features(title), self._weighted(self._features(clean))
        return {feature: value for feature, value in vector.items() if feature not in named}

    def nearest(self, question: Vector, samples: Iterable[str]) -> float:
        """Return how alike a question and the nearest of these samples are, from 0 to 1."""
        vectors = map(self._vectors.__getitem__, samples)
        return max((_product(question, vector) for vector in vectors), default=0.0)

    def _features(self, clean: str) -> dict[str, float]:
        found = {character: 1.0 for character in clean if character.isalnum()}
        for left, right in pairwise(clean):
            if is_han(left) and is_han(right):
                found[left + right] = PAIR_WEIGHT
        return found | {f"={name}": MEANING_WEIGHT for name in self._meanings(clean)}

    def _weighted(self, features: Mapping[str, float]) -> Vector:
        rarity, rarest = self._rarity, self._rarest
        found = {f: weight * rarity.get(f, rarest) for f, weight in features.items()}
        length = sum(value * value for value in found.values()) ** 0.5 or 1.0
        return {feature: value / length for feature, value in found.items()}


def _product(left: Vector, right: Vector) -> float:
    return sum(value * right[feature] for feature, value in left.items() if feature in right)
