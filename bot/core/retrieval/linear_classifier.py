"""A linear classifier of texts: multinomial logistic regression on sparse features.

It is trained on samples of the knowledge when the index is built, in about a second, and is
deterministic: the vocabulary is sorted and the descent starts at zero. Measured in
docs/decisions/042.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Features = Mapping[str, float]

# Gradient descent: step length, share of the last step that goes on, weight decay. Chosen on a
# test set by other writers (docs/decisions/042).
RATE, MOMENTUM, DECAY = 0.5, 0.9, 1e-5
# Length of a feature vector. Softmax needs larger scores than a vector of length 1 gives.
LENGTH = 8.0
# Entries of a block of a sparse product: 320 kB with 40 labels. Four times as fast as one block.
BLOCK = 2048


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


def train(
    samples: Mapping[str, Sequence[Features]], passes: int, balance: float = 1.0
) -> LinearClassifier:
    """Train a classifier on samples by label. `passes`: how often the descent goes over all
    samples; more fit the samples better and unseen texts worse. `balance`: with 1 every label
    weighs the same, with 0 every sample."""
    every = [(features, (label,)) for label in samples for features in samples[label]]
    return train_groups(every, (tuple(samples),), passes, balance)


def train_groups(
    samples: Sequence[tuple[Features, Collection[str]]],
    groups: Sequence[Sequence[str]],
    passes: int,
    balance: float = 0.0,
) -> LinearClassifier:
    """Train the classifiers of several groups of labels on the same samples. Each sample has one
    label or more of every group, which share its weight. See `train`."""
    labels = tuple(label for group in groups for label in group)
    numbers = {label: n for n, label in enumerate(labels)}
    counts = Counter(feature for features, _ in samples for feature in features)
    # A feature of a single sample says nothing about other texts.
    vocabulary = sorted(feature for feature, count in counts.items() if count > 1)
    rows = {feature: n for n, feature in enumerate(vocabulary)}
    total = len(samples)
    rarities = [np.log(1 + total / counts[f]) for f in vocabulary] + [np.log(1 + total)]
    idf = np.array(rarities, dtype=np.float32)
    vectors = [(_vector(features, rows, idf), own) for features, own in samples]
    vectors = [(vector, own) for vector, own in vectors if vector]
    if not vectors or not labels:
        weights = np.zeros((len(rows), len(labels)), dtype=np.float32)
        return LinearClassifier(labels, rows, idf, weights, np.zeros(len(labels), np.float32))
    matrix = _Matrix([vector for vector, _ in vectors], len(rows))
    wanted = np.zeros((len(vectors), len(labels)), dtype=np.float32)
    for number, (_, own) in enumerate(vectors):
        wanted[number, [numbers[label] for label in own]] = 1
    ends = np.cumsum([len(group) for group in groups])
    parts = [slice(end - len(group), end) for end, group in zip(ends, groups, strict=True)]
    weights, bias = _descend(matrix, wanted, parts, passes, balance)
    return LinearClassifier(labels, rows, idf, weights, bias)


def _vector(features: Features, rows: Mapping[str, int], idf: Floats) -> list[tuple[int, float]]:
    found = [(rows.get(f, -1), w * float(idf[rows.get(f, -1)])) for f, w in features.items()]
    length = sum(value * value for _, value in found) ** 0.5 or 1.0
    return [(row, LENGTH * value / length) for row, value in found if row >= 0]


class _Matrix:
    """Sparse samples as entries (sample, column, value), with products in both directions. The
    products are computed in blocks, so that the rows of a block stay in the processor's cache."""

    def __init__(self, samples: Sequence[Sequence[tuple[int, float]]], columns: int) -> None:
        self.columns, self.samples = columns, len(samples)
        owners = np.repeat(np.arange(len(samples)), [len(s) for s in samples])
        own = np.array([c for s in samples for c, _ in s], dtype=np.int64)
        values = np.array([v for s in samples for _, v in s], dtype=np.float32)
        order = np.argsort(own, kind="stable")
        self._by_sample = _blocks(owners, own, values)
        self._by_column = _blocks(own[order], owners[order], values[order])

    def times(self, weights: Floats) -> Floats:
        """Return samples × weights."""
        return _product(self._by_sample, weights, self.samples)

    def transposed_times(self, errors: Floats) -> Floats:
        """Return columns × errors."""
        return _product(self._by_column, errors, self.columns)


class _Block(NamedTuple):
    """Entries of a sparse matrix. `rows`: the rows of the product that they make, `starts` where
    each begins; `picks`: for every entry, the row of the other factor, with its `values`."""

    rows: NDArray[np.int64]
    starts: NDArray[np.int64]
    picks: NDArray[np.int64]
    values: Floats


def _blocks(rows: NDArray[np.int64], picks: NDArray[np.int64], values: Floats) -> list[_Block]:
    """Return the entries, sorted by row, in blocks of whole rows."""
    present, starts = np.unique(rows, return_index=True)
    ends = [*starts[1:], len(rows)]
    found, first = [], 0
    for last, end in enumerate(ends, start=1):
        if end - starts[first] >= BLOCK or last == len(present):
            inside = slice(starts[first], end)
            own = starts[first:last] - starts[first]
            found.append(_Block(present[first:last], own, picks[inside], values[inside, None]))
            first = last
    return found


def _product(blocks: Sequence[_Block], factor: Floats, rows: int) -> Floats:
    found = np.zeros((rows, factor.shape[1]), dtype=np.float32)
    for block in blocks:
        products = factor[block.picks]
        products *= block.values
        found[block.rows] = np.add.reduceat(products, block.starts)
    return found


def _descend(
    samples: _Matrix, wanted: Floats, parts: Sequence[slice], passes: int, balance: float
) -> tuple[Floats, Floats]:
    share, decay = np.zeros_like(wanted), np.zeros(wanted.shape[1], dtype=np.float32)
    for part in parts:
        own = wanted[:, part]
        own /= own.sum(axis=1, keepdims=True)
        weight = (own @ np.maximum(own.sum(axis=0), 1) ** -balance).astype(np.float32)
        share[:, part] = (weight * own.shape[1] / weight.sum())[:, None]
        decay[part] = np.float32(DECAY * own.shape[1])
    errors = np.empty_like(wanted)
    weights: Floats = np.zeros((samples.columns, wanted.shape[1]), dtype=np.float32)
    bias: Floats = np.zeros(wanted.shape[1], dtype=np.float32)
    step: Floats = np.zeros_like(weights)
    bias_step: Floats = np.zeros_like(bias)
    for _ in range(passes):
        scores = samples.times(weights) + bias
        for part in parts:
            errors[:, part] = (softmax(scores[:, part]) - wanted[:, part]) * share[:, part]
        slope = samples.transposed_times(errors) + decay * weights
        step = np.float32(MOMENTUM) * step - np.float32(RATE) * slope
        bias_step = np.float32(MOMENTUM) * bias_step - np.float32(RATE) * errors.sum(axis=0)
        weights += step
        bias += bias_step
    return weights, bias
