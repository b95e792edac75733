"""Offer the acts that a message may perform."""

from __future__ import annotations

from bot.core.dialogue.actions import interview
from bot.core.dialogue.context import TurnContext
from bot.core.domain.phrases import phrase_id
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Option, Session
from bot.core.nlu.understanding import Act
from bot.core.responses.support_answer import main_options

# Acts that are offered to choose from.
MAX_OFFERED = 3
# The commands that are offered to choose from, with the phrase of the button.
OFFERED = {
    "who_am_i": phrase_id("act_about_bot"),
    "guarantee": phrase_id("act_guarantee"),
    "privacy": phrase_id("act_privacy"),
    "valid": phrase_id("act_validity"),
    "help": phrase_id("button_help"),
    "human": phrase_id("act_human"),
    "start": phrase_id("button_start"),
    "back": phrase_id("button_back"),
    "skip": phrase_id("button_skip"),
    "unsure": phrase_id("button_skip"),
    "none_fits": phrase_id("button_skip"),
    "restart_ask": phrase_id("button_restart"),
    "me": phrase_id("button_me"),
    "edit": phrase_id("act_edit"),
    "forget_ask": phrase_id("act_forget"),
    "results": phrase_id("button_results"),
    "more": phrase_id("button_more"),
    "repeat": phrase_id("act_repeat"),
    "brief": phrase_id("act_simpler"),
    "summary": phrase_id("act_summary"),
    "plan": phrase_id("button_plan"),
    "next": phrase_id("button_next"),
    "compare": phrase_id("act_compare"),
}


def offer_acts(context: TurnContext, session: Session, act: Act) -> Turn:
    """Offer the commands `choices`, and the main options."""
    say_id = context.phrasebook.say_id
    found = {command: Option(f"c:{command}", say_id(OFFERED[command])) for command in act.choices}
    options = list(found.values())[:MAX_OFFERED]
    known = {option.id for option in options}
    options += [o for o in main_options(context.phrasebook) if o.id not in known]
    reply = Reply(context.phrasebook.say("acts_offer"), tuple(options[:MAX_OFFERED]))
    return interview.ask_pending(context, Turn(session, (reply,)))
