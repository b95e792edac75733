"""A sparse matrix of feature weights, one row a feature, in flat arrays (CSR layout).

The columns are items: documents and sample questions. The matrix has about 200,000 weights; flat
arrays need 13 MB and a query a few numpy calls (docs/decisions/014).
"""

from __future__ import annotations

from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Little-endian types of the stored arrays. Item ids are 32 bits wide: 16 bits wrap around without
# an error from 65,536 items on, about 980 supports (docs/decisions/034).
STARTS_TYPE, ITEM_IDS_TYPE, WEIGHTS_TYPE = "<u4", "<u4", "<f4"


@dataclass(frozen=True, eq=False)
class Postings:
    """Feature id → the ids of the items that have the feature, ascending, and their weights.

    `items`: number of items. `starts`, length features + 1: row `f` is the slice
    `starts[f]:starts[f + 1]` of the other arrays. `item_ids` and `weights`: one value per posting.
    """

    items: int
    starts: array[int]
    item_ids: NDArray[np.uint32]
    weights: NDArray[np.float32]

    def score(self, query: Iterable[tuple[int, float]]) -> NDArray[np.float64]:
        """Multiply a sparse query vector with the matrix.

        `query`: pairs of feature id and weight. Return an array of length `items`: for each item
        the sum over the query of feature weight times query weight.
        """
        starts = self.starts
        rows = [(starts[feature], starts[feature + 1], weight) for feature, weight in query]
        if not rows:
            return np.zeros(self.items)
        item_ids = np.concatenate([self.item_ids[start:end] for start, end, _ in rows])
        weights = np.concatenate([self.weights[start:end] for start, end, _ in rows])
        sizes = [end - start for start, end, _ in rows]
        factors = np.array([row[2] for row in rows]).repeat(sizes)
        return np.asarray(np.bincount(item_ids, weights * factors, self.items), np.float64)

    def item_sets(self, features: Sequence[int], groups: Sequence[int | slice]) -> list[int]:
        """Return for each feature id the groups of items that have it, as a bitset: the bit
        `1 << n` is set if an item of `groups[n]` has the feature. At most 64 groups.

        Only the rows of these features are read. A bitset of all items for each feature would take
        memory proportional to features times items.
        """
        flags = np.zeros(self.items, np.min_scalar_type((1 << len(groups)) - 1))
        for number, group in enumerate(groups):
            flags[group] |= flags.dtype.type(1 << number)
        starts, sets = self.starts, dict.fromkeys(features, 0)
        # `reduceat` returns an element, not zero, for an empty row.
        filled = [f for f in sets if starts[f] < starts[f + 1]]
        if filled:
            rows = [self.item_ids[starts[f] : starts[f + 1]] for f in filled]
            offsets = [0, *accumulate(map(len, rows[:-1]))]
            found = np.bitwise_or.reduceat(flags[np.concatenate(rows)], offsets)
            sets.update(zip(filled, found.tolist(), strict=True))
        return [sets[f] for f in features]

    def dump(self) -> dict[str, Any]:
        """Return the matrix as JSON values; the arrays are base64 text."""
        return {
            "items": self.items,
            "starts": _encode(self.starts, STARTS_TYPE),
            "item_ids": _encode(self.item_ids, ITEM_IDS_TYPE),
            "weights": _encode(self.weights, WEIGHTS_TYPE),
        }

    @classmethod
    def load(cls, data: Mapping[str, Any], features: int) -> Postings:
        """Restore what `dump` returned, for a vocabulary of `features` features. Raises KeyError,
        TypeError or ValueError for anything else."""
        found = cls(
            int(data["items"]),
            array("I", _decode(data["starts"], STARTS_TYPE).tolist()),
            _decode(data["item_ids"], ITEM_IDS_TYPE),
            _decode(data["weights"], WEIGHTS_TYPE),
        )
        rows = len(found.starts) == features + 1 and found.starts[-1] == len(found.item_ids)
        in_range = not len(found.item_ids) or found.item_ids.max() < found.items
        if not (rows and in_range and len(found.item_ids) == len(found.weights)):
            raise ValueError("the arrays have inconsistent lengths or item ids")
        return found

    @classmethod
    def build(cls, vocabulary: Iterable[str], items: Sequence[Mapping[str, float]]) -> Postings:
        """Build the matrix from one mapping of feature → weight per item. The order of
        `vocabulary` gives the feature ids."""
        ids = {feature: number for number, feature in enumerate(vocabulary)}
        features = np.array([ids[f] for item in items for f in item], np.intp)
        weights = np.array([w for item in items for w in item.values()], WEIGHTS_TYPE)
        item_ids = np.arange(len(items), dtype=ITEM_IDS_TYPE).repeat([len(i) for i in items])
        # A stable sort keeps the item ids of a row in ascending order.
        order = features.argsort(kind="stable")
        counts = np.bincount(features, minlength=len(ids))
        starts = array("I", [0, *counts.cumsum().tolist()])
        return cls(len(items), starts, item_ids[order], weights[order])


def _encode(numbers: ArrayLike, kind: str) -> str:
    return b64encode(np.asarray(numbers).astype(kind).tobytes()).decode()


def _decode(text: str, kind: str) -> NDArray[Any]:
    return np.frombuffer(b64decode(text), kind)
