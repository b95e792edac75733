"""The bounded cache."""

from __future__ import annotations

import pytest

from bot.core.domain.cache import SIZES, Cache, CacheKind


def test_a_result_is_computed_once() -> None:
    cache, calls = Cache(), list[str]()

    def compute() -> str:
        calls.append("computed")
        return "result"

    assert [cache.get(CacheKind.SEARCH, "key", compute) for _ in range(3)] == ["result"] * 3
    assert calls == ["computed"]


def test_none_is_cached_like_any_other_result() -> None:
    cache, calls = Cache(), list[str]()
    for _ in range(2):
        assert cache.get(CacheKind.SEARCH, "key", lambda: calls.append("computed")) is None
    assert calls == ["computed"]


def test_new_entries_of_one_kind_do_not_evict_those_of_another() -> None:
    cache = Cache()
    cache.get(CacheKind.FINDINGS, "profile", lambda: "kept")
    for number in range(3 * SIZES[CacheKind.SEARCH]):
        cache.get(CacheKind.SEARCH, number, lambda: "new")
    assert cache.get(CacheKind.FINDINGS, "profile", lambda: "computed again") == "kept"


@pytest.mark.parametrize("kind", CacheKind)
def test_a_full_kind_evicts_its_oldest_entry_only(kind: CacheKind) -> None:
    cache = Cache()
    for number in range(SIZES[kind] + 1):
        cache.get(kind, number, lambda: "first")
    assert cache.get(kind, 1, lambda: "second") == "first"
    assert cache.get(kind, 0, lambda: "second") == "second"


def test_a_cleared_cache_computes_again() -> None:
    cache = Cache()
    cache.get(CacheKind.TURN, "key", lambda: "before")
    cache.clear()
    assert cache.get(CacheKind.TURN, "key", lambda: "after") == "after"
