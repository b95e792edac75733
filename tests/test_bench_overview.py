"""bench.overview: what it counts as right, and what it tells of two states."""

from __future__ import annotations

from bench.overview import SETS, report, right
from bench.talks import TALKS
from bot.core.dialogue.manager import KnowledgeBase


def test_every_file_of_talks_is_a_set() -> None:
    assert {f"talks {file.stem}" for file in TALKS.glob("*.yaml")} <= SETS.keys()


def test_a_set_names_each_item_with_its_fault(base: KnowledgeBase) -> None:
    results = dict(SETS["facts facts_check"](base))
    assert 0 < right(results) < len(results)


def test_the_questions_are_judged_as_published(base: KnowledgeBase) -> None:
    results = dict(SETS["questions holdout/indirect-wording"](base))
    assert right(results) / len(results) > 0.97


def test_a_comparison_lists_what_was_gained_and_lost() -> None:
    before = {"talks x": {"one": "", "two": "clause", "three": ""}}
    now = {"talks x": {"one": "", "two": "", "three": "any_text"}}
    lines = [*report(now, before)]
    assert "+ talks x: two: clause" in lines
    assert "- talks x: three: any_text" in lines
    assert not any("one" in line for line in lines)


def test_a_state_that_was_not_kept_is_compared_with_nothing() -> None:
    assert not any(line[0] in "+-" for line in report({"talks x": {"one": ""}}, {}))
