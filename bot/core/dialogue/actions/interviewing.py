"""Lead through the interview on request: answer, skip, go back, change an answer."""

from __future__ import annotations

from dataclasses import replace

from bot.core.dialogue.actions import interview
from bot.core.dialogue.actions.answers.lists import show_more, show_open_supports
from bot.core.dialogue.actions.phrases import explain_question, say_nothing_open, say_stale
from bot.core.dialogue.context import TurnContext
from bot.core.domain.phrases import PhraseId, phrase_id
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Mode, Option, Session
from bot.core.nlu.profile_extractor import NO_FACTS
from bot.core.nlu.understanding import Act


def tap_answer(context: TurnContext, session: Session, argument: str) -> Turn:
    """Take tapped choices as the answer to a slot: `<slot>:<choice>+<choice>`."""
    slot_id, _, picked = argument.partition(":")
    slot = context.knowledge.slots.get(slot_id)
    choices = [c for c in picked.replace(" ", "+").split("+") if slot and slot.choice(c)]
    if slot is None or not choices:
        return say_stale(context, session)
    return interview.take_answer(context, session, slot, choices)


def take_typed_answer(context: TurnContext, session: Session, act: Act) -> Turn:
    """Take the answer to the pending slot, and the facts about other slots."""
    facts = act.facts or NO_FACTS
    others = {s: c for s, c in facts.stated.items() if s != act.argument}
    beside = replace(facts, stated=others)
    slot = context.knowledge.slots[act.argument]
    return interview.take_answer(context, session, slot, act.choices, typed=True, beside=beside)


def answer_again(context: TurnContext, session: Session, act: Act) -> Turn:
    """Answer the last question with another choice."""
    asked = interview.back(context, session)
    slot = context.knowledge.slots[act.argument]
    return interview.take_answer(context, asked.session, slot, act.choices, typed=True)


def start(context: TurnContext, session: Session, _argument: str = "") -> Turn:
    """Start or continue the interview."""
    return interview.begin(context, session)


def show_results(context: TurnContext, session: Session, _argument: str = "") -> Turn:
    """Show the results."""
    return interview.show_results(context, session)


def go_on(context: TurnContext, session: Session, _argument: str = "") -> Turn:
    """Go on: ask the pending question, show more results, or start the interview."""
    if slot := context.knowledge.slots.get(session.pending):
        return interview.ask(context, session, slot)
    if session.mode is Mode.RESULTS:
        return show_more(context, session)
    return interview.go_on(context, session)


def go_back(context: TurnContext, session: Session, _argument: str) -> Turn:
    """Ask the last question again."""
    return interview.back(context, session)


def go_up(context: TurnContext, session: Session, _argument: str) -> Turn:
    """Return from a support to the results that it was opened from, else to the last question."""
    from_list = session.mode is Mode.DETAIL and session.listed and not session.pending
    if from_list and session.profile:
        return interview.show_results(context, session)
    return interview.back(context, session)


def skip(context: TurnContext, session: Session, _argument: str = "") -> Turn:
    """Leave the pending question open."""
    return _skip_with(context, session, phrase_id("skipped"))


def reject_all(context: TurnContext, session: Session, _argument: str) -> Turn:
    """Leave the pending question open, because no choice fits."""
    return _skip_with(context, session, phrase_id("none_fits"))


def _skip_with(context: TurnContext, session: Session, phrase: PhraseId) -> Turn:
    if not session.pending:
        return say_nothing_open(context, session)
    return interview.skip(context, session, context.phrasebook.say_id(phrase))


def offer_to_break_off(context: TurnContext, session: Session, _argument: str = "") -> Turn:
    """Offer to skip the pending question, to see the results so far, or to ask something else."""
    say = context.phrasebook.say
    options = (
        Option("c:skip", say("button_skip")),
        Option("c:results", say("button_results")),
        Option("c:help", say("button_help")),
    )
    return Turn(session, (Reply(say("break_off"), options),))


def leave_open(context: TurnContext, session: Session, _argument: str) -> Turn:
    """Skip the pending question; without one, help."""
    return skip(context, session) if session.pending else explain_question(context, session)


def take_all(context: TurnContext, session: Session, _argument: str) -> Turn:
    """Leave the pending question open, because "都要" excludes nothing; without one, show more."""
    if session.interviewing and session.pending:
        return interview.skip(context, session, context.phrasebook.say("all_wanted"))
    return show_more(context, session)


def show_profile(context: TurnContext, session: Session, _argument: str) -> Turn:
    """Show the answers."""
    turn = Turn(session, (context.renderer.profile_summary(session),))
    return interview.ask_pending(context, turn)


def edit(context: TurnContext, session: Session, slot_id: str) -> Turn:
    """Ask a slot again; without one, show the answers, each with a button to change it."""
    slot = context.knowledge.slots.get(slot_id)
    if slot:
        return interview.ask(context, session, slot, (context.phrasebook.say("edit_ask"),))
    if session.answers:
        return Turn(session, (context.renderer.profile_summary(session),))
    return interview.begin(context, session)


def continue_after_facts(context: TurnContext, session: Session, _argument: str) -> Turn:
    """Go on with the interview after facts were stored."""
    return interview.proceed(context, session._replace(interviewing=True))


def seek(context: TurnContext, session: Session, _argument: str) -> Turn:
    """Show what suits the user as far as he is known."""
    return show_open_supports(context, session)
