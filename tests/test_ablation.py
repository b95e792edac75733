"""The ablation leaves out and moves only what exists."""

from __future__ import annotations

from importlib import import_module

import pytest

from bench.ablation import FIXED, RULES, THRESHOLDS, WEIGHED

MOVED = [(module, name) for module, names in THRESHOLDS.items() for name in names.split()]


@pytest.mark.parametrize(("module", "name"), MOVED)
def test_every_threshold_is_a_share(module: str, name: str) -> None:
    assert 0 < getattr(import_module(module), name) < 1.5


@pytest.mark.parametrize(("module", "name", "_"), RULES.values())
def test_every_rule_stands_where_it_is_replaced(module: str, name: str, _: object) -> None:
    assert hasattr(import_module(module), name)


def test_recognisers_and_kinds_of_the_ranker_are_left_out() -> None:
    assert {"facts", "list_part"} <= set(FIXED)
    assert {"talk", "answer", "fact", "who_may"} <= set(WEIGHED)
