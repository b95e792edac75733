"""Act on the support in focus: quote it, shorten it, repeat it, take feedback on it."""

from __future__ import annotations

from bot.core.dialogue.actions import interview
from bot.core.dialogue.actions.answers.lists import show_more
from bot.core.dialogue.actions.answers.papers import say_validity
from bot.core.dialogue.actions.phrases import (
    explain_question,
    say_hello,
    say_stale,
)
from bot.core.dialogue.actions.supports import show_fields, show_reply, show_support
from bot.core.dialogue.context import TurnContext
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Effects, Mode, Option, Session
from bot.core.responses.support_answer import main_options


def open_support(context: TurnContext, session: Session, support_id: str) -> Turn:
    """Show the support with this id."""
    support = context.knowledge.supports.get(support_id)
    if support is None:
        return say_stale(context, session)
    return show_support(context, session, support)


def open_field(context: TurnContext, session: Session, argument: str) -> Turn:
    """Show one field of a support: `<field>:<support>`."""
    field, _, support_id = argument.partition(":")
    support = context.knowledge.supports.get(support_id)
    if support is None or field not in context.knowledge.fields:
        return say_stale(context, session)
    return show_fields(context, session, support, field)


def quote_focus(context: TurnContext, session: Session, _argument: str) -> Turn:
    """Show the quote of the support in focus; without one, say whether the policy is valid."""
    support = context.knowledge.supports.get(session.focus)
    if support is None:
        return say_validity(context, session)
    return show_reply(context, session, support, context.renderer.quote_answer(support))


def shorten_focus(context: TurnContext, session: Session, _argument: str) -> Turn:
    """Show the summary of the support in focus; without one, help."""
    support = context.knowledge.supports.get(session.focus)
    if support is None:
        return explain_question(context, session)
    return show_reply(context, session, support, context.renderer.short_answer(support))


def say_that_is_all(context: TurnContext, session: Session, _argument: str) -> Turn:
    """Say that the policy states no more about the support in focus; without one, show more."""
    if session.focus in context.knowledge.supports and not session.interviewing:
        option = Option("c:start", context.phrasebook.say("button_more_for_me"))
        return Turn(session, (Reply(context.phrasebook.say("that_all"), (option,)),))
    return show_more(context, session)


def repeat_last(context: TurnContext, session: Session, _argument: str) -> Turn:
    """Repeat what was shown last."""
    supports = context.knowledge.supports
    support = supports.get(session.focus)
    if support:
        reply = context.renderer.forgetting().full_answer(support, session.profile)
        return show_reply(context, session, support, reply)
    if session.interviewing:
        return interview.go_on(context, session)
    if session.mode is Mode.RESULTS:
        return interview.show_results(context, session)
    if session.mode is Mode.CLARIFY and session.listed:
        candidates = [supports[s] for s in session.listed if s in supports]
        reply = context.renderer.clarification(candidates)
        return Turn(session, (reply,), outcome="clarify")
    return say_hello(context, session, known=bool(session.answers))


def take_useful(context: TurnContext, session: Session, support: str) -> Turn:
    """Take the feedback that the answer on a support was useful."""
    return _feedback(context, session, support, useful=True)


def take_useless(context: TurnContext, session: Session, support: str) -> Turn:
    """Take the feedback that the answer on a support was not useful."""
    return _feedback(context, session, support, useful=False)


def _feedback(context: TurnContext, session: Session, support: str, *, useful: bool) -> Turn:
    if support not in context.knowledge.supports:
        return say_stale(context, session)
    phrasebook = context.phrasebook
    text = phrasebook.say("feedback" if useful else "feedback_bad")
    links = () if useful else (phrasebook.call_link(),)
    reply = Reply(text, main_options(phrasebook), links=links)
    turn = Turn(session, (reply,), effects=Effects(feedback=(support, useful)))
    return interview.ask_pending(context, turn)
