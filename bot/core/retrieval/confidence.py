"""Estimate the probability that a support answers a question: a logistic regression.

`bench/fit.py` fits the weights on question files that are not part of the knowledge. A raw score
cannot separate a topic of the policy from a topic that shares words with it (AUROC .93 against
.97 for this model, docs/decisions/004).
"""

from __future__ import annotations

import math
from operator import mul
from typing import NamedTuple

# Weights in log-odds per unit of each input of `Evidence.inputs`, in the same order. Fitted by
# `bench/fit.py`. `nearest` is negative because `score` already contains its square: together they
# bend the curve.
WEIGHTS: dict[str, float] = {
    "bias": -7.926,
    "score": 1.771,
    "nearest": -1.812,
    "covered": 1.495,
    "known": 2.751,
    "longest_term": -0.193,
    "margin": 0.84,
    "out_of_scope": -2.313,
    "short": 1.231,
    "other_city": -6.314,
    "in_scope": 0.464,
}

_WEIGHTS = tuple(WEIGHTS.values())

# Probability from which a match is answered, and from which it is offered as a candidate. Chosen
# by hand from the table that `bench/fit.py` prints for several pairs of thresholds.
ANSWER_FROM = 0.65
CLARIFY_FROM = 0.38

# Limits of the inputs, in the unit of each: beyond them more evidence changes nothing. Chosen by
# hand on the development questions.
LONGEST_TERM_MAX = 6
OUT_OF_SCOPE_MAX = 2.0
IN_SCOPE_MAX = 6.0
# Longest text, in characters, that counts as short.
SHORT_TEXT = 4


class Evidence(NamedTuple):
    """The evidence for and against one match.

    `score`: the search score. `nearest`: cosine (0..1) to the nearest sample question. `covered`:
    weighted share (0..1) of the question that occurs in this support. `known`: weighted share
    that occurs in any support. `longest_term`: length in characters of the longest term shared.
    `margin`: relative lead over the next support of another clause; at most 0 for all but the
    first. `out_of_scope`: score of the best out-of-scope topic divided by `score`. `length`:
    characters of the question. `unknown_words`: number of words in no support, weighted by rarity.
    `other_city`: the question is about another city. `in_scope`: log-odds that the question is
    about a support, by the scope classifier.
    """

    score: float
    nearest: float
    covered: float
    known: float
    longest_term: int
    margin: float
    out_of_scope: float
    length: int
    unknown_words: float = 0.0
    other_city: bool = False
    in_scope: float = 0.0

    def inputs(self) -> tuple[float, ...]:
        """Return the inputs of the regression, in the order of WEIGHTS."""
        return (
            1.0,
            math.log1p(max(self.score, 0.0)),
            self.nearest,
            self.covered,
            self.known,
            float(min(self.longest_term, LONGEST_TERM_MAX)),
            max(self.margin, 0.0),
            min(self.out_of_scope, OUT_OF_SCOPE_MAX),
            1.0 if self.length <= SHORT_TEXT else 0.0,
            1.0 if self.other_city else 0.0,
            min(max(self.in_scope, -IN_SCOPE_MAX), IN_SCOPE_MAX),
        )


def confidence(evidence: Evidence) -> float:
    """Return the probability (0..1, four decimals) that the match answers the question."""
    total = sum(map(mul, _WEIGHTS, evidence.inputs()))
    return round(1 / (1 + math.exp(-total)), 4)
