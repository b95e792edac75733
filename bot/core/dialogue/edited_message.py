"""Process a changed text of an earlier message.

The new text replaces what the old one said: it corrects that answer, or it is a new question. It
never answers the pending question and never gives a command.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.dialogue.actions import interview
from bot.core.dialogue.context import TurnContext
from bot.core.dialogue.responder import respond
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Answer, Session
from bot.core.nlu.classifiers.acts import is_talk


def take_edit(
    context: TurnContext,
    session: Session,
    text: str,
    edited: tuple[Answer, ...],
) -> Turn:
    """Return the turn for the new text of a message; `edited`: the answers that its old text gave.
    A command is ignored; what is unclear is asked."""
    clean = context.parser.clean(text)
    if is_talk(context.acts.exact(clean)):
        return Turn(session, ())
    corrected = _corrected(context, session, text, edited)
    if corrected:
        return corrected
    turn = respond(context, session, text)
    is_question = turn.outcome is not None and turn.session.answers == session.answers
    return turn if is_question else _ask_what_changed(context, session, edited)


def _corrected(
    context: TurnContext,
    session: Session,
    text: str,
    edited: tuple[Answer, ...],
) -> Turn | None:
    """Process the text as an answer to a question that the old text answered. Return None if it is
    none, if it would change another answer, or if the old answer was changed since."""
    slots = context.knowledge.slots
    known = [a for a in edited if a.slot in slots and session.answered(a.slot) == a]
    if len(known) < len(edited):
        return None
    earlier = session
    for answer in known:
        if slots[answer.slot].multiple and len(known) == 1:
            # Empty, so that the new choices replace the old ones, but in its place.
            earlier = earlier.with_answer(answer.slot, ())
        elif slots[answer.slot].multiple:
            # Removed, because the new text may not answer it.
            earlier = earlier.without(answer.slot)
    for answer in known:
        asked = interview.ask(context, earlier, slots[answer.slot])
        offered = asked.replies[-1].choices
        turn = respond(context, asked.session._replace(offered=offered), text)
        changed = set(turn.session.answers) ^ set(session.answers)
        if turn.session.pending == answer.slot or turn.outcome is not None:
            continue
        if not changed:
            return Turn(session, ())
        if {a.slot for a in changed} <= {a.slot for a in known}:
            return _with_notes(context, turn, [a.slot for a in known])
    return None


def _with_notes(context: TurnContext, turn: Turn, slot_ids: Sequence[str]) -> Turn:
    """Say what these answers are now, where the reply does not say it."""
    first, *others = turn.replies
    for slot_id in reversed(slot_ids):
        choices = turn.session.profile.get(slot_id, ())
        labels = context.phrasebook.labels(slot_id, choices)
        what = f"{context.knowledge.slots[slot_id].name}：{labels}"
        if choices and what not in first.text:
            note = context.phrasebook.say("changed", what=what)
            first = first._replace(text=f"{note}\n{first.text}")
    return turn._replace(replies=(first, *others))


def _ask_what_changed(context: TurnContext, session: Session, edited: tuple[Answer, ...]) -> Turn:
    """Say that nothing was changed, and offer to change the answers of the message."""
    reply = Reply(context.phrasebook.say("edited_unclear"))
    turn = interview.ask_pending(context, Turn(session, (reply,)))
    known = [a.slot for a in edited if session.answered(a.slot)]
    for slot in known or [a.slot for a in session.answers]:
        if slot in context.knowledge.slots:
            turn = interview.with_option(turn, context.renderer.edit_option(slot))
    return turn
