"""Answer a question without a conversation, for `ask` and `/api/v1/ask`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.core.dialogue.long_message import read_message, split_long_message
from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.dialogue.understanding.question_search import search_query
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Session, Utterance
from bot.core.retrieval.index import SearchResult
from bot.core.text.normalizer import sanitize


@dataclass(frozen=True, slots=True)
class SingleAnswer:
    """The first turn of a conversation, and what it says.

    `outcome`: answer, clarify or unknown. `shown`: the ids of the supports that the reply answers
    from or offers, best first. `found`: the result of the search. `reply`: the text of all replies
    and of the offered supports.
    """

    turn: Turn
    outcome: str
    shown: tuple[str, ...]
    found: SearchResult
    reply: str


def answer(text: str, base: KnowledgeBase, today: date) -> SingleAnswer:
    """Return what the first turn of a conversation answers."""
    turn = step(Session(), Utterance(text=text), base, today)
    context = base.context(today)
    profile = turn.session.profile
    _, asked = split_long_message(context, {}, read_message(sanitize(text)))
    result = context.resolver.resolve(search_query(context, asked, profile), profile, today)
    # A list is an offer to choose from.
    outcome = turn.outcome or ("clarify" if turn.findings else "unknown")
    focus, listed = turn.session.focus, turn.session.listed
    # Several questions end with the focus on the last one.
    shown = listed if focus in listed or not focus else (focus,)
    reply = "\n".join([*(reply.text for reply in turn.replies), *_listed(turn.replies)])
    return SingleAnswer(turn, outcome, shown if outcome != "unknown" else (), result, reply)


def ask(text: str, base: KnowledgeBase, today: date) -> dict[str, Any]:
    """Return the outcome, the matches and the reply of the first turn of a conversation, as plain
    values for JSON. The first match is what the reply answers from, or offers first."""
    said = answer(text, base, today)
    records = base.context(today).resolver.match_records(said.found, said.shown, today)
    return {"outcome": said.outcome, "matches": records, "reply": said.reply}


def _listed(replies: Sequence[Reply]) -> list[str]:
    """Return the offered supports as lines, because the record has no options."""
    return [f"· {o.label}" for reply in replies for o in reply.choices if o.id.startswith("s:")]
