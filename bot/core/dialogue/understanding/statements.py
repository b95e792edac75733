"""Recognise the facts that a message states, and what it wants besides them."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.core.dialogue.actions import interview
from bot.core.dialogue.question_resolver import SIMILAR
from bot.core.dialogue.understanding.situation import Found, Reading, Situation
from bot.core.domain.knowledge import DISTRICT, IDENTITY, NEEDS, Slot
from bot.core.domain.session import Mode
from bot.core.nlu.profile_extractor import Facts
from bot.core.nlu.understanding import Act

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
        situation,
        session=after,
        text=rest,
        whole=text,
        rest_text=rest,
        informed=stated,
        before=session,
    )
    return Reading([Act("inform", text, facts=stated)], rest, then)


def contact_in_district(situation: Situation) -> Found:
    """Recognise a district as the only fact: it also asks whom to contact about the support in
    focus."""
    stated, focus = situation.informed, situation.focus
    if not stated or situation.rest_text or not focus or set(stated.stated) != {DISTRICT}:
        return None
    if situation.before.mode is Mode.RESULTS:
        return None
    return Act("aspect", supports=(focus.id,), aspects=("who",))


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
