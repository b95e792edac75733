"""A bounded cache for results that many conversations share."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from enum import StrEnum
from typing import Any, TypeVar

T = TypeVar("T")
_ABSENT: Any = object()


class CacheKind(StrEnum):
    """The kinds of cached results. Each kind has a limit of its own, so that many new questions
    do not evict the findings of common profiles."""

    TURN = "turn"
    SEARCH = "search"
    FINDINGS = "findings"
    RESULTS = "results"


# Entries per kind. A turn or a results list takes some kilobytes, a search result about one.
# docs/decisions/031-one-bounded-cache.md has the measurements.
SIZES = {
    CacheKind.TURN: 512,
    CacheKind.SEARCH: 256,
    CacheKind.FINDINGS: 256,
    CacheKind.RESULTS: 256,
}


class Cache:
    """Results by kind and key. A full kind evicts its oldest entry.

    A cache belongs to one knowledge version: its keys do not name the version. It is not
    thread-safe; all turns run on one event loop.
    """

    def __init__(self) -> None:
        self._entries: dict[CacheKind, dict[Hashable, Any]] = {kind: {} for kind in CacheKind}

    def get(self, kind: CacheKind, key: Hashable, compute: Callable[[], T]) -> T:
        """Return the cached result; compute and store it if it is absent. `None` is a result."""
        entries = self._entries[kind]
        # One lookup only: a key may be a whole session, which is slow to hash.
        found: T = entries.get(key, _ABSENT)
        if found is not _ABSENT:
            return found
        found = compute()
        if len(entries) >= SIZES[kind]:
            del entries[next(iter(entries))]
        entries[key] = found
        return found

    def clear(self, *kinds: CacheKind) -> None:
        """Remove all entries of these kinds; without kinds, all entries."""
        for kind in kinds or CacheKind:
            self._entries[kind].clear()
