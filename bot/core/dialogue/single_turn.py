"""Answer a question without a conversation, for `ask` and `/api/v1/ask`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from bot.core.dialogue.long_message import read_message, split_long_message
from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.dialogue.multi_question import answer_several
from bot.core.dialogue.person_notes import add_person_notes
from bot.core.dialogue.question_answering import look_up, search_query
from bot.core.dialogue.question_resolver import decide
from bot.core.domain.knowledge import IDENTITY
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Session, Utterance
from bot.core.text.normalizer import sanitize


def ask(text: str, base: KnowledgeBase, today: date) -> dict[str, Any]:
    """Return the outcome, the matches and the reply as plain values for JSON."""
    context = base.context(today)
    parser, resolver = context.parser, context.resolver
    whole = text
    background, text = split_long_message(context, {}, read_message(sanitize(text)))
    profile = parser.facts(text).stated
    for part in background:
        profile = {**parser.facts(part).stated, **profile}
    fields, _ = parser.fields(text)
    query = search_query(context, text, profile)
    result = resolver.resolve(query, profile, today, "amount" if "amount" in fields else "")
    request = context.list_requests.detect(Session(), text, businesses=True)
    if request and request.people and decide(result, len(parser.clean(query))) == "answer":
        request = None
    asks_bot = parser.command(text) or parser.asked_bureaus(text)
    if not parser.clean(text) or asks_bot or request:
        turn = step(Session(), Utterance(text=whole), base, today)
        if request and request.topic:
            result = resolver.resolve(request.topic, profile, today)
        return _record(turn, resolver.match_records(result, today) if request else ())
    session = Session().with_answer(IDENTITY, profile.get(IDENTITY, ()))
    others = parser.is_about_other_person(text)
    turn = answer_several(context, session, text, for_other_person=others) or look_up(
        context, session, text, query, fields
    )
    turn = add_person_notes(context, whole, turn)
    return _record(turn, resolver.match_records(result, today))


def _record(turn: Turn, matches: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    reply = "\n".join([*(reply.text for reply in turn.replies), *_listed(turn.replies)])
    return {"outcome": turn.outcome or "unknown", "matches": list(matches), "reply": reply}


def _listed(replies: Sequence[Reply]) -> list[str]:
    """Return the offered supports as lines, because the record has no options."""
    return [f"· {o.label}" for reply in replies for o in reply.choices if o.id.startswith("s:")]
