"""Parts and windows of a long text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.core.text.normalizer import MAX_TEXT_CHARS, WINDOW_CHARS
from bot.core.text.windows import is_long, sentences, windows

TEXTS = st.text(st.sampled_from("学创业，。？! \nab1"), max_size=1_500)


def without_blanks(text: str) -> str:
    return "".join(text.split())


@given(TEXTS)
def test_sentences_hold_the_whole_text_and_fit_into_a_window(text: str) -> None:
    found = sentences(text)
    assert all(len(part) <= WINDOW_CHARS for part in found)
    rest = without_blanks("".join(found))
    for character in without_blanks(text):  # two pieces may share some characters
        at = rest.find({"，": ",", "？": "?"}.get(character, character))
        assert at >= 0
        rest = rest[at + 1 :]


@given(TEXTS)
def test_windows_hold_all_parts_and_fit(text: str) -> None:
    found = windows(sentences(text))
    assert all(len(window) <= WINDOW_CHARS for window in found)
    assert "".join(found) == "".join(sentences(text))


@given(st.text(max_size=WINDOW_CHARS))
def test_a_text_of_one_window_is_not_long(text: str) -> None:
    assert not is_long(text)


def test_blanks_do_not_make_a_text_long() -> None:
    assert not is_long("贷款" + " " * 400 + "怎么办")


def test_sentences_end_at_their_marks() -> None:
    text = "我在柳州做点小生意，想问问。没有抵押能贷款吗？" * 20
    assert set(sentences(text)) == {"我在柳州做点小生意,想问问。", "没有抵押能贷款吗?"}


def test_a_text_without_punctuation_is_cut_with_an_overlap() -> None:
    text = "".join(chr(0x4E00 + n) for n in range(MAX_TEXT_CHARS))
    found = "\n".join(sentences(text))
    assert all(text[at : at + 20] in found for at in range(0, len(text) - 20, 7))
