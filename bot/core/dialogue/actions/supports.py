"""Show supports, and put them in focus."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.dialogue.actions import interview
from bot.core.dialogue.context import TurnContext
from bot.core.domain.knowledge import Support, SupportKind
from bot.core.domain.replies import Line, Reply, Turn
from bot.core.domain.session import Mode, Session

# The aspect that shows all that is known on a support.
WHOLE = "all"
# Aspects that are answered by a whole field, not by a unit.
FIELD_ASPECTS = frozenset({WHOLE, "who", "text", "why", "updates"})


def show_support(
    context: TurnContext,
    session: Session,
    support: Support,
    *fields: str,
    for_other_person: bool = False,
    lead: Sequence[Line] = (),
) -> Turn:
    """Show a support in full, `lead` and the asked fields first, and put it in focus.
    `for_other_person`: do not evaluate it for the user's profile."""
    profile = {} if for_other_person else session.profile
    reply = context.renderer.full_answer(support, profile, *fields, lead=lead)
    return show_reply(context, session, support, reply)


def show_fields(context: TurnContext, session: Session, support: Support, *fields: str) -> Turn:
    """Show some fields of a support, and put it in focus."""
    if WHOLE in fields:
        reply = context.renderer.whole_answer(support, session.profile)
    else:
        reply = context.renderer.field_answer(support, session.profile, *fields)
    return show_reply(context, session, support, reply)


def show_reply(context: TurnContext, session: Session, support: Support, reply: Reply) -> Turn:
    """Send a reply about a support, and put the support in focus."""
    session = session._replace(mode=Mode.DETAIL, focus=support.id, asked="")
    session = session.with_shown(support.id)
    turn = Turn(session, (reply,), cites=(support.clause,), outcome="answer")
    return interview.ask_pending(context, turn)


def siblings(context: TurnContext, focus: Support) -> tuple[Support, ...]:
    """Return the other supports of the clause of a support."""
    return tuple(
        support
        for support in context.knowledge.supports.values()
        if support.clause == focus.clause
        and support.id != focus.id
        and support.kind is SupportKind.BENEFIT
    )
