"""Start again, or delete everything after asking."""

from __future__ import annotations

from bot.core.dialogue.actions import interview
from bot.core.dialogue.context import TurnContext
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Effects, Option, Session
from bot.core.nlu.message_parser import FORGET_NO, FORGET_YES
from bot.core.responses.support_answer import main_options

# The answers to the question whether to start again.
RESTART_YES, RESTART_NO = "restart_yes", "restart_no"


def restart(context: TurnContext, session: Session, _argument: str) -> Turn:
    """Start the interview with no answers. The supports that are followed stay."""
    follows = tuple(f for f in session.follows if f.support)
    notes = (context.phrasebook.say("restarted"), context.phrasebook.say("intro"))
    return interview.proceed(context, Session(interviewing=True, follows=follows), notes)


def ask_to_restart(context: TurnContext, session: Session, _argument: str) -> Turn:
    """Ask whether to start again; without answers, start."""
    if not session.answers:
        return restart(context, session, "")
    say = context.phrasebook.say
    yes = Option(f"c:{RESTART_YES}", say("button_restart_yes"))
    no = Option(f"c:{RESTART_NO}", say("button_restart_no"))
    return Turn(session, (Reply(say("restart_question"), (yes, no)),))


def keep_answers(context: TurnContext, session: Session, _argument: str) -> Turn:
    """Say that the answers are kept."""
    return _kept(context, session, context.phrasebook.say("restart_kept"))


def forget(context: TurnContext, session: Session, argument: str) -> Turn:
    """Delete everything; in a channel that cannot ask by itself, ask first."""
    return ask_to_forget(context, session, argument) if context.confirm else _erase(context)


def ask_to_forget(context: TurnContext, session: Session, _argument: str) -> Turn:
    """Ask whether to delete everything."""
    say = context.phrasebook.say
    yes = Option(f"c:{FORGET_YES}", say("button_forget_yes"))
    no = Option(f"c:{FORGET_NO}", say("button_forget_no"))
    return Turn(session, (Reply(say("forget_question"), (yes, no)),))


def confirm_forget(context: TurnContext, session: Session, argument: str) -> Turn:
    """Delete everything if that was the last question. A button of an old message asks again."""
    if not awaits_confirmation(session):
        return forget(context, session, argument)
    return _erase(context)


def keep_all(context: TurnContext, session: Session, _argument: str) -> Turn:
    """Say that nothing was deleted."""
    return _kept(context, session, context.phrasebook.say("forget_kept"))


def awaits_confirmation(session: Session) -> bool:
    """Return whether the last turn asked whether to delete everything."""
    return any(option.id == f"c:{FORGET_YES}" for option in session.offered)


def confirmed(word: str, session: Session) -> str:
    """Return the command that a yes (FORGET_YES) or a no gives to the last question; "" if the
    last turn asked neither whether to delete everything nor whether to start again."""
    if awaits_confirmation(session):
        return word
    if any(option.id == f"c:{RESTART_YES}" for option in session.offered):
        return RESTART_YES if word == FORGET_YES else RESTART_NO
    return ""


def _kept(context: TurnContext, session: Session, text: str) -> Turn:
    reply = Reply(text, main_options(context.phrasebook))
    return interview.ask_pending(context, Turn(session, (reply,)))


def _erase(context: TurnContext) -> Turn:
    # The reply has no options: a later number must not refer to anything from before.
    reply = Reply(context.phrasebook.say("forgotten"))
    return Turn(Session(), (reply,), effects=Effects(forget=True))
