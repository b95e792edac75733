"""The probability that a match answers the question."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.retrieval.confidence import ANSWER_FROM, CLARIFY_FROM, WEIGHTS, Evidence, confidence

GOOD = Evidence(
    score=60.0,
    nearest=0.6,
    covered=0.9,
    known=1.0,
    longest_term=4,
    margin=0.3,
    out_of_scope=0.2,
    length=12,
)
shares = st.floats(0, 1)
any_evidence = st.builds(
    Evidence,
    score=st.floats(-1, 1e6),
    nearest=shares,
    covered=shares,
    known=shares,
    longest_term=st.integers(0, 300),
    margin=st.floats(-1, 1),
    out_of_scope=st.floats(0, 1e6),
    length=st.integers(0, 300),
    unknown_words=st.floats(0, 300),
    other_city=st.booleans(),
    in_scope=st.floats(-50, 50),
)


@settings(max_examples=60, deadline=None)
@given(any_evidence)
def test_confidence_is_a_probability_for_any_evidence(evidence: Evidence) -> None:
    assert 0.0 <= confidence(evidence) <= 1.0


def test_every_input_has_one_weight() -> None:
    assert len(GOOD.inputs()) == len(WEIGHTS)


def test_an_answer_needs_more_confidence_than_a_clarification() -> None:
    assert 0 < CLARIFY_FROM < ANSWER_FROM < 1


@pytest.mark.parametrize(
    "worse",
    [
        GOOD._replace(score=1.0),
        GOOD._replace(covered=0.0),
        GOOD._replace(known=0.2),
        GOOD._replace(out_of_scope=2.0),
        GOOD._replace(other_city=True),
        GOOD._replace(in_scope=-3.0),
    ],
)
def test_weaker_evidence_lowers_the_confidence(worse: Evidence) -> None:
    assert confidence(worse) < confidence(GOOD)
