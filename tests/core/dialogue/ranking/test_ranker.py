"""The ranker: it chooses by its weights, and the weights fit what is proposed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.dialogue.ranking.ranker import Candidate, Evidence, Ranker
from bot.core.dialogue.ranking.weights import WEIGHTS
from bot.core.domain.session import Session, Utterance
from bot.core.nlu.understanding import Act
from tests.knowledge_base import DAY

TEXTS = [
    "众创空间一年补多少",
    "找谁办",
    "我是学生，能休学吗",
    "今天天气怎么样",
    "两个选哪个",
    "谢谢",
]


class Listening(Ranker):
    """A ranker that keeps the evidence that it was given."""

    def __init__(self, weights: Mapping[str, Mapping[str, float]]) -> None:
        super().__init__(weights)
        self.given: list[tuple[Evidence, Sequence[Candidate]]] = []

    def choose(self, state: Evidence, candidates: Sequence[Candidate]) -> Candidate:
        """Keep the evidence and choose."""
        self.given.append((state, candidates))
        return super().choose(state, candidates)


def candidate(kind: str, **evidence: float) -> Candidate:
    return Candidate(Act(kind), kind, evidence)


def test_the_candidate_with_the_most_weight_is_chosen() -> None:
    ranker = Ranker({"fact": {"focus": 1.0}, "answer": {"confidence": 3.0}})
    found = [candidate("fact"), candidate("answer", confidence=0.2)]
    assert ranker.choose({"focus": 1.0}, found).kind == "fact"
    found[1] = candidate("answer", confidence=0.5)
    assert ranker.choose({"focus": 1.0}, found).kind == "answer"


def test_evidence_counts_only_for_its_own_candidate() -> None:
    ranker = Ranker({"answer": {"confidence": 1.0}})
    found = [candidate("answer", confidence=0.1), candidate("answer", confidence=0.9)]
    assert ranker.choose({}, found) is found[1]


def test_the_first_of_equal_candidates_is_chosen() -> None:
    found = [candidate("story"), candidate("unknown")]
    assert Ranker({}).choose({"focus": 1.0}, found) is found[0]


def test_a_kind_of_act_that_is_left_out_is_not_chosen(base: KnowledgeBase) -> None:
    without = frozenset({"answer"})
    turn = step(Session(), Utterance("众创空间一年补多少"), base, DAY, without=without)
    assert "answer" not in {act.recogniser for act in turn.acts}


def test_every_message_has_candidates_and_finite_evidence(base: KnowledgeBase) -> None:
    listening = Listening(WEIGHTS)
    session, own = Session(), replace(base, ranker=listening)
    for text in TEXTS:
        session = step(session, Utterance(text), own, DAY).session
    assert len(listening.given) >= len(TEXTS) - 2  # samples of acts are not ranked
    for state, found in listening.given:
        assert len(found) > 5
        values = [*state.values(), *(v for c in found for v in c.evidence.values())]
        assert all(-5 <= value <= 5 for value in values)


def test_the_weights_name_kinds_and_evidence_that_exist(base: KnowledgeBase) -> None:
    listening = Listening(WEIGHTS)
    session, own = Session(), replace(base, ranker=listening)
    for text in TEXTS:
        session = step(session, Utterance(text), own, DAY).session
    kinds = {c.kind for _, found in listening.given for c in found}
    assert kinds <= WEIGHTS.keys()
    for weights in WEIGHTS.values():
        assert all(re.fullmatch(r"[a-z_0-9]+", name) for name in weights)
        assert all(abs(weight) < 20 for weight in weights.values())
