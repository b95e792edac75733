"""A sparse matrix of feature weights, one row a feature, in flat arrays (CSR layout).

The columns are items: documents and sample questions. The matrix has about 200,000 weights; flat
arrays need 13 MB and a query a few numpy calls (docs/decisions/014).
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Little-endian types of the stored arrays. Item ids are 32 bits wide: 16 bits wrap around without
# an error from 65,536 items on, about 980 supports (docs/decisions/034).
STARTS_TYPE, ITEM_IDS_TYPE, WEIGHTS_TYPE = "<u4", "<u4", "<f4"


class Rows(NamedTuple):
    """The postings of some features, one row after the other. `items`: number of items of the
    matrix; `sizes`: number of postings of each row."""

    items: int
    item_ids: NDArray[np.uint32]
    weights: NDArray[np.float32]
    sizes: NDArray[np.intp]

    def score(self, query: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return for each item the sum over the rows of feature weight times query weight.
        `query`: the weight of each row."""
        products = self.weights * query.repeat(self.sizes)
        return np.asarray(np.bincount(self.item_ids, products, self.items), np.float64)

    def item_sets(self, groups: Sequence[int | slice]) -> list[int]:
        """Return for each row the groups of items that are in it, as a bitset: the bit `1 << n`
        is set if an item of `groups[n]` has the feature. At most 64 groups.

        Only these rows are read. A bitset of all items for each feature would take memory
        proportional to features times items.
        """
        flags = np.zeros(self.items, np.min_scalar_type((1 << len(groups)) - 1))
        for number, group in enumerate(groups):
            flags[group] |= flags.dtype.type(1 << number)
        sets: NDArray[Any] = np.zeros(len(self.sizes), flags.dtype)
        # `reduceat` returns an element, not zero, for an empty row.
        filled = self.sizes.nonzero()[0]
        if len(filled):
            offsets = (self.sizes.cumsum() - self.sizes)[filled]
            sets[filled] = np.bitwise_or.reduceat(flags.take(self.item_ids), offsets)
        found: list[int] = sets.tolist()
        return found


@dataclass(frozen=True, eq=False)
class Postings:
    """Feature id → the ids of the items that have the feature, ascending, and their weights.

    `items`: number of items. `starts`, length features + 1: row `f` is the slice
    `starts[f]:starts[f + 1]` of the other arrays. `item_ids` and `weights`: one value per posting.
    """

    items: int
    starts: NDArray[np.intp]
    item_ids: NDArray[np.uint32]
    weights: NDArray[np.float32]

    def rows(self, features: NDArray[np.intp]) -> Rows:
        """Return the rows of these feature ids."""
        # `take` is faster than an index of numbers.
        begins = self.starts.take(features)
        sizes = self.starts.take(features + 1) - begins
        ends = sizes.cumsum()
        places = np.arange(sizes.sum()) + (begins - ends + sizes).repeat(sizes)
        return Rows(self.items, self.item_ids.take(places), self.weights.take(places), sizes)

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
            _decode(data["starts"], STARTS_TYPE).astype(np.intp),
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
        starts = np.array([0, *counts.cumsum().tolist()], np.intp)
        return cls(len(items), starts, item_ids[order], weights[order])


def _encode(numbers: ArrayLike, kind: str) -> str:
    return b64encode(np.asarray(numbers).astype(kind).tobytes()).decode()


def _decode(text: str, kind: str) -> NDArray[Any]:
    return np.frombuffer(b64decode(text), kind)
