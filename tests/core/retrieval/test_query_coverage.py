"""The parts of a question that occur in groups of documents. 0b01 and 0b10 are one group each."""

from __future__ import annotations

import pytest

from bot.core.retrieval.analyzer import Analysis
from bot.core.retrieval.query_coverage import QueryCoverage

FIRST, SECOND, BOTH, NEITHER = 0b01, 0b10, 0b11, 0b100
SETS = {"b:休学": FIRST, "b:贷款": BOTH, "t:休学": FIRST, "w:休学": FIRST, "w:贷款": BOTH}


@pytest.fixture
def coverage() -> QueryCoverage:
    analysis = Analysis(
        text="休学贷款签证",
        features={"w:休学": 1.0, "w:贷款": 1.0, "w:签证": 1.0, "w:去": 0.4},
        pairs={"b:休学": 3.0, "b:贷款": 1.0, "b:签证": 1.0},
        terms=("休学", "签证"),
        other_city=False,
    )
    return QueryCoverage.of(analysis, SETS, lambda char: 0.5)


def test_the_share_is_weighted(coverage: QueryCoverage) -> None:
    assert coverage.share(FIRST) == pytest.approx(0.8)
    assert coverage.share(SECOND) == pytest.approx(0.2)
    assert coverage.share(NEITHER) == 0.0


def test_the_longest_term_is_that_of_the_given_groups(coverage: QueryCoverage) -> None:
    assert (coverage.longest_term(FIRST), coverage.longest_term(SECOND)) == (2, 0)


def test_matched_words_have_two_characters_and_occur_in_a_group(
    coverage: QueryCoverage,
) -> None:
    assert coverage.matched_words(BOTH) == ("休学", "贷款")
    assert coverage.matched_words(SECOND) == ("贷款",)


def test_a_word_in_no_group_is_unknown(coverage: QueryCoverage) -> None:
    assert coverage.unknown_words(BOTH) == 0.5


def test_the_share_of_an_empty_question_is_zero() -> None:
    empty = Analysis(text="", features={}, pairs={}, terms=(), other_city=False)
    assert QueryCoverage.of(empty, {}, lambda char: 1.0).share(BOTH) == 0.0
