"""Which entries have a feature, and how much: a sparse matrix in flat arrays, a row a feature.

There are some hundred thousand weights. As Python objects they would take a hundred megabytes and
a question half a millisecond; as arrays they take three, and a question is a few calls of numpy.
"""

from __future__ import annotations

from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

# As narrow as they can be: what a question reads of them then stays in the processor's cache.
STORED_STARTS, STORED_IDS, STORED_WEIGHTS = "<u4", "<u2", "<f4"


@dataclass(frozen=True, eq=False)
class Postings:
    """Feature → the numbers of the entries that have it, ascending, and their weights.

    Features are numbers too: their places in a vocabulary. `entries`: how many there are.
    `starts` has where each feature's row begins, and the end of the last.
    """

    entries: int
    starts: array[int]
    ids: NDArray[np.uint16]
    weights: NDArray[np.float32]

    def weigh(self, features: Iterable[tuple[int, float]]) -> NDArray[np.float64]:
        """For every entry the sum, over these features, of the feature's weight there times the
        one given."""
        starts = self.starts
        rows = [(starts[place], starts[place + 1], given) for place, given in features]
        if not rows:
            return np.zeros(self.entries)
        ids = np.concatenate([self.ids[start:end] for start, end, _ in rows])
        weights = np.concatenate([self.weights[start:end] for start, end, _ in rows])
        given = np.array([row[2] for row in rows]).repeat([end - start for start, end, _ in rows])
        return np.asarray(np.bincount(ids, weights * given, self.entries), np.float64)

    def holders(self, below: int) -> list[int]:
        """For each feature those of the first entries that have it, as bits: entry 3 is
        `1 << 3`."""
        flags = [1 << entry for entry in range(below)]
        ids = self.ids.tolist()
        bits = []
        for start, end in pairwise(self.starts):
            held = 0
            for entry in ids[start:end]:
                if entry >= below:  # they ascend
                    break
                held |= flags[entry]
            bits.append(held)
        return bits

    def dump(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "entries": self.entries,
            "starts": _text(self.starts, STORED_STARTS),
            "ids": _text(self.ids, STORED_IDS),
            "weights": _text(self.weights, STORED_WEIGHTS),
        }

    @classmethod
    def load(cls, data: Mapping[str, Any], features: int) -> Postings:
        """What `dump` wrote, over so many features. Raises KeyError, TypeError or ValueError for
        anything else."""
        found = cls(
            int(data["entries"]),
            array("I", _numbers(data["starts"], STORED_STARTS).tolist()),
            _numbers(data["ids"], STORED_IDS),
            _numbers(data["weights"], STORED_WEIGHTS),
        )
        rows = len(found.starts) == features + 1 and found.starts[-1] == len(found.ids)
        known = not len(found.ids) or found.ids.max() < found.entries
        if not (rows and known and len(found.ids) == len(found.weights)):
            raise ValueError("the tables do not fit each other")
        return found

    @classmethod
    def build(cls, vocabulary: Iterable[str], entries: Sequence[Mapping[str, float]]) -> Postings:
        """Postings of these entries."""
        place = {feature: number for number, feature in enumerate(vocabulary)}
        features = np.array([place[f] for entry in entries for f in entry], np.intp)
        weights = np.array([w for entry in entries for w in entry.values()], STORED_WEIGHTS)
        numbers = np.arange(len(entries), dtype=STORED_IDS).repeat([len(e) for e in entries])
        # Stable: within a row the entries still ascend.
        order = features.argsort(kind="stable")
        counts = np.bincount(features, minlength=len(place))
        starts = array("I", [0, *counts.cumsum().tolist()])
        return cls(len(entries), starts, numbers[order], weights[order])


def _text(numbers: ArrayLike, kind: str) -> str:
    return b64encode(np.asarray(numbers).astype(kind).tobytes()).decode()


def _numbers(text: str, kind: str) -> NDArray[Any]:
    return np.frombuffer(b64decode(text), kind)
