"""Recognise the facts that a message states, and what it wants besides them."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.core.dialogue.actions import interview
from bot.core.dialogue.question_resolver import NEARLY_EQUAL, SIMILAR, decide
from bot.core.dialogue.understanding.situation import Found, Reading, Situation
from bot.core.domain.knowledge import DISTRICT, IDENTITY, NEEDS, Slot
from bot.core.domain.session import Mode
from bot.core.nlu.acts import QUESTION
from bot.core.nlu.patterns import is_question
from bot.core.nlu.profile_extractor import Facts
from bot.core.nlu.understanding import Act

# Kinds of requests that ask what there is for the speaker, and their probability from which facts
# without an identity or a need get a list instead of the first question.
ASKS_FOR_LIST = ("seek", "overview", "recommend")
LIST_FROM = 0.4
# Words that mark a place as the speaker's own: "厂子在柳江那边".
_OWN_PLACE = re.compile(r"[在是我]|[这那]边")


def facts(situation: Situation) -> Found:
    """Recognise an answer to the pending slot, or facts; what else the message says is left to be
    understood by someone who knows the facts."""
    session, text, context = situation.session, situation.text, situation.context
    stated, slot = situation.facts, context.knowledge.slots.get(session.pending)
    if slot and slot.id in stated.stated and _is_out_of_scope(situation, slot):
        stated = replace(stated, stated={s: c for s, c in stated.stated.items() if s != slot.id})
    if not (stated.stated or stated.denied) or not _is_believed(situation, stated):
        return None
    answers_only = slot and slot.id in stated.stated and not stated.rest and not stated.denied
    if slot and answers_only and not stated.correcting:
        choices = stated.stated[slot.id]
        return Act("answer_slot", text, argument=slot.id, choices=choices, facts=stated)
    after, _ = interview.store_and_advance(context, session, stated)
    # Several needs at once ask for a selection, not for one support.
    several = len(stated.stated.get(NEEDS, ())) > 1 and not stated.asks
    rest = "" if several and not _is_sample(situation) else stated.rest
    then = replace(
        situation, session=after, text=rest, whole=text, informed=stated, before=session
    )
    return Reading([Act("inform", text, facts=stated)], rest, then)


def contact_in_district(situation: Situation) -> Found:
    """Recognise a district as the only fact: it also asks whom to contact about the support in
    focus."""
    stated, focus = situation.informed, situation.focus
    if not stated or situation.text or not focus or set(stated.stated) != {DISTRICT}:
        return None
    if situation.before.mode is Mode.RESULTS:
        return None
    return Act("aspect", supports=(focus.id,), aspects=("who",))


def names_support(situation: Situation) -> bool:
    """Return whether facts are the question for one support: "我想办创业担保贷款"."""
    stated, before = situation.informed, situation.before
    if not stated or situation.text or not _wants_one_thing(stated):
        return False
    if before.interviewing or before.mode is Mode.RESULTS:
        return False
    if situation.context.acts.score(situation.whole_clean).request != QUESTION:
        return False
    matches = situation.resolve(situation.whole).matches
    return bool(_found(situation)) and matches[0].evidence.nearest >= SIMILAR


def is_question_of_unknown(situation: Situation) -> bool:
    """Return whether the search answers a message whose facts are too few to choose by."""
    before, stated = situation.before, situation.informed
    if before.interviewing or before.mode is Mode.RESULTS or _is_known(situation):
        return False
    if not stated or not stated.stated or set(stated.stated) == {DISTRICT}:
        return False
    return bool(_found(situation))


def _is_known(situation: Situation) -> bool:
    return bool(situation.session.profile.keys() & {IDENTITY, NEEDS})


def _found(situation: Situation) -> tuple[str, ...]:
    """Return the support that the search answers the whole message with, if it does."""
    result = situation.resolve(situation.whole)
    answered = decide(result, len(situation.whole_clean)) == "answer"
    return (result.matches[0].support,) if answered else ()


def asks_besides(situation: Situation) -> bool:
    """Return whether a message with facts also asks for a support: in the form of a question, in
    words that are nearly a sample question, or by naming it beside the facts. A story asks
    nothing: what suits the person is the answer, not what the search finds for a side word."""
    stated = situation.informed
    if stated is None or stated.asks or is_question(situation.clean):
        return True
    matches = situation.resolve(situation.whole).matches
    if matches and matches[0].evidence.nearest >= NEARLY_EQUAL:
        return True
    rest = situation.resolve(situation.text)
    if decide(rest, len(situation.clean)) != "answer":
        return asks_elsewhere(situation)
    best = rest.matches[0].evidence
    return bool(best.longest_term) or best.nearest >= SIMILAR


def asks_elsewhere(situation: Situation) -> bool:
    """Return whether a message with facts asks for an out-of-scope topic: its rest and the whole
    do. Beside an identity alone the rest is enough if it surely does: “我是农民工，老板欠薪”; but
    “在报关行上班，想出来开公司” tells of the speaker."""
    stated, context = situation.informed, situation.context
    if not stated or not situation.resolve(situation.text).out_of_scope:
        return False
    if situation.resolve(situation.whole).out_of_scope:
        return True
    profile = situation.session.profile
    rest = context.resolver.resolve(situation.text, profile, context.today, in_talk=True)
    return set(stated.stated) == {IDENTITY} and bool(rest.out_of_scope)


def after_facts(situation: Situation) -> Found:
    """Recognise what facts without a question ask for: the next question of the interview, the
    results again, or what suits best."""
    if not situation.informed:
        return None
    if situation.before.interviewing:
        return Act("proceed")
    if situation.before.mode is Mode.RESULTS and situation.before.page >= 0:
        return Act("results")
    known = _is_known(situation)
    requests = situation.context.acts.score(situation.whole_clean).requests
    asks = sum(requests.get(kind, 0.0) for kind in ASKS_FOR_LIST) >= LIST_FROM
    return Act("best", supports=_found(situation)) if known or asks else Act("proceed")


def _is_believed(situation: Situation, stated: Facts) -> bool:
    """Return whether a message states facts. A message without a person can be a search as well:
    "大学生 柳北" is not, "大学生创业园 柳北" is."""
    session, parser = situation.session, situation.context.parser
    if stated.sure or stated.correcting or session.interviewing or session.mode is Mode.RESULTS:
        return True
    result = situation.resolve(situation.text)
    if result.out_of_scope or result.other_city:
        return False
    if len(stated.stated) > 1 or stated.denied:
        return True
    if stated.asks:
        return False
    if NEEDS in stated.stated or (IDENTITY in stated.stated and stated.plans):
        return True
    if not stated.rest and session.pending in stated.stated:
        return True
    if not stated.rest and parser.ends_as_statement(situation.text):
        return True
    return bool(session.answers) or _says_little(situation, stated)


def _says_little(situation: Situation, stated: Facts) -> bool:
    if set(stated.stated) == {DISTRICT} and not stated.rest:
        return True
    return not stated.rest and situation.finds_nothing(situation.text)


def _is_out_of_scope(situation: Situation, slot: Slot) -> bool:
    """Return whether a message that contains a choice of the slot is about an out-of-scope topic:
    "户口簿丢了" states no need, "柳东新区拆迁" states no district."""
    text, parser = situation.text, situation.context.parser
    states = _OWN_PLACE.search(text) if slot.id == DISTRICT else not slot.multiple
    if states or parser.has_no_other_words(text, slot):
        return False
    return bool(situation.resolve(text).out_of_scope)


def _is_sample(situation: Situation) -> bool:
    context = situation.context
    matches = context.resolver.resolve(situation.text, {}, context.today).matches
    return bool(matches) and matches[0].evidence.nearest >= SIMILAR


def _wants_one_thing(stated: Facts) -> bool:
    needs = stated.stated.get(NEEDS, ())
    return len(needs) == 1 or (stated.plans and not needs)
