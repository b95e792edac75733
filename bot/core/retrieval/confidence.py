"""How sure the guide is that a support answers a question: a logistic over what was matched.

The weights are fitted by `bench/fit.py` on questions that stand nowhere in the knowledge; raw
scores alone cannot tell a paper's topic from a topic that only shares words with it.
"""

from __future__ import annotations

import math
from operator import mul
from typing import NamedTuple

# `nearest` counts against: the score holds its square already, so this bends the curve.
WEIGHTS: dict[str, float] = {
    "bias": -12.224,
    "score": 3.201,
    "nearest": -3.265,
    "covered": 1.518,
    "known": 5.118,
    "span": -0.189,
    "margin": -0.791,
    "signpost": -4.829,
    "short": 1.57,
    "strange": -0.704,
    "elsewhere": -4.705,
}

_WEIGHTS = tuple(WEIGHTS.values())

ANSWER_FROM = 0.65
CLARIFY_FROM = 0.38


class Evidence(NamedTuple):
    """What speaks for and against a match; all shares are 0..1."""

    score: float
    nearest: float
    covered: float
    known: float
    span: int
    margin: float
    signpost: float
    length: int
    strange: float = 0.0
    elsewhere: bool = False

    def inputs(self) -> tuple[float, ...]:
        """The inputs of the logistic, in the order of WEIGHTS."""
        return (
            1.0,
            math.log1p(max(self.score, 0.0)),
            self.nearest,
            self.covered,
            self.known,
            float(min(self.span, 6)),
            max(self.margin, 0.0),
            min(self.signpost, 2.0),
            1.0 if self.length <= 4 else 0.0,
            min(self.strange, 4.0),
            1.0 if self.elsewhere else 0.0,
        )


def confidence(evidence: Evidence) -> float:
    """The chance (0..1) that the match answers the question."""
    total = sum(map(mul, _WEIGHTS, evidence.inputs()))
    return round(1 / (1 + math.exp(-total)), 4)
