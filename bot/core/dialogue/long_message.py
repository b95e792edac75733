"""Read a message: without expressions, and of a long one the part that asks."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.dialogue.actions import interview
from bot.core.dialogue.context import TurnContext
from bot.core.dialogue.question_resolver import decide
from bot.core.dialogue.whose_matter import read_facts
from bot.core.domain.session import Profile, Session
from bot.core.nlu.patterns import expand_circled_numbers, is_question, strip_preamble
from bot.core.text.expressions import strip_expressions
from bot.core.text.windows import is_long, sentences, windows

# Sentences of one message that are searched: a search takes about a third of a millisecond.
MAX_SEARCHED = 40
# Outcomes of a search, the best for a sentence last.
_PREFERENCE = {"unknown": 0, "clarify": 1, "answer": 2}


def read_message(sanitized: str) -> str:
    """Return what the parsers read of a message: no expressions, no polite opening."""
    return expand_circled_numbers(strip_preamble(strip_expressions(sanitized)))


def split_long_message(
    context: TurnContext, profile: Profile, text: str
) -> tuple[tuple[str, ...], str]:
    """Split a message into background and the part to answer, each of at most one window.

    Of the sentences that ask something, the one that the search is most sure about is answered,
    the last one of equals. If none asks, it is one of the last MAX_SEARCHED sentences.
    """
    if not is_long(text):
        return (), text
    parts = sentences(text)
    asking = [n for n, part in enumerate(parts) if is_question(context.parser.clean(part))]
    candidates = (asking or range(len(parts)))[-MAX_SEARCHED:]
    chosen = max(candidates, key=lambda n: (*_fitness(context, profile, parts[n]), n))
    return windows(parts[:chosen]) + windows(parts[chosen + 1 :]), parts[chosen]


def _fitness(context: TurnContext, profile: Profile, part: str) -> tuple[int, float]:
    result = context.resolver.resolve(part, profile, context.today)
    outcome = decide(result, len(part))
    return _PREFERENCE[outcome], result.confidence if outcome != "unknown" else 0.0


def store_background(
    context: TurnContext, session: Session, background: Sequence[str]
) -> tuple[Session, list[str]]:
    """Store the facts that the other parts of a long message state; return notes on them."""
    notes: list[str] = []
    if not background:
        return session, notes
    for part in background:
        session, more = interview.store_facts(
            context, session, read_facts(context, session, part).of(session.about)
        )
        notes += more
    return interview.advance(context, session), notes
