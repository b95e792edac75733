"""Questions taken apart, with the real dictionary and the real knowledge."""

from __future__ import annotations

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.retrieval.analyzer import Analyzer, analyser
from tests.core.small_knowledge import LEXICON, cut_in_pairs, knowledge


@pytest.fixture
def real(base: KnowledgeBase) -> Analyzer:
    return base.index.analyser


@pytest.mark.parametrize("typed", ["修学创业", "xiuxue chuangye", "休學創業", "ＸＩＵＸＵＥ创业"])
def test_a_slip_pinyin_or_another_script_still_means_the_term(typed: str, real: Analyzer) -> None:
    assert "休学" in real.analyse(typed).terms


def test_what_people_say_means_the_standard_word(real: Analyzer) -> None:
    assert "休学" in real.analyse("我想停学一年").terms


def test_a_word_standing_there_counts_more_than_one_that_only_sounds_so(real: Analyzer) -> None:
    standing, sounding = real.analyse("休学创业"), real.analyse("修学创业")
    assert standing.features["t:休学"] > sounding.features["t:休学"] > 0


def test_another_city_is_elsewhere(real: Analyzer) -> None:
    assert real.analyse("南宁有创业补贴吗").elsewhere


@pytest.mark.parametrize(
    "typed",
    [
        "从南宁回来创业",
        "南宁人在柳州创业",
        "在南宁打工想回乡",
        "在东莞车衣十年了，回融安想开个小制衣厂",
        "想把深圳的孵化模式搬过来",
    ],
)
def test_somebody_who_comes_from_another_city_is_not_elsewhere(typed: str, real: Analyzer) -> None:
    assert not real.analyse(typed).elsewhere


@pytest.mark.parametrize("typed", ["", "？？？", "😀😀", "的了吗"])
def test_nothing_to_search_for_gives_no_terms(typed: str, real: Analyzer) -> None:
    assert real.analyse(typed).terms == ()


def test_an_english_word_brings_its_meaning() -> None:
    held = knowledge()
    small = analyser(held, cut_in_pairs, LEXICON)
    assert "贷款" in small.analyse("LOAN please").terms


def test_an_entry_goes_by_its_keywords_and_the_terms_of_its_title() -> None:
    held = knowledge()
    small = analyser(held, cut_in_pairs, LEXICON)
    assert {"休学", "学籍"} <= set(small.own_terms(held.supports["enrolment"]))


def test_long_texts_of_ours_are_read_to_the_end() -> None:
    small = analyser(knowledge(), cut_in_pairs, LEXICON)
    assert "b:尾巴" in small.features("头" * 900 + "尾巴", cap=False)


def test_analysing_twice_gives_the_same(real: Analyzer) -> None:
    assert real.analyse("开网店能贷款吗") == real.analyse("开网店能贷款吗")


def test_dialect_is_searched_as_the_standard_words(real: Analyzer) -> None:
    dialect, standard = real.analyse("邊度有冇工位"), real.analyse("哪里有没有工位")
    assert dialect == standard


def test_the_longest_word_of_dialect_counts() -> None:
    held = knowledge(spoken={"冇": "没有", "有冇": "有没有"})
    small = analyser(held, cut_in_pairs, LEXICON)
    assert small.plain("有冇学籍，冇学籍") == "有没有学籍,没有学籍"
    assert analyser(knowledge(), cut_in_pairs, LEXICON).plain("有冇学籍") == "有冇学籍"
