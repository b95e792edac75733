"""Group questions by likeness, with the features of the search.

Leader clustering: the questions come in a fixed order, each joins the most similar leader, or
becomes one. A group never grows by a chain of small steps, because only leaders are compared.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

from bot.core.retrieval.index import UNKNOWN_IDF, Index

# Cosine (0..1) from which a question joins a group. Measured with `bench.inbox_groups`
# (docs/decisions/062).
ALIKE = 0.5

Vector = Mapping[str, float]


def vector(index: Index, text: str) -> Vector:
    """Return the unit vector of a text: its features, weighed by how rare they are in samples."""
    known, idf = index.vocabulary, index.sample_idf
    weights = {
        feature: weight * (idf[known[feature]] if feature in known else UNKNOWN_IDF)
        for feature, weight in index.analyzer.analyze(text).features.items()
    }
    norm = math.sqrt(sum(weight**2 for weight in weights.values()))
    return {feature: weight / norm for feature, weight in weights.items()} if norm else {}


def group_alike(vectors: Sequence[Vector], alike: float = ALIKE) -> list[list[int]]:
    """Return the groups of these vectors, as positions in their order; the first of each group is
    its leader. An empty vector stands alone. The same input gives the same groups."""
    groups: list[list[int]] = []
    leaders: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for position, found in enumerate(vectors):
        likeness: dict[int, float] = defaultdict(float)
        for feature, weight in found.items():
            for group, other in leaders[feature]:
                likeness[group] += weight * other
        # Of equal groups the older one.
        best = max(likeness, key=lambda group: (likeness[group], -group), default=-1)
        if best >= 0 and likeness[best] >= alike:
            groups[best].append(position)
            continue
        for feature, weight in found.items():
            leaders[feature].append((len(groups), weight))
        groups.append([position])
    return groups
