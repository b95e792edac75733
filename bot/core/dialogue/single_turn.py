"""Answer a question without a conversation, for `ask` and `/api/v1/ask`; find supports for the
catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from bot.core.dialogue.long_message import read_message, split_long_message
from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.dialogue.question_resolver import decide
from bot.core.dialogue.understanding.question_search import search_query
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Session, Utterance
from bot.core.retrieval.index import Match, SearchResult
from bot.core.text.normalizer import sanitize

# Supports that a search of the catalogue lists, and the least score of the last one as a share of
# the best score. Chosen by hand: 贷款, 场地 and 税 list what has the word, and little else.
MAX_FOUND = 12
LEAST_SCORE = 0.4


class Found(NamedTuple):
    """Supports for a text, best first. `sure`: the dialogue would answer from them too."""

    supports: tuple[str, ...] = ()
    sure: bool = False


def find(text: str, base: KnowledgeBase, today: date) -> Found:
    """Return the supports that a text may be about: first those of the dialogue, then others of
    the search; each with a score close to the best of its list."""
    context = base.context(today)
    query = search_query(context, sanitize(text), {})
    result = context.resolver.resolve(query, {}, today)
    clean = context.parser.clean(query)
    listed = base.index.search(clean, limit=MAX_FOUND).matches
    close = [*_close(result.matches), *_close(listed)]
    ids = dict.fromkeys(match.support for match in close)
    return Found(tuple(ids)[:MAX_FOUND], decide(result, len(clean)) != "unknown")


def _close(matches: Sequence[Match]) -> list[Match]:
    least = LEAST_SCORE * max((match.score for match in matches), default=0.0)
    return [match for match in matches if match.score >= least]


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
