"""Choose one of the acts that a message may perform.

The score of a candidate is linear: what the conversation and the message say about its kind, and
its own evidence, with the weights of its kind. The weights are fitted on conversations whose turns
have expectations (`bench/ranker.py`, docs/decisions/056).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bot.core.dialogue.ranking.weights import WEIGHTS
from bot.core.nlu.understanding import Act

Evidence = Mapping[str, float]


class Candidate(NamedTuple):
    """An act that a message may perform. `kind`: its kind, which has weights of its own;
    `evidence`: what speaks for this act among those of its kind."""

    act: Act
    kind: str
    evidence: Evidence


class Ranker:
    """Chooses with fitted weights: kind → name of the evidence → weight."""

    def __init__(self, weights: Mapping[str, Mapping[str, float]]) -> None:
        self.weights = weights

    def choose(self, state: Evidence, candidates: Sequence[Candidate]) -> Candidate:
        """Return the best of the candidates; the first of equals. `state`: what the conversation
        and the message say about every kind."""
        general = {
            kind: _product(self.weights.get(kind, {}), state)
            for kind in {candidate.kind for candidate in candidates}
        }
        return max(
            candidates,
            key=lambda c: general[c.kind] + _product(self.weights.get(c.kind, {}), c.evidence),
        )


def _product(weights: Mapping[str, float], evidence: Evidence) -> float:
    weight = weights.get
    return sum([weight(name, 0.0) * value for name, value in evidence.items()])


RANKER = Ranker(WEIGHTS)
