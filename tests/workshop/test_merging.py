"""Two changes of one file are merged without losing a line of either."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.workshop.merging import has_marks, merge

LINES = st.lists(st.sampled_from("abcde"), max_size=8)
BASE = "a\nb\nc\nd\n"


def text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize(
    ("mine", "theirs", "merged"),
    [
        ("a\nB\nc\nd\n", "a\nb\nc\nD\n", "a\nB\nc\nD\n"),
        ("x\na\nb\nc\nd\n", "a\nb\nc\nd\ny\n", "x\na\nb\nc\nd\ny\n"),
        ("a\nb\nx\nc\nd\n", "a\nb\ny\nc\nd\n", "a\nb\nx\ny\nc\nd\n"),
        ("a\nb\nx\nc\nd\n", "a\nb\nx\nc\nd\n", "a\nb\nx\nc\nd\n"),
        ("b\nc\nd\n", "a\nb\nc\n", "b\nc\n"),
        ("", "a\nb\nc\nd\n", ""),
    ],
)
def test_changes_of_different_places_are_both_kept(mine: str, theirs: str, merged: str) -> None:
    found = merge(BASE, mine, theirs)
    assert (found.text, found.conflicts) == (merged, 0)
    assert not has_marks(found.text)


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [("a\nB\nc\nd\n", "a\nX\nc\nd\n"), ("a\nc\nd\n", "a\nX\nc\nd\n"), ("B\n", "C\n")],
)
def test_a_place_that_both_changed_shows_both_texts_between_marks(mine: str, theirs: str) -> None:
    found = merge(BASE, mine, theirs)
    assert found.conflicts == 1
    assert has_marks(found.text)
    assert {*mine.split(), *theirs.split()} <= {*found.text.split()}


def test_without_a_base_all_that_differs_is_to_be_decided() -> None:
    found = merge(None, "a\nmine\nc\n", "a\nc\ntheirs\n")
    assert found.conflicts == 2
    assert [line for line in found.text.splitlines() if not has_marks(line)] == [
        "a", "mine", "c", "theirs",
    ]  # fmt: skip
    assert merge(None, "a\n", "a\n").conflicts == 0


@given(LINES, LINES)
def test_a_side_that_changed_nothing_takes_the_other(base: list[str], other: list[str]) -> None:
    same, new = text(base), text(other)
    assert merge(same, new, same).text == new
    assert merge(same, same, new).text == new
    assert merge(same, new, new).text == new


@given(LINES, LINES, LINES)
def test_no_new_line_is_lost(base: list[str], mine: list[str], theirs: list[str]) -> None:
    found = merge(text(base), text(mine), text(theirs)).text.splitlines()
    new = ({*mine} | {*theirs}) - {*base}
    assert new <= {*found}
    assert {*found} <= {*base, *mine, *theirs} | {line for line in found if has_marks(line)}
