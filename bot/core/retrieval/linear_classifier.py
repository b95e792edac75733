"""A linear classifier of texts: multinomial logistic regression on sparse features.

`bot.core.retrieval.training` trains it on samples of the knowledge. Measured in
docs/decisions/042.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Features = Mapping[str, float]

# Length of a feature vector. Softmax needs larger scores than a vector of length 1 gives.
LENGTH = 8.0


@dataclass(frozen=True)
class LinearClassifier:
    """Trained weights. `rows`: feature → its row; `idf`: inverse document frequency by row, that
    of an unknown feature last; `weights`: one column per label."""

    labels: tuple[str, ...]
    rows: Mapping[str, int]
    idf: Floats
    weights: Floats
    bias: Floats

    def probabilities(self, features: Features) -> dict[str, float]:
        """Return the probability of each label, the likeliest first. Features that no sample has
        count in the length of the vector, so unknown words make the result less certain."""
        if not self.labels:
            return {}
        shares = softmax(self.scores(features))
        order = np.argsort(-shares, kind="stable")
        return {self.labels[n]: float(shares[n]) for n in order}

    def scores(self, features: Features) -> Floats:
        """Return the score of each label, in the order of the labels."""
        rows, values, squares = [], [], 0.0
        idf = self._idf
        for feature, weight in features.items():
            row = self.rows.get(feature, -1)
            value = weight * idf[row]
            squares += value * value
            if row >= 0:
                rows.append(row)
                values.append(value)
        scale = LENGTH / squares**0.5 if rows else 0.0
        vector = np.asarray(values, dtype=np.float32) * np.float32(scale)
        found: Floats = vector @ self.weights[rows] + self.bias if rows else self.bias
        return found

    def log_odds(self, features: Features) -> float:
        """Return how much likelier the first label is than the second one, of two: the natural
        logarithm of the ratio of their probabilities. 0.0 if there are not two labels."""
        if len(self.labels) != 2:
            return 0.0
        total, squares = 0.0, 0.0
        for feature, weight in features.items():
            idf, slope = self._slopes.get(feature, self._unknown_slope)
            squares += (weight * idf) ** 2
            total += weight * slope
        scale = LENGTH / squares**0.5 if squares else 0.0
        return scale * total + float(self.bias[0] - self.bias[1])

    @cached_property
    def _slopes(self) -> dict[str, tuple[float, float]]:
        """Map each feature to its idf, and to idf times the difference of its two weights."""
        idf = self.idf[:-1]
        slopes = idf * (self.weights[:, 0] - self.weights[:, 1])
        return dict(zip(self.rows, zip(idf.tolist(), slopes.tolist(), strict=True), strict=True))

    @cached_property
    def _unknown_slope(self) -> tuple[float, float]:
        return float(self.idf[-1]), 0.0

    @cached_property
    def _idf(self) -> list[float]:
        """`idf` as Python numbers: reading one of an array takes longer."""
        values: list[float] = self.idf.tolist()
        return values

    def known_share(self, features: Features) -> float:
        """Return the share of a text's squared length that known features make up, 0 to 1."""
        squares = {f: (w * self._idf[self.rows.get(f, -1)]) ** 2 for f, w in features.items()}
        known = sum(value for feature, value in squares.items() if feature in self.rows)
        return known / (sum(squares.values()) or 1.0)

    def dump(self) -> dict[str, Any]:
        """Return plain JSON values that `load` reads."""
        return {
            "labels": list(self.labels),
            "vocabulary": list(self.rows),
            "idf": self.idf.tolist(),
            "weights": self.weights.tolist(),
            "bias": self.bias.tolist(),
        }

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> LinearClassifier:
        """Restore what `dump` returned. Raises KeyError, TypeError or ValueError for anything
        else."""
        rows = {str(feature): n for n, feature in enumerate(data["vocabulary"])}
        labels = tuple(map(str, data["labels"]))
        weights = np.asarray(data["weights"], dtype=np.float32).reshape(len(rows), len(labels))
        idf = np.asarray(data["idf"], dtype=np.float32)
        bias = np.asarray(data["bias"], dtype=np.float32)
        if idf.shape != (len(rows) + 1,) or bias.shape != (len(labels),):
            raise ValueError("sizes do not match")
        return cls(labels, rows, idf, weights, bias)


def softmax(scores: Floats) -> Floats:
    """Return the shares of scores; they sum to 1."""
    shares: Floats = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares /= shares.sum(axis=-1, keepdims=True)
    return shares
