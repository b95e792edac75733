"""Feature extraction and term matching, with the real dictionary and the real knowledge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.knowledge import Knowledge, OutOfScopeTopic, Support
from bot.core.retrieval.analyzer import Analyzer, build_analyzer
from tests.core.small_knowledge import LEXICON, cut_in_pairs, knowledge


def small_analyzer(source: Knowledge | None = None) -> Analyzer:
    """Build the analyzer of the small knowledge, or of another one."""
    return build_analyzer(source or knowledge(), cut_in_pairs, LEXICON)


class LookupOnly(frozenset[str]):
    """A set that can be asked for a member and cannot be walked through."""

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("walked through all terms")


@pytest.fixture
def real(base: KnowledgeBase) -> Analyzer:
    return base.index.analyzer


@pytest.mark.parametrize("text", ["修学创业", "xiuxue chuangye", "休學創業", "ＸＩＵＸＵＥ创业"])
def test_homophones_pinyin_and_other_scripts_match_the_term(text: str, real: Analyzer) -> None:
    assert "休学" in real.analyze(text).terms


def test_a_synonym_matches_its_standard_word(real: Analyzer) -> None:
    assert "休学" in real.analyze("我想停学一年").terms


def test_a_literal_term_weighs_more_than_a_homophone(real: Analyzer) -> None:
    literal, homophone = real.analyze("休学创业"), real.analyze("修学创业")
    assert literal.features["t:休学"] > homophone.features["t:休学"] > 0


def test_a_question_about_another_city_is_detected(real: Analyzer) -> None:
    assert real.analyze("南宁有创业补贴吗").other_city


@pytest.mark.parametrize(
    "text",
    [
        "从南宁回来创业",
        "南宁人在柳州创业",
        "在南宁打工想回乡",
        "在东莞车衣十年了，回融安想开个小制衣厂",
        "想把深圳的孵化模式搬过来",
    ],
)
def test_a_move_from_another_city_is_not_about_that_city(text: str, real: Analyzer) -> None:
    assert not real.analyze(text).other_city


@pytest.mark.parametrize("text", ["", "？？？", "😀😀", "的了吗"])
def test_a_text_without_content_has_no_terms(text: str, real: Analyzer) -> None:
    assert real.analyze(text).terms == ()


def test_an_english_word_matches_its_chinese_term() -> None:
    assert "贷款" in small_analyzer().analyze("LOAN please").terms


def test_the_longest_english_phrase_counts(real: Analyzer) -> None:
    assert "办公室" in real.analyze("a cheap office").terms
    assert "办公室" not in real.analyze("which office should I ask").terms


def test_the_terms_of_an_entry_are_its_keywords_and_title_words() -> None:
    support = knowledge().supports["enrolment"]
    assert {"休学", "学籍"} <= set(small_analyzer().entry_terms(support))


def test_a_long_knowledge_text_is_analyzed_to_its_end() -> None:
    assert "b:尾巴" in small_analyzer().features("头" * 900 + "尾巴", truncate=False)


@pytest.mark.parametrize(
    "text",
    ["休学创业", "我想停学一年", "修学创业", "which office", "a cheap office", "你好", "?", ""],
)
def test_the_terms_of_a_text_are_those_of_its_analysis(real: Analyzer, text: str) -> None:
    terms = real.analyze(text).terms
    assert real.terms_in(text) == terms
    assert real.has_terms(text) == bool(terms)


def test_analysis_is_repeatable(real: Analyzer) -> None:
    assert real.analyze("开网店能贷款吗") == real.analyze("开网店能贷款吗")


def test_dialect_is_analyzed_as_standard_words(real: Analyzer) -> None:
    dialect, standard = real.analyze("邊度有冇工位"), real.analyze("哪里有没有工位")
    assert dialect == standard


def test_the_longest_dialect_word_is_replaced() -> None:
    small = small_analyzer(knowledge(spoken={"冇": "没有", "有冇": "有没有"}))
    assert small.normalize("有冇学籍，冇学籍") == "有没有学籍,没有学籍"
    assert small_analyzer().normalize("有冇学籍") == "有冇学籍"


def test_the_terms_of_an_entry_are_its_keywords_and_all_terms_in_its_title(
    base: KnowledgeBase, real: Analyzer
) -> None:
    entries: list[Support | OutOfScopeTopic] = [
        *base.knowledge.supports.values(),
        *base.knowledge.signposts.values(),
    ]
    for entry in entries:
        title = real.normalize(entry.title)
        in_title = {term for term in real.terms if term in title}
        assert real.entry_terms(entry) == sorted(
            in_title | {real.normalize(keyword) for keyword in entry.keywords}
        )


def test_the_terms_of_an_entry_cost_the_same_however_many_terms_there_are(
    base: KnowledgeBase, real: Analyzer
) -> None:
    indexed = replace(real)
    assert indexed.analyze("休学").terms == ("休学",)  # builds the tables of prefixes
    object.__setattr__(indexed, "terms", LookupOnly(real.terms))
    for entry in base.knowledge.supports.values():
        assert indexed.entry_terms(entry) == real.entry_terms(entry)
