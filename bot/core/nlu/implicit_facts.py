"""Extract facts from statements without a first person: “去年刚毕业 在柳北开了个奶茶店”.

Such a text can be a search as well, so the caller uses these facts only if the search finds no
answer.
"""

from __future__ import annotations

import re

from bot.core.domain.knowledge import DISTRICT, IDENTITY, NEEDS, STAGE
from bot.core.nlu.command_classifier import MessageParser
from bot.core.nlu.patterns import (
    INTENTION,
    extract_stage,
    has_content,
    is_question,
    mentions_other_person,
)
from bot.core.nlu.profile_extractor import Facts
from bot.core.text.normalizer import segments

_LACKING = re.compile(r"缺|没|冇|不够|差(?:点|些|一)")
# A completed action: its subject is the speaker.
_DONE = re.compile(r"(?:开|办|做|搞|弄|卖|种|养|盘|经营|成立|注册)(?:了|着|过|的是|有)")
_WISHING = re.compile(r"想|打算|计划|准备")
_THERE = re.compile(r"本地|老家|家乡|县城|城里|镇上|村里|回来|回去|这边|那边|[在回到]")
# A firm founded after a graduation this year or last is a startup.
_YOUNG = re.compile(
    r"(?:今年|去年|刚刚?|才)(?:才|刚)?(?:从?大学|本科|大专|专科)?毕业[^。?？!！;；]{0,10}?"
    r"(?:开|办|做|搞|弄|盘|成立|注册)了"
)


def extract_implicit_facts(clean: str, reader: MessageParser) -> Facts | None:
    """Extract the facts of a normalized statement without a first person.

    Return None for a question, an intention, a statement about another person, or fewer than two
    facts.
    """
    if is_question(clean) or INTENTION.search(clean) or mentions_other_person(clean):
        return None
    slots = reader.knowledge.slots.values()
    stated = {slot.id: reader.named(clean, slot) for slot in slots if slot.id != NEEDS}
    stated[NEEDS], _ = extract_lacks(clean, reader)
    stage = extract_stage(clean)[0] or ("startup" if _YOUNG.search(clean) else "")
    if stage and not stated.get(STAGE):
        stated[STAGE] = (stage,)
    stated = {slot: choices for slot, choices in stated.items() if choices}
    if len(stated) < 2 or not stated.keys() & {IDENTITY, STAGE}:
        return None
    if not _DONE.search(clean) and not states_only_facts(clean, reader):
        return None
    return Facts(stated, {}, False, "")


def extract_business_wish(clean: str, reader: MessageParser) -> Facts | None:
    """Extract the stage `idea`, and the district, from a normalized text that states only the wish
    to open a business: “想在柳州开公司”. Return None for any other text."""
    if not _WISHING.search(clean) or is_question(clean) or mentions_other_person(clean):
        return None
    rest = reader.businesses.remove(clean)
    if not rest or has_content(_remainder(_without_place(rest, reader), reader)):
        return None
    district = reader.knowledge.slots.get(DISTRICT)
    where = reader.named(clean, district) if district else ()
    return Facts({STAGE: ("idea",), **({DISTRICT: where} if where else {})}, {}, False, "")


def _without_place(clean: str, reader: MessageParser) -> str:
    """Return a wish without its verb and without words of a place in the city."""
    return _THERE.sub("", reader.city.sub("", _WISHING.sub("", clean)))


def states_only_facts(clean: str, reader: MessageParser) -> bool:
    """Return whether a normalized text has no content besides choices of slots."""
    return not has_content(_remainder(clean, reader))


def extract_lacks(clean: str, reader: MessageParser) -> tuple[tuple[str, ...], str]:
    """Extract the needs that a normalized message states as a lack: “缺钱”.

    Only a segment that asks nothing and has no other content counts. Return the needs and the
    other segments.
    """
    slot = reader.knowledge.slots.get(NEEDS)
    if not slot or not _LACKING.search(clean):
        return (), clean
    needs: list[str] = []
    rest = []
    for segment in segments(clean):
        states_lack = _LACKING.search(segment) and not is_question(segment)
        choices = reader.named(segment, slot) if states_lack else ()
        if choices and states_only_facts(segment, reader):
            needs += choices
        else:
            rest.append(segment)
    return tuple(dict.fromkeys(needs)), "，".join(rest)


def _remainder(clean: str, reader: MessageParser) -> str:
    """Return a text without the mentions of all slots and the words of a lack."""
    for slot in reader.knowledge.slots.values():
        clean = reader.without(clean, slot)
    return _LACKING.sub("", clean)
