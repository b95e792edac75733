"""Train linear classifiers: multinomial logistic regression by gradient descent.

It is deterministic: the vocabulary is sorted and the descent starts at zero. Measured in
docs/decisions/042.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from bot.core.retrieval.linear_classifier import (
    LENGTH,
    Features,
    Floats,
    LinearClassifier,
)

Numbers = NDArray[np.int64]

# Gradient descent: step length, share of the last step that goes on, weight decay. Chosen on a
# test set by other writers (docs/decisions/042).
RATE, MOMENTUM, DECAY = 0.5, 0.9, 1e-5


@dataclass(frozen=True)
class TrainingSet:
    """Samples as sparse vectors, and how to train on them.

    `groups`: the labels of each group. `vocabulary`: the features, sorted; `idf`: their inverse
    document frequency, that of an unknown feature last. Entry n is `values[n]` of the feature
    `columns[n]` in the sample `rows[n]`, ordered by sample. `wanted`: one row a sample, one column
    a label: 1 for its labels. `passes`, `balance`: see `training_set`.
    """

    groups: tuple[tuple[str, ...], ...]
    vocabulary: tuple[str, ...]
    idf: Floats
    rows: Numbers
    columns: Numbers
    values: Floats
    wanted: Floats
    passes: int
    balance: float

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of all groups."""
        return tuple(chain.from_iterable(self.groups))

    def digest(self) -> str:
        """Return a fingerprint: two training sets with the same one give the same classifier."""
        digest = blake2b(repr((self.groups, self.passes, self.balance)).encode(), digest_size=8)
        digest.update("\n".join(self.vocabulary).encode())
        for part in (self.idf, self.rows, self.columns, self.values, self.wanted):
            digest.update(np.ascontiguousarray(part).data)
        return digest.hexdigest()


def training_set(
    samples: Mapping[str, Sequence[Features]], passes: int, balance: float = 1.0
) -> TrainingSet:
    """Return the training set of samples by label. `passes`: how often the descent goes over all
    samples; more fit the samples better and unseen texts worse. `balance`: with 1 every label
    weighs the same, with 0 every sample."""
    every = [(features, (label,)) for label in samples for features in samples[label]]
    return grouped_training_set(every, (tuple(samples),), passes, balance)


def grouped_training_set(
    samples: Sequence[tuple[Features, Collection[str]]],
    groups: Sequence[Sequence[str]],
    passes: int,
    balance: float = 0.0,
) -> TrainingSet:
    """Return the training set of a classifier of several groups of labels. Each sample has one
    label or more of every group, which share its weight. See `training_set`."""
    labels = {label: n for n, label in enumerate(chain.from_iterable(groups))}
    names = dict.fromkeys(feature for features, _ in samples for feature in features)
    numbers = {feature: number for number, feature in enumerate(names)}
    sizes = np.array([len(features) for features, _ in samples], dtype=np.int64)
    total = int(sizes.sum())
    found = (numbers[feature] for features, _ in samples for feature in features)
    entries = np.fromiter(found, np.int64, total)
    given = chain.from_iterable(features.values() for features, _ in samples)
    weights = np.fromiter(given, np.float64, total)
    owners = np.repeat(np.arange(len(samples)), sizes)
    counts = np.bincount(entries, minlength=len(names))
    # A feature of a single sample says nothing about other texts.
    vocabulary = sorted(feature for feature, number in numbers.items() if counts[number] > 1)
    kept = np.array([numbers[feature] for feature in vocabulary], dtype=np.int64)
    idf = np.log(1 + len(samples) / np.append(counts[kept], 1)).astype(np.float32)
    column_of = np.full(len(names), -1, dtype=np.int64)
    column_of[kept] = np.arange(len(kept))
    columns = column_of[entries]
    # Features of no column count in the length of the vector.
    values = weights * idf.astype(np.float64)[columns]
    lengths = np.bincount(owners, values * values, minlength=len(samples)) ** 0.5
    known = columns >= 0
    owners, columns = owners[known], columns[known]
    values = (LENGTH * values[known] / lengths[owners]).astype(np.float32)
    present, rows = np.unique(owners, return_inverse=True)
    wanted = np.zeros((len(present), len(labels)), dtype=np.float32)
    for row, number in enumerate(present.tolist()):
        wanted[row, [labels[label] for label in samples[number][1]]] = 1
    own = tuple(map(tuple, groups))
    return TrainingSet(
        own,
        tuple(vocabulary),
        idf,
        rows.astype(np.int64),
        columns,
        values,
        wanted,
        passes,
        balance,
    )


def fit(training: TrainingSet) -> LinearClassifier:
    """Train the classifier of a training set. Takes up to a second of one core for 15,000
    samples."""
    labels, vocabulary = training.labels, training.vocabulary
    weights = np.zeros((len(vocabulary), len(labels)), dtype=np.float32)
    bias = np.zeros(len(labels), np.float32)
    if len(training.values) and labels:
        weights, bias = _descend(training)
    return LinearClassifier.of(labels, vocabulary, training.idf, weights, bias)


def _descend(training: TrainingSet) -> tuple[Floats, Floats]:
    """Return the weights and the bias after all passes."""
    # Imported where a classifier is trained: it takes 24 MB, and a service loads trained ones.
    from scipy.sparse import csr_array

    wanted = training.wanted.copy()
    ends = np.cumsum([len(group) for group in training.groups])
    parts = [slice(e - len(g), e) for e, g in zip(ends, training.groups, strict=True)]
    share, decay = np.zeros_like(wanted), np.zeros(wanted.shape[1], dtype=np.float32)
    for part in parts:
        own = wanted[:, part]
        own /= own.sum(axis=1, keepdims=True)
        weight = (own @ np.maximum(own.sum(axis=0), 1) ** -training.balance).astype(np.float32)
        share[:, part] = (weight * own.shape[1] / weight.sum())[:, None]
        decay[part] = np.float32(DECAY * own.shape[1])
    shape = (len(wanted), len(training.vocabulary))
    samples = csr_array((training.values, (training.rows, training.columns)), shape)
    features = csr_array(samples.T)
    errors = np.empty_like(wanted)
    weights: Floats = np.zeros((shape[1], wanted.shape[1]), dtype=np.float32)
    bias: Floats = np.zeros(wanted.shape[1], dtype=np.float32)
    step, bias_step = np.zeros_like(weights), np.zeros_like(bias)
    for _ in range(training.passes):
        scores = samples @ weights + bias
        for part in parts:
            errors[:, part] = (_softmax(scores[:, part]) - wanted[:, part]) * share[:, part]
        slope = features @ errors + decay * weights
        step = np.float32(MOMENTUM) * step - np.float32(RATE) * slope
        bias_step = np.float32(MOMENTUM) * bias_step - np.float32(RATE) * errors.sum(axis=0)
        weights += step
        bias += bias_step
    return weights, bias


def _softmax(scores: Floats) -> Floats:
    """Return the shares of the scores of each sample; they sum to 1."""
    shares: Floats = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return shares
