"""A linear classifier of texts: multinomial logistic regression on sparse features.

`bot.core.retrieval.training` trains it on samples of the knowledge. Measured in
docs/decisions/042.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Features = Mapping[str, float]

# Length of a feature vector. Softmax needs larger scores than a vector of length 1 gives.
LENGTH = 8.0
# The number of a feature that a vocabulary does not have: the last row of every classifier.
UNKNOWN = -1


class Vector(NamedTuple):
    """A text as the numbers of its features and their weights. A feature that no classifier of
    the vocabulary has is UNKNOWN."""

    numbers: NDArray[np.intp]
    weights: NDArray[np.float64]

    @classmethod
    def of(cls, features: Features, numbers: Mapping[str, int]) -> Vector:
        """Return the vector of a text in a vocabulary: feature → number."""
        find = numbers.get
        return cls(
            np.array([find(feature, UNKNOWN) for feature in features], np.intp),
            np.array([*features.values()], np.float64),
        )

    def first(self, count: int) -> Vector:
        """Return the vector of the first features."""
        return Vector(self.numbers[:count], self.weights[:count])

    def plus(self, other: Vector) -> Vector:
        """Return the vector with the features of another one, none of which it has."""
        return Vector(
            np.concatenate((self.numbers, other.numbers)),
            np.concatenate((self.weights, other.weights)),
        )


@dataclass(frozen=True)
class LinearClassifier:
    """Trained weights.

    `numbers`: the vocabulary, feature → number; classifiers may share one. `rows`: number → row,
    the unknown feature last. `idf`: inverse document frequency by row; `weights`: a row for each
    feature, one column per label. Their last row is that of an unknown feature, with weights of 0.
    """

    labels: tuple[str, ...]
    numbers: Mapping[str, int]
    rows: NDArray[np.intp]
    idf: Floats
    weights: Floats
    bias: Floats

    @classmethod
    def of(
        cls,
        labels: tuple[str, ...],
        vocabulary: Sequence[str],
        idf: Floats,
        weights: Floats,
        bias: Floats,
    ) -> LinearClassifier:
        """Return a classifier with a vocabulary of its own. `vocabulary`: the features in the
        order of the rows of `weights`, which has none for an unknown feature."""
        numbers = {feature: n for n, feature in enumerate(vocabulary)}
        weights = np.vstack([weights, np.zeros((1, len(labels)), np.float32)])
        return cls(labels, numbers, np.arange(len(numbers) + 1), idf, weights, bias)

    def on(self, numbers: Mapping[str, int]) -> LinearClassifier:
        """Return the classifier on another vocabulary, numbered from 0. Raises KeyError if that
        lacks a feature."""
        rows = np.full(len(numbers) + 1, len(self.idf) - 1, np.intp)
        rows[[numbers[feature] for feature in self.vocabulary]] = np.arange(len(self.idf) - 1)
        return replace(self, numbers=numbers, rows=rows)

    @property
    def vocabulary(self) -> list[str]:
        """The features, in the order of their rows."""
        last = len(self.idf) - 1
        own = {int(self.rows[n]): f for f, n in self.numbers.items() if self.rows[n] < last}
        return [own[row] for row in range(last)]

    def vector(self, features: Features) -> Vector:
        """Return the vector of a text, for this classifier and all that share its vocabulary."""
        return Vector.of(features, self.numbers)

    def probabilities(self, text: Vector) -> dict[str, float]:
        """Return the probability of each label, the likeliest first. Features that no sample has
        count in the length of the vector, so unknown words make the result less certain."""
        if not self.labels:
            return {}
        shares = softmax(self.scores(text).tolist())
        order = sorted(range(len(shares)), key=shares.__getitem__, reverse=True)
        return {self.labels[n]: shares[n] for n in order}

    def scores(self, text: Vector) -> Floats:
        """Return the score of each label, in the order of the labels."""
        rows = self.rows.take(text.numbers)
        values = text.weights * self.idf.take(rows)
        length = math.sqrt(values @ values)
        if not length:
            return self.bias
        scaled = (values * (LENGTH / length)).astype(np.float32)
        found: Floats = scaled @ self.weights.take(rows, axis=0)
        return found + self.bias

    def log_odds(self, text: Vector) -> float:
        """Return how much likelier the first label is than the second one, of two: the natural
        logarithm of the ratio of their probabilities. 0.0 if there are not two labels."""
        if len(self.labels) != 2:
            return 0.0
        rows = self.rows.take(text.numbers)
        values = text.weights * self.idf.take(rows)
        length = math.sqrt(values @ values)
        scale = LENGTH / length if length else 0.0
        return scale * float(values @ self._slopes.take(rows)) + float(self.bias[0] - self.bias[1])

    @cached_property
    def _slopes(self) -> Floats:
        """The difference of the two weights of each row."""
        slopes: Floats = self.weights[:, 0] - self.weights[:, 1]
        return slopes

    def known_share(self, text: Vector) -> float:
        """Return the share of a text's squared length that known features make up, 0 to 1."""
        rows = self.rows.take(text.numbers)
        values = text.weights * self.idf.take(rows)
        known = text.weights * self._known_idf.take(rows)
        return float(known @ known / (values @ values or 1.0))

    @cached_property
    def _known_idf(self) -> Floats:
        """`idf` with 0 for an unknown feature."""
        return np.append(self.idf[:-1], np.float32(0))

    def dump(self) -> dict[str, Any]:
        """Return plain JSON values that `load` reads."""
        return {
            "labels": list(self.labels),
            "vocabulary": self.vocabulary,
            "idf": self.idf.tolist(),
            "weights": self.weights[:-1].tolist(),
            "bias": self.bias.tolist(),
        }

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> LinearClassifier:
        """Restore what `dump` returned. Raises KeyError, TypeError or ValueError for anything
        else."""
        vocabulary = [str(feature) for feature in data["vocabulary"]]
        labels = tuple(map(str, data["labels"]))
        weights = np.asarray(data["weights"], dtype=np.float32)
        weights = weights.reshape(len(vocabulary), len(labels))
        idf = np.asarray(data["idf"], dtype=np.float32)
        bias = np.asarray(data["bias"], dtype=np.float32)
        if idf.shape != (len(vocabulary) + 1,) or bias.shape != (len(labels),):
            raise ValueError("sizes do not match")
        return cls.of(labels, vocabulary, idf, weights, bias)


def share_vocabulary(classifiers: Sequence[LinearClassifier]) -> list[LinearClassifier]:
    """Return the classifiers on one vocabulary, so that the vector of a text is made once for all
    of them."""
    features = (feature for each in classifiers for feature in each.vocabulary)
    numbers = {feature: n for n, feature in enumerate(dict.fromkeys(features))}
    return [each.on(numbers) for each in classifiers]


def softmax(scores: Sequence[float]) -> list[float]:
    """Return the shares of scores; they sum to 1. For some tens of scores, plain numbers are
    faster than arrays."""
    highest = max(scores)
    shares = [math.exp(score - highest) for score in scores]
    total = sum(shares)
    return [share / total for share in shares]
