"""Which entries have a feature, and how much: flat arrays, since there are some hundred thousand.

As Python lists they would take a hundred megabytes; as arrays they take three.
"""

from __future__ import annotations

from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

Rows = tuple["array[int]", "array[float]"]


@dataclass(frozen=True)
class Postings:
    """Feature → the numbers of the entries that have it, ascending, and their weights."""

    places: Mapping[str, int]
    starts: array[int]
    ids: array[int]
    weights: array[float]

    def count(self, feature: str) -> int:
        """How many entries have this feature."""
        place = self.places.get(feature)
        return 0 if place is None else self.starts[place + 1] - self.starts[place]

    def rows(self, feature: str) -> Rows:
        """The entries that have this feature and their weights. Raises KeyError."""
        place = self.places[feature]
        start, end = self.starts[place], self.starts[place + 1]
        return self.ids[start:end], self.weights[start:end]

    def holders(self, feature: str) -> int:
        """The entries that have this feature, as bits: entry 3 is `1 << 3`."""
        place = self.places.get(feature)
        return 0 if place is None else self._bits[place]

    @cached_property
    def _bits(self) -> list[int]:
        bits = []
        for start, end in pairwise(self.starts):
            held = 0
            for entry in self.ids[start:end]:
                held |= 1 << entry
            bits.append(held)
        return bits

    def dump(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "features": list(self.places),
            "starts": _text(self.starts),
            "ids": _text(self.ids),
            "weights": _text(self.weights),
        }

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Postings:
        """What `dump` wrote. Raises KeyError, TypeError or ValueError for anything else."""
        found = cls(
            {feature: place for place, feature in enumerate(data["features"])},
            _array("I", data["starts"]),
            _array("H", data["ids"]),
            _array("f", data["weights"]),
        )
        whole = found.starts[-1] if found.starts else 0
        if len(found.starts) != len(found.places) + 1 or whole != len(found.ids):
            raise ValueError("the tables do not fit each other")
        return found

    @classmethod
    def build(
        cls, entries: Iterable[Mapping[str, float]], leave_out: frozenset[str] = frozenset()
    ) -> Postings:
        """Postings of these entries; features in `leave_out` keep their name but no rows."""
        lists: dict[str, list[tuple[int, float]]] = {}
        for number, features in enumerate(entries):
            for feature, weight in features.items():
                lists.setdefault(feature, []).append((number, weight))
        starts, ids, weights = array("I", [0]), array("H"), array("f")
        for feature, rows in lists.items():
            for number, weight in () if feature in leave_out else rows:
                ids.append(number)
                weights.append(weight)
            starts.append(len(ids))
        return cls({feature: place for place, feature in enumerate(lists)}, starts, ids, weights)


def _text(numbers: array[Any]) -> str:
    return b64encode(numbers.tobytes()).decode()


def _array(kind: str, text: str) -> array[Any]:
    numbers: array[Any] = array(kind)
    numbers.frombytes(b64decode(text))
    return numbers


def most_telling(postings: Postings, features: Iterable[str], limit: int) -> Sequence[str]:
    """The rarest of these features that any entry has, at most `limit`."""
    found = [feature for feature in features if feature in postings.places]
    if len(found) > limit:
        found.sort(key=postings.count)
    return found[:limit]
