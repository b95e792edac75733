"""Note in the effects of a turn what was not answered well, without personal data."""

from __future__ import annotations

from datetime import date

from bot.core.domain.inbox import EntryKind, InboxEntry
from bot.core.domain.replies import Turn
from bot.core.domain.session import Effects, Mode, Session, Utterance
from bot.core.text.expressions import strip_expressions
from bot.core.text.normalizer import WINDOW_CHARS, sanitize
from bot.core.text.scrubbing import scrub

# Acts that take one of the offered supports.
_TAKES = frozenset({"select", "refer"})
# Acts that say that an answer was of no use.
_COMPLAINTS = frozenset({"feedback_bad", "upset"})


def note_entries(before: Session, said: Utterance, turn: Turn, today: date) -> Turn:
    """Return the turn with its entries for the inbox, and with the entries that it withdraws. The
    questions that the session keeps are scrubbed too. `before`: the session before the turn."""
    if turn.effects.forget:
        return turn
    turn = turn._replace(session=turn.session._replace(asked=_scrubbed(turn.session.asked)))
    session, effects = turn.session._replace(question=_question(before, said, turn)), turn.effects
    entries = (*effects.entries, *_unpicked(before, turn), *_unhelpful(before, said, turn))
    clean = tuple(
        entry._replace(
            text=_scrubbed(entry.text), reason=_scrubbed(entry.reason), day=today.isoformat()
        )
        for entry in entries
    )
    effects = Effects(
        feedback=effects.feedback, entries=clean, withdrawn=_withdrawn(before, said, turn)
    )
    return turn._replace(session=session, effects=effects)


def _scrubbed(text: str) -> str:
    return scrub(strip_expressions(sanitize(text))[:WINDOW_CHARS]) if text else ""


def _question(before: Session, said: Utterance, turn: Turn) -> str:
    """Return the question that the support in focus answers, for a vote on the answer."""
    focus = turn.session.focus
    if not focus:
        return ""
    if _took_offered(before, said, turn):
        return before.asked
    if said.text and turn.outcome in ("answer", "unknown"):
        return _scrubbed(said.text)
    return before.question if focus == before.focus else ""


def _unpicked(before: Session, turn: Turn) -> tuple[InboxEntry, ...]:
    """Return the entry of a question that was answered with supports to choose from. It stands
    until one of them is taken."""
    after = turn.session
    if turn.outcome != "clarify" or not after.asked or after.mode is not Mode.CLARIFY:
        return ()
    if after.asked == before.asked:
        return ()
    options = (option.id for reply in turn.replies for option in reply.choices)
    first = next((option[2:] for option in options if option.startswith("s:")), "")
    return (InboxEntry(EntryKind.UNPICKED, after.asked, first),)


def _unhelpful(before: Session, said: Utterance, turn: Turn) -> tuple[InboxEntry, ...]:
    """Return the entry of a vote against an answer, by its button or in words."""
    feedback = turn.effects.feedback
    if feedback is not None:
        support, useful = feedback
        question = before.question if support == before.focus else ""
        return () if useful else (InboxEntry(EntryKind.UNHELPFUL, question, support),)
    if before.focus and any(act.act in _COMPLAINTS for act in turn.acts):
        return (InboxEntry(EntryKind.UNHELPFUL, before.question, before.focus, said.text),)
    return ()


def _withdrawn(before: Session, said: Utterance, turn: Turn) -> tuple[InboxEntry, ...]:
    """Return the entries that no longer stand: the question whose offer was taken or rejected, and
    an earlier vote on the same support."""
    found = []
    asked = before.asked
    rejected = any(e.kind is EntryKind.UNKNOWN and e.text == asked for e in turn.effects.entries)
    if asked and (rejected or _took_offered(before, said, turn)):
        found.append(InboxEntry(EntryKind.UNPICKED, asked))
    voted = [turn.effects.feedback[0]] if turn.effects.feedback else []
    found += [InboxEntry(EntryKind.UNHELPFUL, "", support) for support in voted]
    return tuple(found)


def _took_offered(before: Session, said: Utterance, turn: Turn) -> bool:
    """Return whether the turn shows a support that was offered for an unclear question."""
    takes = bool(said.choice) or any(act.act in _TAKES for act in turn.acts)
    return takes and bool(before.asked) and turn.session.focus in before.listed
