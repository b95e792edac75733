"""Texts made comparable."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.text.normalizer import (
    SEARCH_LIMIT,
    TEXT_LIMIT,
    Lexicon,
    fold_syllable,
    runs,
    segments,
    tidy,
)
from tests.core.small_knowledge import LEXICON


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  休学  ", "休学"),
        ("休\x00学\x1b", "休 学"),
        ("休\u200b学\ufeff", "休学"),
        ("\u202e学休\u202c", "学休"),
        ("坏\ud800字", "坏 字"),
        ("一行\n二行", "一行\n二行"),
    ],
)
def test_tidy_keeps_words_and_drops_what_cannot_be_shown(typed: str, kept: str) -> None:
    assert tidy(typed) == kept


def test_tidy_cuts_a_novel_to_the_limit() -> None:
    assert tidy("学" * 3000) == "学" * TEXT_LIMIT


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=700))
def test_tidied_text_can_be_written_and_is_tidy_already(typed: str) -> None:
    kept = tidy(typed)
    kept.encode("utf-8")
    assert tidy(kept) == kept
    assert len(kept) <= TEXT_LIMIT


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=700))
def test_normalising_is_bounded_whatever_is_typed(typed: str) -> None:
    clean = LEXICON.normalise(typed)
    clean.encode("utf-8")
    assert len(clean) <= SEARCH_LIMIT
    assert clean == clean.strip()


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("ＬＯＡＮ１２３", "loan123"),
        ("休學貸款", "休学贷款"),
        ("休学　　创业\t吗", "休学 创业 吗"),
        ("①", "1"),
        ("ABC", "abc"),
    ],
)
def test_width_case_blanks_and_script_do_not_matter(typed: str, clean: str) -> None:
    assert LEXICON.normalise(typed) == clean


def test_traditional_writing_is_read_with_the_whole_table(base: KnowledgeBase) -> None:
    lexicon = base.index.analyser.lexicon
    assert lexicon.normalise("農民工創業擔保貸款") == "农民工创业担保贷款"


@pytest.mark.parametrize(
    ("said", "heard"),
    [("zhang", "zan"), ("shi", "si"), ("cheng", "cen"), ("lan", "nan"), ("ma", "ma")],
)
def test_a_southern_ear_folds_syllables(said: str, heard: str) -> None:
    assert fold_syllable(said) == heard


def test_runs_are_chinese_latin_and_figures_in_order() -> None:
    assert runs("3d打印机 can't 1.5万") == ["3", "d", "打印机", "can't", "1.5", "万"]


def test_segments_are_cut_at_punctuation_and_never_empty() -> None:
    assert segments("我是学生,,想休学！！找谁?") == ["我是学生", "想休学", "找谁"]


def test_pinyin_is_split_into_as_few_syllables_as_possible() -> None:
    lexicon = Lexicon({}, {"西": "xi", "安": "an", "先": "xian", "学": "xue"}, {})
    assert lexicon.split_pinyin("xianxue") == ("xian", "xue")


def test_english_is_no_pinyin() -> None:
    assert LEXICON.split_pinyin("startup") == ()


def test_a_character_nobody_counted_tells_most() -> None:
    assert LEXICON.weight("龘") > LEXICON.weight("学") > LEXICON.weight("的")
