"""Reply to a text: understand it, store what it states, carry out what it asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.core.dialogue.actions import interview
from bot.core.dialogue.actions.perform import perform
from bot.core.dialogue.context import TurnContext
from bot.core.dialogue.long_message import store_background
from bot.core.dialogue.pausing import say_paused, still_done
from bot.core.dialogue.policy import UPDATES, VARIED, VARIED_COMMANDS, VARIED_TALK
from bot.core.dialogue.repetition import vary_repeated, vary_talk
from bot.core.dialogue.understanding.understand import understand
from bot.core.dialogue.whose_matter import addressed, turn_to_person
from bot.core.domain.replies import Recognised, Turn
from bot.core.domain.session import Session
from bot.core.nlu.understanding import Act

# The act that asks how old a policy is, and the probability from which an answer says it.
VALIDITY = "validity"
ASKS_AGE_FROM = 0.7


def respond(context: TurnContext, session: Session, text: str) -> Turn:
    """Return the turn of a text."""
    if _asks_age(context, text):
        context = replace(context, renderer=replace(context.renderer, asks_age=True))
    acts: Sequence[Act] = understand(context, session, text).acts
    if context.knowledge.locality.paused:
        acts = still_done(acts)
        if not acts:
            return say_paused(context, session)
    turn = addressed(context, _carry_out(context, session, acts))
    return turn._replace(
        acts=tuple(Recognised(a.name, a.recogniser, a.confidence, a.clause) for a in acts)
    )


def _asks_age(context: TurnContext, text: str) -> bool:
    """Return whether a text likely asks, beside its topic, whether a policy still holds."""
    score = context.acts.score(context.parser.clean(text))
    return score.act == VALIDITY and score.acts[VALIDITY] >= ASKS_AGE_FROM


def _carry_out(context: TurnContext, session: Session, acts: Sequence[Act]) -> Turn:
    """Return the turn of these acts: the notes on what was stored and the sentences of the acts
    beside the last one, before the reply to the last one."""
    act, *following = acts
    if act.name in VARIED:
        return vary_repeated(context, session, _carry_out_plain(context, session, acts))
    if act.name in UPDATES:
        return _carry_out_plain(context, session, acts)
    turn = perform(context, session, act)
    if act.name in VARIED_TALK or (act.name == "command" and act.argument in VARIED_COMMANDS):
        turn = vary_talk(context, session, turn)
    if not following:
        return turn
    said = [reply._replace(choices=()) for reply in turn.replies[:1]]
    turn = _carry_out(context, session, following)
    known = {reply.text for reply in turn.replies}
    beside = [reply for reply in said if reply.text not in known]
    return turn._replace(replies=(*beside, *turn.replies))


def _carry_out_plain(context: TurnContext, session: Session, acts: Sequence[Act]) -> Turn:
    act, *following = acts
    if act.name not in UPDATES:
        return perform(context, session, act)
    session, notes = _update(context, session, act)
    if act.name == "inform":
        turn = _carry_out_plain(context, session, following)
    else:
        turn = _carry_out(context, session, following)
    return interview.with_notes(turn, notes)


def _update(context: TurnContext, session: Session, act: Act) -> tuple[Session, list[str]]:
    """Return the session after what an act states, and notes on what changed."""
    if act.name == "background":
        return store_background(context, session, act.choices)
    if act.name == "turn_to_person":
        return turn_to_person(context, session, act.text)
    if act.facts is None:
        return session, []
    return interview.store_and_advance(context, session, act.facts)
