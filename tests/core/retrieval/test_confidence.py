"""How sure a match makes us."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.retrieval.confidence import ANSWER_FROM, CLARIFY_FROM, WEIGHTS, Evidence, confidence

GOOD = Evidence(
    score=60.0, nearest=0.6, covered=0.9, known=1.0, span=4, margin=0.3, signpost=0.2, length=12
)
share = st.floats(0, 1)
evidence = st.builds(
    Evidence,
    score=st.floats(-1, 1e6),
    nearest=share,
    covered=share,
    known=share,
    span=st.integers(0, 300),
    margin=st.floats(-1, 1),
    signpost=st.floats(0, 1e6),
    length=st.integers(0, 300),
    strange=st.floats(0, 300),
    elsewhere=st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(evidence)
def test_it_is_a_chance_whatever_was_matched(found: Evidence) -> None:
    assert 0.0 <= confidence(found) <= 1.0


def test_there_is_a_weight_for_everything_that_counts_and_for_nothing_else() -> None:
    assert len(GOOD.inputs()) == len(WEIGHTS)


def test_answering_takes_more_than_asking_back() -> None:
    assert 0 < CLARIFY_FROM < ANSWER_FROM < 1


@pytest.mark.parametrize(
    "worse",
    [
        GOOD._replace(score=1.0),
        GOOD._replace(covered=0.0),
        GOOD._replace(known=0.2),
        GOOD._replace(signpost=2.0),
        GOOD._replace(strange=3.0),
        GOOD._replace(elsewhere=True),
    ],
)
def test_less_in_common_makes_it_less_sure(worse: Evidence) -> None:
    assert confidence(worse) < confidence(GOOD)
