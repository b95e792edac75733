"""What is told in one breath, without a pause, before it begins to ask: “我是农民工缺钱找谁”."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.domain.knowledge import IDENTITY, NEEDS, STAGE, Knowledge
from bot.core.nlu.gazetteer import Gazetteer, Named
from bot.core.nlu.patterns import (
    BEING,
    FIRST_PERSON,
    FOR_ME,
    HOPING,
    age_in_passing,
    asks_from,
    speaks_of_kin,
)

# How far from each other two facts told in one breath may stand.
BREATH = 12
_LACK = re.compile(r"(?:缺|没有|没|差|需要|急需)(?:点|些|个)?$")
_PLACED = re.compile(r"(?:[在回到来于]|老家)?$")
_ALSO = re.compile(r"(?:也|又|还|同时|兼|、)*(?:是|系|从)?(?:个|一个|名|一名)?")
# “我导师能…吗” is about somebody else, “我是导师能…吗” and “我毕业了能…吗” are not.
_SAYING_WHO = re.compile(r"[们是系]|作为|属于|毕业|回来|打工|读")


@dataclass(frozen=True)
class InlineFacts:
    """Reads it by the words of one knowledge version; `slot_words`: what people say for the
    choices of each slot."""

    knowledge: Knowledge
    slot_words: Mapping[str, Gazetteer]

    def told(
        self, segment: str, named: Mapping[str, Sequence[Named]]
    ) -> tuple[dict[str, tuple[str, ...]], int]:
        """What a run of words without a pause says of the speaker before it begins to ask, and
        where that ends: “我是农民工从广东回来在三江开了个店半年了缺钱找谁”."""
        stop, at = asks_from(segment), 0
        told: dict[str, list[str]] = {}
        person = FIRST_PERSON.search(segment, 0, stop)
        asking = stop < len(segment)
        # “来我们高校带课” asks about the speaker's place, it does not say who speaks.
        opens = not asking or not person or not segment[: person.start()].strip("那请问,， ")
        if person and opens and not FOR_ME.search(segment[: person.start()]):
            at = person.end()
            for slot_id, name in _in_order(named, stop):
                if name.start < person.start() or name.denied:
                    continue
                before = segment[at : max(at, name.start)]
                if speaks_of_kin(segment[: name.start]):
                    break
                if self._continues(segment, slot_id, name, before, bool(told), asking):
                    told.setdefault(slot_id, []).append(name.choice)
                    at = max(at, name.end)
        stage, _ = age_in_passing(segment[:stop])
        if stage and STAGE not in told and STAGE in named:
            told[STAGE] = [stage]
        end = at if told else 0
        return {slot: tuple(dict.fromkeys(choices)) for slot, choices in told.items()}, end

    def _continues(
        self, segment: str, slot_id: str, name: Named, before: str, speaking: bool, asking: bool
    ) -> bool:
        """Whether a name goes on with what the speaker says of themselves; `before` stands between
        it and the last one, or the first person."""
        slot = self.knowledge.slots[slot_id]
        if name.choice == slot.none_choice and slot_id != IDENTITY:
            return False
        if slot_id == NEEDS:
            word = segment[name.start : name.end]
            return speaking and bool(_LACK.match(word[:1]) or _LACK.search(before))
        if not speaking:
            ours = before.startswith("们") or segment[name.start : name.start + 2] == "我们"
            if ours and segment[name.end : name.end + 1] == "的":
                return False
            if segment[name.start : name.start + 2] == "我们":
                # “我们学校” is not the school itself, “我们公司” is the company.
                inner = segment[name.start + 2 : name.end]
                return self.slot_words[slot_id].knows(inner, name.choice)
            told = before + segment[name.start : name.end]
            if asking and slot_id == IDENTITY and not _SAYING_WHO.search(told):
                return False
            return bool(BEING.fullmatch(before))
        if len(before) > BREATH or HOPING.search(before):
            return False
        if slot_id == IDENTITY:
            return bool(_ALSO.fullmatch(before))
        return slot_id == STAGE or bool(_PLACED.search(before) if before else True)


def _in_order(named: Mapping[str, Sequence[Named]], stop: int) -> list[tuple[str, Named]]:
    """Every name that ends before the text begins to ask, with its slot, in its order."""
    known = [(slot, n) for slot, found in named.items() for n in found if n.end <= stop]
    return sorted(known, key=lambda pair: (pair[1].start, pair[1].end))
