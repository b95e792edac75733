"""Carry out one act, as the dialogue policy says."""

from __future__ import annotations

from collections.abc import Callable

from bot.core.dialogue.actions import choices, interviewing, phrases
from bot.core.dialogue.actions.answers import lists, papers, questions, several_questions
from bot.core.dialogue.actions.commands import run_command
from bot.core.dialogue.context import TurnContext
from bot.core.dialogue.policy import row_for
from bot.core.domain.phrases import phrase_id
from bot.core.domain.replies import Turn
from bot.core.domain.session import Session
from bot.core.nlu.understanding import Act

Action = Callable[[TurnContext, Session, Act], Turn]


# The phrase for a message that says nothing.
_NOT_UNDERSTOOD = {
    "nothing": phrase_id("nothing"),
    "nod": phrase_id("nod"),
    "bad_number": phrase_id("bad_number"),
}


def _command(context: TurnContext, session: Session, act: Act) -> Turn:
    return run_command(context, session, act.argument)


def _not_understood(context: TurnContext, session: Session, act: Act) -> Turn:
    return phrases.say_not_understood(context, session, _NOT_UNDERSTOOD[act.name])


# The actions that need more of an act than its argument.
ACTIONS: dict[str, Action] = {
    "acknowledge": questions.acknowledge,
    "answer": questions.answer,
    "answer_again": interviewing.answer_again,
    "answer_aspects": questions.answer_aspects,
    "answer_fact": questions.answer_fact,
    "answer_several": several_questions.answer_several,
    "ask_which_policy": questions.ask_which_policy,
    "ask_which_support": questions.ask_which_support,
    "best": lists.show_best,
    "command": _command,
    "explain_refusal": questions.explain_refusal,
    "filter": lists.show_part,
    "list": lists.show_list,
    "not_understood": _not_understood,
    "offer_by_character": questions.offer_by_character,
    "offer_supports": questions.offer_supports,
    "overview": lists.show_overview,
    "paper_content": lists.show_paper,
    "papers": papers.say_papers,
    "quote": questions.quote,
    "say_contact_in": questions.say_contact_in,
    "say_other_city": questions.say_other_city,
    "say_out_of_scope": questions.say_out_of_scope,
    "say_unknown": questions.say_unknown,
    "say_unstated": questions.say_unstated,
    "say_who_may": questions.say_who_may,
    "select": choices.select,
    "show_aspects": questions.show_aspects,
    "show_referenced": choices.show_referenced,
    "show_sibling": questions.show_sibling,
    "take_answer": interviewing.take_typed_answer,
}


def perform(context: TurnContext, session: Session, act: Act) -> Turn:
    """Return the turn of one act."""
    row = row_for(act.name, session)
    action = row.action if row else act.name
    if action in ACTIONS:
        return ACTIONS[action](context, session, act)
    return run_command(context, session, f"{action}:{act.argument}" if act.argument else action)
