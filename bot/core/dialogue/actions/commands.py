"""Carry out taps and commands.

Options carry ids, never positions, so a button of an old message still works; if its target left
the knowledge, the reply says so.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.core.dialogue.actions import erasing, interviewing, phrases
from bot.core.dialogue.actions.answers import advice, focus, following, lists, papers, questions
from bot.core.dialogue.context import TurnContext
from bot.core.domain.replies import Turn
from bot.core.domain.session import Session
from bot.core.nlu.message_parser import FORGET_NO, FORGET_YES

Handler = Callable[[TurnContext, Session, str], Turn]

COMMANDS: dict[str, Handler] = {
    "all": interviewing.take_all,
    "back": interviewing.go_back,
    "break_off": interviewing.offer_to_break_off,
    "brief": focus.shorten_focus,
    "bureau": phrases.say_present_names,
    "compare": advice.show_comparison,
    "confused": phrases.explain_question,
    "continue": interviewing.go_on,
    "edit": interviewing.edit,
    "field": focus.open_field,
    "follow": following.follow_support,
    "forget": erasing.forget,
    "forget_ask": erasing.ask_to_forget,
    FORGET_NO: erasing.keep_all,
    FORGET_YES: erasing.confirm_forget,
    "hello": phrases.greet,
    "me": interviewing.show_profile,
    "more": lists.show_more,
    "next": advice.show_next_step,
    "notify": following.follow,
    "none": questions.reject_candidates,
    "none_fits": interviewing.reject_all,
    "office": phrases.say_offices,
    "others": lists.show_ineligible,
    "papers": papers.list_papers,
    "phone_line": advice.show_phone_line,
    "plan": advice.show_plan,
    "proceed": interviewing.continue_after_facts,
    "recommend": advice.show_recommendation,
    "repeat": focus.repeat_last,
    "restart": erasing.restart,
    "restart_ask": erasing.ask_to_restart,
    erasing.RESTART_NO: erasing.keep_answers,
    erasing.RESTART_YES: erasing.restart,
    "results": interviewing.show_results,
    "return": interviewing.go_up,
    "seek": interviewing.seek,
    "skip": interviewing.skip,
    "start": interviewing.start,
    "summary": advice.show_summary,
    "sure": focus.quote_focus,
    "that_all": focus.say_that_is_all,
    "unfollow": following.unfollow,
    "unsure": interviewing.leave_open,
    "useful": focus.take_useful,
    "useless": focus.take_useless,
    "valid": papers.say_validity,
}


def run_command(context: TurnContext, session: Session, command: str) -> Turn:
    """Carry out a command, given by its name and argument: `start`, `edit:<slot>`,
    `useful:<support>` …"""
    name, _, argument = command.partition(":")
    if name in phrases.PHRASES:
        return phrases.send_phrase(context, session, phrases.PHRASES[name])
    handler = COMMANDS.get(name)
    return handler(context, session, argument) if handler else phrases.say_stale(context, session)


# By the kind of the option id (`Option`).
_TAPS: dict[str, Handler] = {
    "a": interviewing.tap_answer,
    "s": focus.open_support,
    "f": focus.open_field,
    "c": run_command,
}


def tap(context: TurnContext, session: Session, choice: str) -> Turn:
    """Carry out a tapped option, given by its id."""
    kind, _, rest = choice.partition(":")
    handler = _TAPS.get(kind)
    return handler(context, session, rest) if handler else phrases.say_stale(context, session)
