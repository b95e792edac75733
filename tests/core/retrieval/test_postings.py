"""The sparse matrix of feature weights."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest

from bot.core.retrieval.postings import Postings

VOCABULARY = {"loan": 0, "rent": 1, "the": 2, "unused": 3}
ITEMS = [{"loan": 1.0}, {"rent": 2.0}, {"loan": 3.0}]


@pytest.fixture
def postings() -> Postings:
    return Postings.build(VOCABULARY, ITEMS)


def scores(postings: Postings, *query: tuple[str, float]) -> list[float]:
    """Score a query of feature names and weights; return one score per item."""
    rows = postings.rows(np.array([VOCABULARY[name] for name, _ in query], np.intp))
    weights = np.array([weight for _, weight in query], np.float64)
    found: list[float] = rows.score(weights).tolist()
    return found


def item_sets(postings: Postings, names: Sequence[str], groups: list[int | slice]) -> list[int]:
    """Return the bitset of the groups of items for each feature."""
    features = np.array([VOCABULARY[name] for name in names], np.intp)
    return postings.rows(features).item_sets(groups)


def test_the_score_is_the_sum_over_the_features_of_an_item(postings: Postings) -> None:
    assert scores(postings, ("loan", 2.0), ("rent", 1.0)) == [2.0, 2.0, 6.0]


def test_a_feature_without_postings_scores_zero(postings: Postings) -> None:
    assert scores(postings, ("unused", 5.0), ("the", 5.0)) == [0.0, 0.0, 0.0]
    assert scores(postings) == [0.0, 0.0, 0.0]


def test_item_sets_are_bitsets_of_groups(postings: Postings) -> None:
    names = ["rent", "unused", "loan", "the"]
    assert item_sets(postings, names, [0, 2, slice(2)]) == [0b100, 0, 0b111, 0]
    assert item_sets(postings, ["loan"], [1]) == [0]
    assert item_sets(postings, ["unused"], [1]) == [0]
    assert item_sets(postings, [], [0]) == []


def test_item_sets_take_as_many_groups_as_a_search_returns(postings: Postings) -> None:
    for count in (8, 9, 33, 64):
        assert item_sets(postings, ["rent"], [1] * count) == [(1 << count) - 1]


def test_item_ids_do_not_wrap_around_at_65536() -> None:
    items = 65_540
    built = Postings.build(VOCABULARY, [{"loan": 1.0}] * (items - 1) + [{"rent": 1.0}])
    loaded = Postings.load(built.dump(), len(VOCABULARY))
    assert scores(loaded, ("rent", 1.0)) == [0.0] * (items - 1) + [1.0]
    assert item_sets(loaded, ["rent"], [3, items - 1]) == [0b10]


def test_dump_and_load_keep_every_bit() -> None:
    thirds = [{"loan": 1 / 3}, {"loan": 2 / 3, "rent": 0.1}]
    built = Postings.build(VOCABULARY, thirds)
    loaded = Postings.load(json.loads(json.dumps(built.dump())), len(VOCABULARY))
    query = (("loan", 0.7), ("rent", 0.3))
    assert scores(loaded, *query) == scores(built, *query)


@pytest.mark.parametrize(
    "damage",
    [
        {"items": 1},
        {"starts": "AAAA"},
        {"starts": "AAAAAAEAAAA="},
        {"item_ids": ""},
        {"item_ids": "!"},
        {"weights": ""},
        {"starts": None},
    ],
)
def test_inconsistent_arrays_are_refused(damage: dict[str, object], postings: Postings) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Postings.load({**postings.dump(), **damage}, len(VOCABULARY))
