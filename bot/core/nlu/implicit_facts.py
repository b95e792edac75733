"""Facts told without “I”, and what somebody lacks: “去年刚毕业 在柳北开了个奶茶店”, “公司缺资金”.

Without a first person a fact may be a search as well, so that this is asked only where nothing
was found for it.
"""

from __future__ import annotations

import re

from bot.core.domain.knowledge import DISTRICT, IDENTITY, NEEDS, STAGE
from bot.core.nlu.command_classifier import MessageParser
from bot.core.nlu.patterns import HOPING, age_in_passing, has_content, is_question, speaks_of_kin
from bot.core.nlu.profile_extractor import Facts
from bot.core.text.normalizer import segments

_LACKING = re.compile(r"缺|没|冇|不够|差(?:点|些|一)")
# Somebody who says what they did speaks of themselves.
_DONE = re.compile(r"(?:开|办|做|搞|弄|卖|种|养|盘|经营|成立|注册)(?:了|着|过|的是|有)")
_WISHING = re.compile(r"想|打算|计划|准备")
_THERE = re.compile(r"柳州市?|本地|老家|家乡|县城|城里|镇上|村里|回来|回去|这边|那边|[在回到]")
# Who left school this year or the last cannot have run a firm for long.
_YOUNG = re.compile(
    r"(?:今年|去年|刚刚?|才)(?:才|刚)?(?:从?大学|本科|大专|专科)?毕业[^。?？!！;；]{0,10}?"
    r"(?:开|办|做|搞|弄|盘|成立|注册)了"
)


def told_plainly(clean: str, reader: MessageParser) -> Facts | None:
    """The facts that a normalised message tells without saying of whom; None where it asks,
    hopes, speaks of somebody else, or names one thing only."""
    if is_question(clean) or HOPING.search(clean) or speaks_of_kin(clean):
        return None
    slots = reader.knowledge.slots.values()
    said = {slot.id: reader.named(clean, slot) for slot in slots if slot.id != NEEDS}
    said[NEEDS], _ = lacked(clean, reader)
    stage = age_in_passing(clean)[0] or ("startup" if _YOUNG.search(clean) else "")
    if stage and not said.get(STAGE):
        said[STAGE] = (stage,)
    said = {slot: named for slot, named in said.items() if named}
    if len(said) < 2 or not said.keys() & {IDENTITY, STAGE}:
        return None
    if not _DONE.search(clean) and not only_facts(clean, reader):
        return None
    return Facts(said, {}, False, "")


def hoped(clean: str, reader: MessageParser) -> Facts | None:
    """That somebody is at the very start, where a normalised message wishes for a business and
    says nothing else but where: “想在柳州开公司”."""
    if not _WISHING.search(clean) or is_question(clean) or speaks_of_kin(clean):
        return None
    apart = reader.ventures.without(clean)
    if not apart or has_content(_besides(_THERE.sub("", _WISHING.sub("", apart)), reader)):
        return None
    district = reader.knowledge.slots.get(DISTRICT)
    where = reader.named(clean, district) if district else ()
    return Facts({STAGE: ("idea",), **({DISTRICT: where} if where else {})}, {}, False, "")


def only_facts(clean: str, reader: MessageParser) -> bool:
    """Whether a normalised text is names of choices, and says nothing besides."""
    return not has_content(_besides(clean, reader))


def lacked(clean: str, reader: MessageParser) -> tuple[tuple[str, ...], str]:
    """The needs that a normalised message says somebody lacks, in a part of it that says little
    else and does not ask: “缺钱”; and what its other parts say."""
    slot = reader.knowledge.slots.get(NEEDS)
    if not slot or not _LACKING.search(clean):
        return (), clean
    needs: list[str] = []
    rest = []
    for part in segments(clean):
        bare = _LACKING.search(part) and not is_question(part)
        named = reader.named(part, slot) if bare else ()
        if named and only_facts(part, reader):
            needs += named
        else:
            rest.append(part)
    return tuple(dict.fromkeys(needs)), "，".join(rest)


def _besides(clean: str, reader: MessageParser) -> str:
    """What a text says besides the names of all slots."""
    for slot in reader.knowledge.slots.values():
        clean = reader.without(clean, slot)
    return _LACKING.sub("", clean)
