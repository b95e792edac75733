"""Sanitizing and normalizing text, pinyin and syllables."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.text.normalizer import (
    MAX_TEXT_CHARS,
    WINDOW_CHARS,
    Lexicon,
    fold_syllable,
    runs,
    sanitize,
    segments,
)
from tests.core.small_knowledge import LEXICON


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  休学  ", "休学"),
        ("休\x00学\x1b", "休 学"),
        ("休\u200b学\ufeff", "休学"),
        ("\u202e学休\u202c", "学休"),
        ("坏\ud800字", "坏 字"),
        ("一行\n二行", "一行\n二行"),
    ],
)
def test_sanitize_removes_what_cannot_be_shown(text: str, expected: str) -> None:
    assert sanitize(text) == expected


def test_sanitize_cuts_a_text_at_the_limit() -> None:
    assert sanitize("学" * 30_000) == "学" * MAX_TEXT_CHARS


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=700))
def test_sanitized_text_is_valid_utf_8_and_does_not_change_again(text: str) -> None:
    clean = sanitize(text)
    clean.encode("utf-8")
    assert sanitize(clean) == clean
    assert len(clean) <= MAX_TEXT_CHARS


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=700))
def test_normalized_text_has_a_limit(text: str) -> None:
    clean = LEXICON.normalize(text)
    clean.encode("utf-8")
    assert len(clean) <= WINDOW_CHARS
    assert clean == clean.strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ＬＯＡＮ１２３", "loan123"),
        ("休學貸款", "休学贷款"),
        ("休学　　创业\t吗", "休学 创业 吗"),
        ("①", "1"),
        ("ABC", "abc"),
    ],
)
def test_width_case_blanks_and_script_are_normalized(text: str, expected: str) -> None:
    assert LEXICON.normalize(text) == expected


def test_every_traditional_character_is_simplified(base: KnowledgeBase) -> None:
    lexicon = base.index.analyzer.lexicon
    assert lexicon.normalize("農民工創業擔保貸款") == "农民工创业担保贷款"


@pytest.mark.parametrize(
    ("syllable", "folded"),
    [("zhang", "zan"), ("shi", "si"), ("cheng", "cen"), ("lan", "nan"), ("ma", "ma")],
)
def test_similar_syllables_are_merged(syllable: str, folded: str) -> None:
    assert fold_syllable(syllable) == folded


def test_runs_are_chinese_latin_and_digits_in_order() -> None:
    assert runs("3d打印机 can't 1.5万") == ["3", "d", "打印机", "can't", "1.5", "万"]


def test_segments_are_split_at_punctuation_and_not_empty() -> None:
    assert segments("我是学生,,想休学！！找谁?") == ["我是学生", "想休学", "找谁"]


def test_pinyin_is_split_into_the_fewest_syllables() -> None:
    lexicon = Lexicon({}, {"西": "xi", "安": "an", "先": "xian", "学": "xue"}, {})
    assert lexicon.split_pinyin("xianxue") == ("xian", "xue")


def test_english_is_not_pinyin() -> None:
    assert LEXICON.split_pinyin("startup") == ()


def test_a_character_outside_the_table_has_the_greatest_weight() -> None:
    assert LEXICON.weight("龘") > LEXICON.weight("学") > LEXICON.weight("的")
