"""Carry out what refers to offered options: numbers, labels, items of the last list."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.dialogue.actions.commands import tap
from bot.core.dialogue.actions.phrases import say_not_understood
from bot.core.dialogue.actions.supports import show_fields, show_reply, show_support
from bot.core.dialogue.context import TurnContext
from bot.core.dialogue.question_resolver import MAX_CANDIDATES
from bot.core.domain.phrases import phrase_id
from bot.core.domain.replies import Turn
from bot.core.domain.session import Session
from bot.core.nlu.understanding import Act


def select(context: TurnContext, session: Session, act: Act) -> Turn:
    """Tap the selected options."""
    return _tap_all(context, session, act.choices)


def show_referenced(context: TurnContext, session: Session, act: Act) -> Turn:
    """Show the list items that a message refers to, or their asked fields. `act.text`: the message
    without the reference."""
    if not act.supports:
        return say_not_understood(context, session, phrase_id("bad_number"))
    known = context.knowledge.supports
    supports = [known[s] for s in act.supports if s in known]
    if not supports:
        return say_not_understood(context, session, phrase_id("stale"))
    first = supports[0]
    if act.aspects and len(supports) > 1:
        return _tap_all(context, session, [f"f:{act.aspects[0]}:{s.id}" for s in supports])
    if act.aspects:
        return show_fields(context, session, first, *act.aspects)
    if len(supports) > 1:
        return _tap_all(context, session, [f"s:{support.id}" for support in supports])
    form, aspects = context.read_question(act.text)
    if context.facts.silent_topic(form, aspects, first):
        fact = context.facts.answer(form, aspects, first)
        reply = context.renderer.fact_reply(fact.support, fact.lines)
        return show_reply(context, session, fact.support, reply)
    return show_support(context, session, first)


def _tap_all(context: TurnContext, session: Session, picked: Sequence[str]) -> Turn:
    """Tap several options: choices of one slot are one answer; the replies of other options are
    joined."""
    answers = [option.split(":", 2) for option in picked if option.startswith("a:")]
    if len(answers) == len(picked) and len({slot for _, slot, _ in answers}) == 1:
        choices = "+".join(choice for _, _, choice in answers)
        return tap(context, session, f"a:{answers[0][1]}:{choices}")
    turn = tap(context, session, picked[0])
    for option in picked[1:MAX_CANDIDATES]:
        following = tap(context, turn.session, option)
        before = tuple(reply._replace(choices=()) for reply in turn.replies)
        turn = following._replace(
            replies=(*before, *following.replies),
            cites=tuple(dict.fromkeys((*turn.cites, *following.cites))),
        )
    return turn
