"""What of a question the entries have heard; entries are bits: 0b01 and 0b10 are two of them."""

from __future__ import annotations

import pytest

from bot.core.retrieval.analyzer import Analysis
from bot.core.retrieval.query_coverage import QueryCoverage

FIRST, SECOND, BOTH, NOBODY = 0b01, 0b10, 0b11, 0b100
PLACES = {"b:休学": 0, "b:贷款": 1, "t:休学": 0, "w:休学": 0, "w:贷款": 1}


@pytest.fixture
def heard() -> QueryCoverage:
    asked = Analysis(
        text="休学贷款签证",
        features={"w:休学": 1.0, "w:贷款": 1.0, "w:签证": 1.0, "w:去": 0.4},
        pairs={"b:休学": 3.0, "b:贷款": 1.0, "b:签证": 1.0},
        terms=("休学", "签证"),
        elsewhere=False,
    )
    return QueryCoverage.of(asked, PLACES, [FIRST, BOTH], lambda char: 0.5)


def test_the_share_is_by_weight(heard: QueryCoverage) -> None:
    assert heard.share(FIRST) == pytest.approx(0.8)
    assert heard.share(SECOND) == pytest.approx(0.2)
    assert heard.share(NOBODY) == 0.0


def test_the_span_is_the_longest_term_that_an_entry_goes_by(heard: QueryCoverage) -> None:
    assert (heard.span(FIRST), heard.span(SECOND)) == (2, 0)


def test_words_are_those_of_two_characters_that_an_entry_has(heard: QueryCoverage) -> None:
    assert heard.words(BOTH) == ("休学", "贷款")
    assert heard.words(SECOND) == ("贷款",)


def test_a_word_that_nobody_has_heard_is_strange(heard: QueryCoverage) -> None:
    assert heard.strange(BOTH) == 0.5


def test_of_no_pairs_nothing_is_heard() -> None:
    empty = Analysis(text="", features={}, pairs={}, terms=(), elsewhere=False)
    assert QueryCoverage.of(empty, {}, [], lambda char: 1.0).share(BOTH) == 0.0
