"""Recognise instructions: confirmations, selections, references to lists, bureaus, corrections."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.dialogue.actions import interview
from bot.core.dialogue.actions.erasing import confirmed
from bot.core.dialogue.policy import ASKED, OPEN_ANSWERS, holds
from bot.core.dialogue.understanding.situation import Found, Situation
from bot.core.domain.knowledge import IDENTITY
from bot.core.nlu.classifiers.bureau_questions import NAME, OFFICE, WORK
from bot.core.nlu.list_reference import resolve_list_reference
from bot.core.nlu.understanding import Act

# The act for what a message asks about a bureau, and the probability from which it does.
_ABOUT_BUREAU = {NAME: "bureau", OFFICE: "office", WORK: "overview"}
ABOUT_BUREAU_FROM = 0.7


def confirmation(situation: Situation) -> Found:
    """Recognise a yes or a no to the question whether to delete everything or to start again."""
    word = situation.context.parser.confirmation(situation.text)
    name = confirmed(word, situation.session) if word else ""
    return Act("command", argument=name) if name else None


def selection(situation: Situation) -> Found:
    """Recognise the number or the label of offered options."""
    picked = situation.context.parser.select(situation.text, situation.session.offered)
    return Act("select", choices=picked) if picked else None


def list_reference(situation: Situation) -> Found:
    """Recognise a reference to items of the last list."""
    parser, session = situation.context.parser, situation.session
    found = resolve_list_reference(situation.text, parser, session)
    if found is None:
        return None
    return Act("refer", found.rest, supports=found.supports, aspects=found.fields)


def bureau(situation: Situation) -> Found:
    """Recognise a question about a bureau: what it is called today, where it is, what it leads;
    and a question for a telephone number."""
    context, focus = situation.context, situation.focus
    asked = context.acts.bureau_question(situation.clean)
    # During the interview a bureau may be the answer: 科协.
    answers = situation.session.interviewing and situation.facts.stated
    if asked.probability >= ABOUT_BUREAU_FROM and not answers:
        if not (asked.kind == OFFICE and _leads_focus(situation, asked.names)):
            name = _ABOUT_BUREAU[asked.kind]
            return Act(name, situation.text, asked.probability, argument="+".join(asked.names))
    elif not context.parser.asks_for_phone_number(situation.text):
        return None
    return Act("command", argument=f"field:who:{focus.id}") if focus else Act("human")


def _leads_focus(situation: Situation, names: Sequence[str]) -> bool:
    """Return whether one of these bureaus leads the clause of the support in focus: how to reach
    it is then said for this support."""
    knowledge, focus = situation.context.knowledge, situation.focus
    lead = knowledge.bureau(knowledge.clauses[focus.clause].lead) if focus else None
    return lead is not None and lead.name in names


def open_answer(situation: Situation) -> Found:
    """Recognise a sample that leaves the pending question open: 没想好, 都要, 都不是."""
    session, name = situation.session, situation.context.acts.exact(situation.clean)
    if name not in OPEN_ANSWERS or not holds(ASKED, session):
        return None
    slot = situation.context.knowledge.slots[session.pending]
    # The stage has a choice for “没想好”, the identity one for “都不是”.
    choices = situation.facts.stated.get(slot.id, ())
    if name == "none_fits" and slot.id == IDENTITY and slot.none_choice:
        choices = (slot.none_choice,)
    if choices:
        return Act("answer_slot", situation.text, argument=slot.id, choices=choices)
    return Act(name, situation.text)


def corrected_answer(situation: Situation) -> Found:
    """Recognise another number for the last question: “不对，是1”, “不是3，是2”."""
    context, clauses = situation.context, situation.clauses
    if len(clauses) != 2:
        return None
    asked = interview.back(context, situation.session)
    choices = asked.replies[-1].choices
    denied = any(
        clauses[0].startswith(word)
        and context.parser.select(clauses[0].removeprefix(word), choices)
        for word in context.knowledge.scopes.get("negations", ())
    )
    if asked.session == situation.session or not (denied or context.acts.exact(clauses[0])):
        return None
    picked = context.parser.select(clauses[1], choices)
    kind, _, rest = "".join(picked[:1]).partition(":")
    slot_id, _, choice = rest.partition(":")
    if kind != "a" or slot_id not in context.knowledge.slots:
        return None
    return Act("answer_again", argument=slot_id, choices=(choice,))


def invalid_number(situation: Situation) -> Found:
    """Recognise a number that was not offered."""
    offered = situation.session.offered
    invalid = situation.context.parser.is_invalid_number(situation.text, offered)
    return Act("bad_number") if invalid else None
