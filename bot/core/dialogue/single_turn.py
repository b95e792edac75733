"""A question without a conversation, as `ask` and `/api/v1/ask` get it (design section 9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from bot.core.dialogue.manager import DialogueManager, KnowledgeBase, talk
from bot.core.dialogue.question_resolver import decide
from bot.core.domain.knowledge import IDENTITY
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Session, Utterance
from bot.core.nlu.patterns import expand_circled_numbers, strip_preamble
from bot.core.text.normalizer import sanitize


def ask(text: str, base: KnowledgeBase, today: date) -> dict[str, Any]:
    """Outcome, matches and reply."""
    return _ask(talk(base, today), expand_circled_numbers(strip_preamble(sanitize(text))))


def _ask(talk: DialogueManager, text: str) -> dict[str, Any]:
    reader, lookup, inquiry = talk.reader, talk.lookup, talk.inquiry
    profile = reader.facts(text).stated
    fields, _ = reader.fields(text)
    query = inquiry.query(text, profile)
    found = lookup.find(query, profile, "amount" if "amount" in fields else "")
    overview = talk.overviews.asked(Session(), text, ventures=True)
    if overview and overview.people and decide(found, len(reader.clean(query))) == "answer":
        overview = None
    if not reader.clean(text) or reader.command(text) or overview:
        turn = talk.step(Session(), Utterance(text=text))
        if overview and overview.topic:
            found = lookup.find(overview.topic, profile)
        return _object(turn, lookup.matches(found) if overview else ())
    session = Session().with_answer(IDENTITY, profile.get(IDENTITY, ()))
    others = reader.is_about_other_person(text)
    several = inquiry.several.answer(session, text, others=others)
    turn = several or inquiry.look_up(session, text, query, fields)
    return _object(turn, lookup.matches(found))


def _object(turn: Turn, matches: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    reply = "\n".join([reply.text for reply in turn.replies] + _labels(turn.replies))
    return {"outcome": turn.outcome or "unknown", "matches": list(matches), "reply": reply}


def _labels(replies: Sequence[Reply]) -> list[str]:
    """The supports to tap, which a text alone cannot offer."""
    return [f"· {o.label}" for reply in replies for o in reply.choices if o.id.startswith("s:")]
