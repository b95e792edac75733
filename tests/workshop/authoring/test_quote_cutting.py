"""A quote is cut out of its text, so it stands there word for word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import EditRefused
from bot.workshop.authoring.quote_cutting import between, cut_quote, narrowed, pieces

TEXT = "总则。鼓励甲做乙,也做丙。\n支持丁"
TEXTS = st.text("甲乙丙，。；\n, ", max_size=40)


@given(TEXTS)
def test_the_pieces_of_a_text_are_the_text(text: str) -> None:
    assert "".join(pieces(text)) == text
    assert all(pieces(text))


@given(TEXTS, st.data())
def test_what_stands_between_pieces_stands_in_the_text(text: str, data: st.DataObject) -> None:
    count = len(pieces(text))
    if count:
        first = data.draw(st.integers(0, count - 1))
        last = data.draw(st.integers(first, count - 1))
        assert between(text, first, last) in text


def test_ticked_pieces_lose_the_punctuation_behind_them() -> None:
    assert pieces(TEXT) == ("总则。", "鼓励甲做乙,", "也做丙。\n", "支持丁")
    assert between(TEXT, 1, 2) == "鼓励甲做乙,也做丙"
    assert between(TEXT, 3, 3) == "支持丁"


@pytest.mark.parametrize(("first", "last"), [(-1, 0), (2, 1), (0, 4)])
def test_pieces_that_are_not_there_are_refused(first: int, last: int) -> None:
    with pytest.raises(EditRefused, match="再勾一次"):
        between(TEXT, first, last)


@pytest.mark.parametrize(
    ("beginning", "end", "left"),
    [("", "", "鼓励甲做乙"), ("甲", "", "甲做乙"), ("", "甲", "鼓励甲"), ("甲", "做", "甲做")],
)
def test_a_part_is_narrowed_by_its_words(beginning: str, end: str, left: str) -> None:
    assert narrowed("鼓励甲做乙", beginning, end) == left


@pytest.mark.parametrize(("beginning", "end"), [("丁", ""), ("", "丁"), ("做", "鼓励")])
def test_words_outside_of_the_part_are_refused(beginning: str, end: str) -> None:
    with pytest.raises(EditRefused, match="没有"):
        narrowed("鼓励甲做乙", beginning, end)


@pytest.mark.parametrize(
    ("beginning", "end", "quote"),
    [
        ("鼓励甲", "", "鼓励甲做乙,也做丙"),
        ("鼓励甲", "乙", "鼓励甲做乙"),
        ("支持丁", "", "支持丁"),
    ],
)
def test_a_quote_is_cut_by_its_first_and_last_words(beginning: str, end: str, quote: str) -> None:
    assert cut_quote(TEXT, beginning, end) == quote


@pytest.mark.parametrize(
    ("beginning", "end", "said"),
    [
        ("鼓励，甲", "", "没有"),
        ("", "", "没有"),
        ("做", "", "好几处“做”"),
        ("鼓励甲", "总则", "后面没有“总则”"),
        ("鼓励甲做乙，也", "", "第 6 个字“，”不一样.*原文这里是“,”"),
    ],
)
def test_words_that_the_clause_lacks_are_refused(beginning: str, end: str, said: str) -> None:
    with pytest.raises(EditRefused, match=said):
        cut_quote("总则。鼓励甲做乙,也做丙。", beginning, end)
