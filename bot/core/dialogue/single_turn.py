"""Answer a question without a conversation, for `ask` and `/api/v1/ask`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from bot.core.dialogue.long_message import read_message, split_long_message
from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.dialogue.understanding.question_search import search_query
from bot.core.domain.replies import Reply
from bot.core.domain.session import Session, Utterance
from bot.core.text.normalizer import sanitize


def ask(text: str, base: KnowledgeBase, today: date) -> dict[str, Any]:
    """Return the outcome, the matches and the reply of the first turn of a conversation, as plain
    values for JSON. The first match is what the reply answers from, or offers first."""
    turn = step(Session(), Utterance(text=text), base, today)
    context = base.context(today)
    profile = turn.session.profile
    _, asked = split_long_message(context, {}, read_message(sanitize(text)))
    result = context.resolver.resolve(search_query(context, asked, profile), profile, today)
    # A list is an offer to choose from.
    outcome = turn.outcome or ("clarify" if turn.findings else "unknown")
    focus, listed = turn.session.focus, list(turn.session.listed)
    # Several questions end with the focus on the last one.
    shown = listed if focus in listed or not focus else [focus]
    if outcome == "unknown":
        shown = []
    records = context.resolver.match_records(result, shown, today)
    reply = "\n".join([*(reply.text for reply in turn.replies), *_listed(turn.replies)])
    return {"outcome": outcome, "matches": records, "reply": reply}


def _listed(replies: Sequence[Reply]) -> list[str]:
    """Return the offered supports as lines, because the record has no options."""
    return [f"· {o.label}" for reply in replies for o in reply.choices if o.id.startswith("s:")]
