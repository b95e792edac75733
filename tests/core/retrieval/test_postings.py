"""The sparse tables that the search rests on."""

from __future__ import annotations

import json

import pytest

from bot.core.retrieval.postings import Postings

VOCABULARY = {"loan": 0, "rent": 1, "the": 2, "unused": 3}
ENTRIES = [{"loan": 1.0}, {"rent": 2.0}, {"loan": 3.0}]


@pytest.fixture
def postings() -> Postings:
    return Postings.build(VOCABULARY, ENTRIES)


def weighed(held: Postings, *features: tuple[str, float]) -> list[float]:
    return held.weigh([(VOCABULARY[name], w) for name, w in features]).tolist()


def test_every_entry_gets_the_sum_of_what_it_has(postings: Postings) -> None:
    assert weighed(postings, ("loan", 2.0), ("rent", 1.0)) == [2.0, 2.0, 6.0]


def test_what_no_entry_has_adds_nothing(postings: Postings) -> None:
    assert weighed(postings, ("unused", 5.0), ("the", 5.0)) == [0.0, 0.0, 0.0]
    assert weighed(postings) == [0.0, 0.0, 0.0]


def test_holders_are_bits(postings: Postings) -> None:
    assert postings.holders(3) == [0b101, 0b010, 0, 0]
    assert postings.holders(2) == [0b001, 0b010, 0, 0]


def test_tables_come_back_from_the_cache_to_the_last_bit() -> None:
    thirds = [{"loan": 1 / 3}, {"loan": 2 / 3, "rent": 0.1}]
    built = Postings.build(VOCABULARY, thirds)
    back = Postings.load(json.loads(json.dumps(built.dump())), len(VOCABULARY))
    asked = (("loan", 0.7), ("rent", 0.3))
    assert weighed(back, *asked) == weighed(built, *asked)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"entries": 1},
        {"starts": "AAAA"},
        {"starts": "AAAAAAEAAAA="},
        {"ids": ""},
        {"ids": "!"},
        {"weights": ""},
        {"starts": None},
    ],
)
def test_tables_that_do_not_fit_each_other_are_refused(
    spoilt: dict[str, object], postings: Postings
) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Postings.load({**postings.dump(), **spoilt}, len(VOCABULARY))
