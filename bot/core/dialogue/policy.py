"""The dialogue policy: what is done for an act, in which situation.

One row per act. `Situation` says when a row holds; the first matching row of an act decides. An
act of the act model without a matching row is ignored, so the message is read as a question.
`action` is a key of `actions.perform.ACTIONS`, or a command (`actions.commands`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from bot.core.domain.session import Session
from bot.core.nlu.understanding import Act


class Situation(StrEnum):
    """What the conversation is doing."""

    ALWAYS = "always"
    ASKED = "asked"  # a question of the interview is open
    FOCUSED = "focused"  # a support is in focus
    KNOWN = "known"  # something is known of the person


class Row(NamedTuple):
    """A row of the policy. `beside`: the reply may stand before the answer to the rest of the
    message."""

    when: Situation
    action: str
    beside: bool = False


ALWAYS, ASKED, FOCUSED, KNOWN = Situation

POLICY: dict[str, tuple[Row, ...]] = {
    # about the bot and the paper
    "about_bot": (Row(ALWAYS, "who_am_i", beside=True),),
    "trust": (Row(ALWAYS, "trust", beside=True),),
    "doubt": (Row(ALWAYS, "sure"),),
    "guarantee": (Row(ALWAYS, "guarantee", beside=True),),
    "bot_cost": (Row(ALWAYS, "bot_cost", beside=True),),
    "privacy": (Row(ALWAYS, "privacy", beside=True),),
    "give_contact": (Row(ALWAYS, "contact_warning", beside=True),),
    "validity": (Row(ALWAYS, "valid", beside=True),),
    "which_papers": (Row(ALWAYS, "papers"),),
    "capabilities": (Row(ALWAYS, "help"),),
    "help_lost": (Row(ALWAYS, "confused"),),
    "human": (Row(ALWAYS, "human"),),
    "upset": (Row(ALWAYS, "upset"),),
    "english": (Row(ALWAYS, "english"),),
    "share_print": (Row(ALWAYS, "share"),),
    "notify": (Row(ALWAYS, "notify"),),
    "feedback_good": (Row(ALWAYS, "thanks"),),
    "feedback_bad": (Row(ALWAYS, "feedback_bad"),),
    # courtesies
    "greeting": (Row(ALWAYS, "hello"),),
    "thanks": (Row(ALWAYS, "thanks"),),
    "bye": (Row(ALWAYS, "bye"),),
    "agree": (Row(ALWAYS, "continue"),),
    "disagree": (Row(ASKED, "edit"), Row(FOCUSED, "sure"), Row(ALWAYS, "edit")),
    "noise": (Row(ALWAYS, "noise"),),
    # the interview
    "start": (Row(ALWAYS, "start"),),
    "ask_interview": (Row(ALWAYS, "start"),),
    "which_question": (Row(ALWAYS, "continue"),),
    "back": (Row(ASKED, "back"), Row(ALWAYS, "return")),
    "skip": (Row(ALWAYS, "skip"),),
    "dont_know": (Row(ASKED, "unsure"), Row(ALWAYS, "confused")),
    "none_fits": (Row(ASKED, "none_fits"), Row(ALWAYS, "none")),
    "break_off": (Row(ASKED, "break_off"), Row(ALWAYS, "confused")),
    "all_of_them": (Row(ALWAYS, "all"),),
    "restart": (Row(ALWAYS, "restart_ask"),),
    "my_info": (Row(ALWAYS, "me"),),
    "edit": (Row(ALWAYS, "edit"),),
    "correction": (Row(ALWAYS, "edit"),),
    "forget": (Row(ALWAYS, "forget_ask"),),
    "results": (Row(ALWAYS, "results"),),
    "more": (Row(ALWAYS, "more"),),
    "that_all": (Row(ALWAYS, "that_all"),),
    # the form of an answer
    "repeat": (Row(ALWAYS, "repeat"),),
    "shorter": (Row(ALWAYS, "brief"),),
    "simpler": (Row(ALWAYS, "brief"),),
    "summarise": (Row(ALWAYS, "summary"),),
    # advice
    "list_plan": (Row(ALWAYS, "plan"),),
    "next_step": (Row(ALWAYS, "next"),),
    "phone_script": (Row(ALWAYS, "phone_line"),),
    "compare": (Row(ALWAYS, "compare"),),
    "recommend": (Row(ALWAYS, "recommend"),),
    # what was offered, and commands
    "select": (Row(ALWAYS, "select"),),
    "refer": (Row(ALWAYS, "show_referenced"),),
    "command": (Row(ALWAYS, "command"),),
    "bureau": (Row(ALWAYS, "bureau"),),
    "office": (Row(ALWAYS, "office"),),
    # what says nothing
    "nothing": (Row(ALWAYS, "not_understood"),),
    "nod": (Row(ALWAYS, "not_understood"),),
    "bad_number": (Row(ALWAYS, "not_understood"),),
    "nontext": (Row(ALWAYS, "nontext"),),
    # facts
    "answer_slot": (Row(ALWAYS, "take_answer"),),
    "answer_again": (Row(ALWAYS, "answer_again"),),
    "only_turns": (Row(ASKED, "continue"), Row(KNOWN, "best"), Row(ALWAYS, "start")),
    "proceed": (Row(ALWAYS, "proceed"),),
    "best": (Row(ALWAYS, "best"),),
    # lists
    "list": (Row(ALWAYS, "list"),),
    "seek": (Row(ALWAYS, "seek"),),
    "filter": (Row(ALWAYS, "filter"),),
    "overview": (Row(ALWAYS, "overview"),),
    "paper_content": (Row(ALWAYS, "paper_content"),),
    "ineligible": (Row(ALWAYS, "others"),),
    # questions about a support
    "answer": (Row(ALWAYS, "answer"),),
    "sibling": (Row(ALWAYS, "show_sibling"),),
    "aspect": (Row(ALWAYS, "show_aspects"),),
    "aspect_fact": (Row(ALWAYS, "answer_aspects"),),
    "fact": (Row(ALWAYS, "answer_fact"),),
    "quote": (Row(ALWAYS, "quote"),),
    "unstated": (Row(ALWAYS, "say_unstated"),),
    "who_may": (Row(ALWAYS, "say_who_may"),),
    "contact_in": (Row(ALWAYS, "say_contact_in"),),
    "refusal": (Row(ALWAYS, "explain_refusal"),),
    "several": (Row(ALWAYS, "answer_several"),),
    # questions that no support answers
    "no_topic": (Row(ALWAYS, "ask_which_support"),),
    "clarify": (Row(ALWAYS, "offer_supports"),),
    "character": (Row(ALWAYS, "offer_by_character"),),
    "which_policy": (Row(ALWAYS, "ask_which_policy"),),
    "story": (Row(ALWAYS, "acknowledge"),),
    "out_of_scope": (Row(ALWAYS, "say_out_of_scope"),),
    "other_city": (Row(ALWAYS, "say_other_city"),),
    "unknown": (Row(ALWAYS, "say_unknown"),),
}

# Acts that only change what is known; the next act decides the reply.
UPDATES = frozenset(("background", "turn_to_person", "inform"))
# Acts that a support answers or a list answers.
ANSWERING = frozenset(
    [
        "answer",
        "sibling",
        "aspect",
        "aspect_fact",
        "fact",
        "quote",
        "unstated",
        "who_may",
        "contact_in",
        "refusal",
        "clarify",
        "character",
        "which_policy",
        "seek",
        "overview",
        "filter",
        "recommend",
        "next_step",
        "list_plan",
        "phone_script",
        "compare",
        "summarise",
    ]
)
# Acts whose reply is varied if it was said before.
VARIED = (ANSWERING - {"next_step", "list_plan", "phone_script", "compare", "summarise"}) | {
    "inform",
    "answer_slot",
    "several",
    "unknown",
    "other_city",
}
# Acts about the bot or the paper, whose reply is told apart if it was said before.
VARIED_TALK = frozenset(
    [
        "about_bot",
        "trust",
        "guarantee",
        "bot_cost",
        "privacy",
        "validity",
        "which_papers",
        "help_lost",
        "human",
        "upset",
        "share_print",
        "english",
    ]
)
# The commands that these acts carry out.
VARIED_COMMANDS = frozenset(row.action for act in VARIED_TALK for row in POLICY[act])

# Acts whose messages name policy content, in a conversation about a support. The gate, which knows
# questions about policy, is less sure of them; they are carried out from this probability.
WITH_CONTENT = {"compare": 0.1, "validity": 0.75}
CONTENT_WHEN = FOCUSED
# Acts that introduce the rest of a message: “不对，是五年了” is read as a whole.
INTRODUCTIONS = frozenset({"disagree", "correction", "edit"})
# Acts that ask about the rest of a message, which is read as a whole: “有补贴，真的假的”.
TAGS = frozenset({"doubt"})
# Acts that are carried out without a question if the message equals a sample.
PLAIN_COMMANDS = {"restart": "restart", "forget": "forget"}
# Acts that answer the pending question without a choice.
OPEN_ANSWERS = frozenset({"dont_know", "all_of_them", "none_fits"})
# The field of a support that answers a question for an aspect.
ASPECT_FIELDS = {
    "asp_who_may": "conditions",
    "asp_amount": "amount",
    "asp_conditions": "conditions",
    "asp_materials": "materials",
    "asp_steps": "steps",
    "asp_where": "who",
    "asp_contact": "who",
    "asp_deadline": "deadline",
    "asp_duration": "duration",
    "asp_free": "free",
    "asp_text": "text",
    "asp_why": "why",
    "asp_updates": "updates",
}


def row_for(act: str, session: Session) -> Row | None:
    """Return the row of an act in the situation of this session, or None."""
    return next((row for row in POLICY.get(act, ()) if holds(row.when, session)), None)


def holds(situation: Situation, session: Session) -> bool:
    """Return whether a session is in this situation."""
    if situation is ASKED:
        return bool(session.interviewing and session.pending)
    if situation is FOCUSED:
        return bool(session.focus)
    if situation is KNOWN:
        return bool(session.profile)
    return True


def answers(act: Act) -> bool:
    """Return whether an act gets an answer from a support or a list of supports."""
    parts = [part for part in act.parts if part.name == "clarify" or part.supports]
    return act.name in ANSWERING or bool(parts)
