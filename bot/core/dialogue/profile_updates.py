"""Update the profile from a free-text message, then answer what else the message asks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.core.dialogue import actions, interview
from bot.core.dialogue.context import TurnContext
from bot.core.dialogue.question_answering import answer, named_district_only
from bot.core.domain.knowledge import DISTRICT, IDENTITY, NEEDS, Slot
from bot.core.domain.replies import Turn
from bot.core.domain.session import Mode, Session
from bot.core.nlu.implicit_facts import (
    extract_business_wish,
    extract_implicit_facts,
    extract_lacks,
    states_only_facts,
)
from bot.core.nlu.patterns import has_content, is_question
from bot.core.nlu.profile_extractor import Facts

# Words that mark a place as the speaker's own: "厂子在柳江那边".
_OWN_PLACE = re.compile(r"[在是我]|[这那]边")


def take_message(context: TurnContext, session: Session, text: str) -> Turn:
    """Return the turn of a message that is no command: an answer to the pending question, stated
    facts, a list request, or a question."""
    asked = session.interviewing or session.mode is Mode.RESULTS
    facts = context.parser.facts(text, bare=asked)
    slot = context.knowledge.slots.get(session.pending)
    corrects_other_slot = facts.correcting and bool(set(facts.stated) - {session.pending})
    if slot and not corrects_other_slot:
        stated, denied = context.parser.extract_answer(text, slot)
        if stated and _is_out_of_scope(context, session, text, slot):
            stated = ()
        if stated and not (denied and facts.correcting):
            others = {s: choices for s, choices in facts.stated.items() if s != slot.id}
            facts = replace(facts, stated=others, denied={})
            session, notes = interview.store_facts(context, session, facts)
            turn = interview.take_answer(context, session, slot, stated, typed=True)
            return with_notes(turn, notes)
        if stated or denied:
            facts = replace(
                facts,
                stated={**facts.stated, **({slot.id: stated} if stated else {})},
                denied={**facts.denied, **({slot.id: denied} if denied else {})},
                rest="",
            )
    if facts.stated or facts.denied:
        return _store_and_answer(context, session, facts, text)
    implicit = _implicit_facts(context, session, text)
    if implicit:
        return _take_implicit_facts(context, session, implicit)
    request = context.list_requests.detect(session, text, businesses=True)
    if request:
        return actions.show_list(context, session, request)
    return answer(context, session, text)


def _is_out_of_scope(context: TurnContext, session: Session, text: str, slot: Slot) -> bool:
    """Return whether a message that contains a choice of the slot is about an out-of-scope topic:
    "户口簿丢了" states no need, "柳东新区拆迁" states no district."""
    states = _OWN_PLACE.search(text) if slot.id == DISTRICT else not slot.multiple
    if states or context.parser.has_no_other_words(text, slot):
        return False
    return bool(context.resolver.resolve(text, session.profile, context.today).out_of_scope)


def _implicit_facts(context: TurnContext, session: Session, text: str) -> Facts | None:
    """Return the facts of a message without a first person: a district only; several facts that
    find no support ("公司缺资金"); or an identity that no support is named for."""
    parser = context.parser
    district = named_district_only(context, text)
    if district:
        return Facts({DISTRICT: district}, {}, False, "")

    def finds_nothing() -> bool:
        return context.resolver.finds_nothing(text, session.profile)

    clean = parser.clean(text)
    stated = extract_implicit_facts(clean, parser)
    if stated:
        # "大学生 柳北" has no topic, although sample questions contain both.
        identity_and_district = DISTRICT in stated.stated and states_only_facts(clean, parser)
        if identity_and_district or finds_nothing():
            return stated
    planned = extract_business_wish(clean, parser)
    if planned and finds_nothing():
        return planned
    identity = context.knowledge.slots.get(IDENTITY)
    if not identity or not parser.names_choices_only(text, identity):
        return None
    named = parser.named(text, identity)
    return Facts({IDENTITY: named}, {}, False, "") if named and finds_nothing() else None


def _take_implicit_facts(context: TurnContext, session: Session, facts: Facts) -> Turn:
    """Store facts that are the whole message. A district also answers whom to contact about the
    support in focus."""
    focus = context.knowledge.supports.get(session.focus)
    if focus and DISTRICT in facts.stated:
        session, notes = interview.store_facts(context, session, facts)
        return with_notes(actions.show_fields(context, session, focus, "who"), notes)
    return _store_and_answer(context, session, facts, "")


def _store_and_answer(context: TurnContext, session: Session, facts: Facts, text: str) -> Turn:
    """Store facts, then answer the rest of the message; without a rest, continue the interview or
    show the results again."""
    in_results = session.mode is Mode.RESULTS
    session, notes = interview.store_facts(context, session, facts)
    if session.pending and session.answered(session.pending):
        session = _advance(context, session)
    needs, rest = extract_lacks(context.parser.clean(facts.rest), context.parser)
    session, more = _store_needs(context, session, needs)
    notes += more
    request = context.list_requests.detect(session, rest, businesses=True) if rest else None
    if request:
        return with_notes(actions.show_list(context, session, request), notes)
    if facts.rest:
        turn = _answer_rest(context, session, facts, text)
        if turn:
            return with_notes(turn, notes)
        slot = context.knowledge.slots.get(NEEDS)
        named = context.parser.named(facts.rest, slot) if slot else ()
        session, more = _store_needs(context, session, named)
        notes += more
    if in_results:
        return interview.show_results(context, session, notes)
    return interview.proceed(context, session._replace(interviewing=True), notes)


def _answer_rest(context: TurnContext, session: Session, facts: Facts, text: str) -> Turn | None:
    """Return the answer to the rest of a message with facts; None if the rest asks nothing."""
    out_of_scope = context.index.search(facts.rest, session.profile).out_of_scope
    turn = answer(context, session, facts.rest if out_of_scope else text)
    if turn.outcome == "unknown" and not out_of_scope and has_content(facts.asked):
        # "我是学生点样休学": without the fact, the rest is the question.
        turn = answer(context, session, facts.asked)
    if turn.outcome != "unknown" or out_of_scope or is_question(facts.rest):
        return turn
    return None


def _store_needs(
    context: TurnContext, session: Session, needs: tuple[str, ...]
) -> tuple[Session, list[str]]:
    if not needs:
        return session, []
    return interview.store_facts(context, session, Facts({NEEDS: needs}, {}))


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
