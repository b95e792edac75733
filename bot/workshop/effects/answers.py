"""What one version of the knowledge answers to a question, as a value to compare."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.dialogue.single_turn import SingleAnswer
from bot.core.dialogue.single_turn import answer as first_answer

# Stands in `Answer.shown` where only the rules of another city would answer.
OTHER_CITY = "other_city"
_OUT_OF_SCOPE = "out_of_scope"


class Kind(StrEnum):
    """How a question is answered. OFFERED: supports to choose from. TALK: what is no question
    about a policy (a greeting, a command)."""

    ANSWERED = "answered"
    OFFERED = "offered"
    OUT_OF_SCOPE = "out_of_scope"
    UNKNOWN = "unknown"
    TALK = "talk"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question.

    `shown`: the support that it is answered from, those that are offered, or the out-of-scope
    topic (OTHER_CITY for the rules of another city). `clauses`: what the reply cites. `reply`:
    the text that the founder reads.
    """

    kind: Kind
    shown: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    reply: str = ""


def answer_to(text: str, base: KnowledgeBase, today: date) -> Answer:
    """Return the answer to the first message of a conversation on this day."""
    said = first_answer(text, base, today)
    kind, shown = _kind(said)
    return Answer(kind, shown, said.turn.cites, said.reply)


def answers_to(texts: Iterable[str], base: KnowledgeBase, today: date) -> dict[str, Answer]:
    """Return the answer to each text."""
    return {text: answer_to(text, base, today) for text in texts}


def _kind(said: SingleAnswer) -> tuple[Kind, tuple[str, ...]]:
    if said.outcome == "answer":
        return Kind.ANSWERED, said.shown[:1]
    if said.outcome == "clarify":
        return Kind.OFFERED, said.shown
    acts = {act.act for act in said.turn.acts}
    if OTHER_CITY in acts:
        return Kind.OUT_OF_SCOPE, (OTHER_CITY,)
    if _OUT_OF_SCOPE in acts:
        return Kind.OUT_OF_SCOPE, tuple(filter(None, [said.found.out_of_scope]))
    return (Kind.UNKNOWN if said.turn.outcome else Kind.TALK), ()
