"""Update the profile from a free-text message, then answer what else the message asks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.core.dialogue import actions, interview
from bot.core.dialogue.context import TurnContext
from bot.core.dialogue.open_requests import seeks_support, show_open_supports
from bot.core.dialogue.question_answering import answer
from bot.core.dialogue.question_resolver import SIMILAR, decide
from bot.core.dialogue.whose_matter import read_facts
from bot.core.domain.knowledge import DISTRICT, IDENTITY, NEEDS, Slot
from bot.core.domain.replies import Turn
from bot.core.domain.session import Mode, Session
from bot.core.nlu.acts import QUESTION
from bot.core.nlu.patterns import has_content, is_question
from bot.core.nlu.profile_extractor import Facts

# Words that mark a place as the speaker's own: "厂子在柳江那边".
_OWN_PLACE = re.compile(r"[在是我]|[这那]边")


def take_message(context: TurnContext, session: Session, text: str) -> Turn:
    """Return the turn of a message that is no command: an answer to the pending question, stated
    facts, a list request, or a question."""
    facts = read_facts(context, session, text).of(session.about)
    slot = context.knowledge.slots.get(session.pending)
    if slot and _is_out_of_scope(context, session, text, slot):
        facts = replace(facts, stated={s: c for s, c in facts.stated.items() if s != slot.id})
    if (facts.stated or facts.denied) and _is_believed(context, session, facts, text):
        answers_only = slot and slot.id in facts.stated and not facts.rest and not facts.denied
        if slot and answers_only and not facts.correcting:
            others = {s: choices for s, choices in facts.stated.items() if s != slot.id}
            session, notes = interview.store_facts(context, session, replace(facts, stated=others))
            choices = facts.stated[slot.id]
            turn = interview.take_answer(context, session, slot, choices, typed=True)
            return with_notes(turn, notes)
        return _store_and_answer(context, session, facts, text)
    request = context.list_requests.detect(session, text, businesses=True)
    if request:
        return actions.show_list(context, session, request)
    if facts.about and not facts.asks and context.resolver.finds_nothing(text, session.profile):
        # "帮我儿子看看": nothing but whose matter it is.
        return interview.begin(context, session)
    return answer(context, session, text)


def _is_believed(context: TurnContext, session: Session, facts: Facts, text: str) -> bool:
    """Return whether a message states facts. A message without a person can be a search as well:
    "大学生 柳北" is not, "大学生创业园 柳北" is."""
    if facts.sure or facts.correcting or session.interviewing or session.mode is Mode.RESULTS:
        return True
    result = context.resolver.resolve(text, session.profile, context.today)
    if result.out_of_scope or result.other_city:
        return False
    if len(facts.stated) > 1 or facts.denied:
        return True
    if facts.asks:
        return False
    if NEEDS in facts.stated or (IDENTITY in facts.stated and facts.plans):
        return True
    if not facts.rest and context.parser.ends_as_statement(text):
        return True
    return bool(session.answers) or _says_little(context, session, facts, text)


def _says_little(context: TurnContext, session: Session, facts: Facts, text: str) -> bool:
    if set(facts.stated) == {DISTRICT} and not facts.rest:
        return True
    return not facts.rest and context.resolver.finds_nothing(text, session.profile)


def _is_out_of_scope(context: TurnContext, session: Session, text: str, slot: Slot) -> bool:
    """Return whether a message that contains a choice of the slot is about an out-of-scope topic:
    "户口簿丢了" states no need, "柳东新区拆迁" states no district."""
    states = _OWN_PLACE.search(text) if slot.id == DISTRICT else not slot.multiple
    if states or context.parser.has_no_other_words(text, slot):
        return False
    return bool(context.resolver.resolve(text, session.profile, context.today).out_of_scope)


def _store_and_answer(context: TurnContext, session: Session, facts: Facts, text: str) -> Turn:
    """Store facts, then answer the rest of the message; without a rest, continue the interview or
    show the results again."""
    in_results = session.mode is Mode.RESULTS
    was_asked = session.interviewing or in_results
    session, notes = interview.store_facts(context, session, facts)
    if session.pending and session.answered(session.pending):
        session = _advance(context, session)
    # Several needs at once ask for a selection, not for one support.
    several = len(facts.stated.get(NEEDS, ())) > 1 and not facts.asks
    several = several and not _is_sample(context, text)
    rest = "" if several else facts.rest
    focus = context.knowledge.supports.get(session.focus)
    if not rest and focus and set(facts.stated) == {DISTRICT} and not in_results:
        # A district alone also answers whom to contact about the support in focus.
        return with_notes(actions.show_fields(context, session, focus, "who"), notes)
    request = context.list_requests.detect(session, rest, businesses=True) if rest else None
    if request:
        return with_notes(actions.show_list(context, session, request), notes)
    if rest:
        turn = _answer_rest(context, session, facts, text)
        if turn:
            return with_notes(turn, notes)
    elif not was_asked and _wants_one_thing(facts) and _names_support(context, session, text):
        # "我想办创业担保贷款" states a need, and names the support for it.
        return with_notes(answer(context, session, text), notes)
    if in_results:
        return interview.show_results(context, session, notes)
    if not was_asked and seeks_support(context, text):
        return with_notes(show_open_supports(context, session), notes)
    return interview.proceed(context, session._replace(interviewing=True), notes)


def _is_sample(context: TurnContext, text: str) -> bool:
    matches = context.resolver.resolve(text, {}, context.today).matches
    return bool(matches) and matches[0].evidence.nearest >= SIMILAR


def _wants_one_thing(facts: Facts) -> bool:
    needs = facts.stated.get(NEEDS, ())
    return len(needs) == 1 or (facts.plans and not needs)


def _names_support(context: TurnContext, session: Session, text: str) -> bool:
    """Return whether a message is a question about one support, also without a question word."""
    clean = context.parser.clean(text)
    if context.acts.score(clean).request != QUESTION:
        return False
    result = context.resolver.resolve(text, session.profile, context.today)
    return decide(result, len(clean)) == "answer"


def _answer_rest(context: TurnContext, session: Session, facts: Facts, text: str) -> Turn | None:
    """Return the answer to the rest of a message with facts; None if the rest asks nothing."""
    out_of_scope = context.index.search(facts.rest, session.profile).out_of_scope
    turn = answer(context, session, facts.rest if out_of_scope else text)
    answers = turn.outcome in ("answer", "clarify") or bool(turn.findings)
    if not answers and not out_of_scope and has_content(facts.asked):
        # "我是学生点样休学": without the fact, the rest is the question.
        turn = answer(context, session, facts.asked)
    answers = turn.outcome in ("answer", "clarify") or bool(turn.findings)
    if answers or out_of_scope or is_question(facts.rest):
        return turn
    return None


def _advance(context: TurnContext, session: Session) -> Session:
    """Set the next slot as the pending one; end the interview if there is none."""
    slot = context.next_slot(session)
    if slot is None:
        return session._replace(pending="", interviewing=False)
    return session._replace(pending=slot.id)


def with_notes(turn: Turn, notes: Sequence[str]) -> Turn:
    """Put notes before the first reply of a turn."""
    if not notes:
        return turn
    first, *others = turn.replies
    text = "\n".join((*notes, first.text))
    return turn._replace(replies=(first._replace(text=text), *others))
