"""Extract facts from the statement before a question in one segment: “我是农民工缺钱找谁”."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.domain.knowledge import IDENTITY, NEEDS, STAGE, Knowledge
from bot.core.nlu.gazetteer import Gazetteer, Mention
from bot.core.nlu.patterns import (
    BEFORE_OBJECT,
    COPULA,
    FIRST_PERSON,
    INTENTION,
    extract_stage,
    mentions_other_person,
    question_start,
)

# Longest text, in characters, between two facts of one segment, or between a first person and a
# fact. Chosen by hand on the development scenarios.
FACT_GAP_MAX = 12
# A lack before or at the start of a need.
_LACK = re.compile(r"(?:缺|没有|没|差|需要|急需)(?:点|些|个)?$")
# A preposition before a district.
_LOCATED = re.compile(r"(?:[在回到来于]|老家)?$")
# The text between two identities.
_ALSO = re.compile(r"(?:也|又|还|同时|兼|、)*(?:是|系|从)?(?:个|一个|名|一名)?")
# In a question an identity needs one of these: “我是导师能…吗” states an identity, “我导师能…吗”
# is about another person.
_IDENTITY_MARK = re.compile(r"[们是系]|作为|属于|毕业|回来|打工|读")


@dataclass(frozen=True)
class InlineFactExtractor:
    """Extracts inline facts with the words of one knowledge version. `gazetteers`: slot id →
    gazetteer."""

    knowledge: Knowledge
    gazetteers: Mapping[str, Gazetteer]

    def extract(
        self, segment: str, mentions: Mapping[str, Sequence[Mention]]
    ) -> tuple[dict[str, tuple[str, ...]], int]:
        """Extract what a segment says of the speaker before its question begins.

        `mentions`: slot id → the mentions in the segment. Return slot id → choices, and the index
        after the last fact, 0 without one. Example: “我是农民工在三江开了个店半年了缺钱找谁”.
        """
        stop, at = question_start(segment), 0
        facts: dict[str, list[str]] = {}
        person = FIRST_PERSON.search(segment, 0, stop)
        asking = stop < len(segment)
        # In a question the first person must come first: “来我们高校带课” states no identity.
        opens = not asking or not person or not segment[: person.start()].strip("那请问,， ")
        if person and opens and not BEFORE_OBJECT.search(segment[: person.start()]):
            at = person.end()
            for slot_id, mention in _in_order(mentions, stop):
                if mention.start < person.start() or mention.negated:
                    continue
                before = segment[at : max(at, mention.start)]
                if mentions_other_person(segment[: mention.start]):
                    break
                if self._is_fact(segment, slot_id, mention, before, bool(facts), asking):
                    facts.setdefault(slot_id, []).append(mention.choice)
                    at = max(at, mention.end)
        stage, _ = extract_stage(segment[:stop])
        if stage and STAGE not in facts and STAGE in mentions:
            facts[STAGE] = [stage]
        end = at if facts else 0
        return {slot: tuple(dict.fromkeys(choices)) for slot, choices in facts.items()}, end

    def _is_fact(
        self, segment: str, slot_id: str, mention: Mention, before: str, later: bool, asking: bool
    ) -> bool:
        """Return whether a mention is a fact about the speaker.

        `before`: the text after the previous fact, or after the first person. `later`: there is a
        previous fact. `asking`: the segment contains a question.
        """
        slot = self.knowledge.slots[slot_id]
        if mention.choice == slot.none_choice and slot_id != IDENTITY:
            return False
        if slot_id == NEEDS:
            word = segment[mention.start : mention.end]
            return later and bool(_LACK.match(word[:1]) or _LACK.search(before))
        if not later:
            ours = before.startswith("们") or segment[mention.start : mention.start + 2] == "我们"
            if ours and segment[mention.end : mention.end + 1] == "的":
                return False
            if segment[mention.start : mention.start + 2] == "我们":
                # “我们公司” states the identity company, “我们学校” is not an institution.
                inner = segment[mention.start + 2 : mention.end]
                return self.gazetteers[slot_id].contains(inner, mention.choice)
            phrase = before + segment[mention.start : mention.end]
            if asking and slot_id == IDENTITY and not _IDENTITY_MARK.search(phrase):
                return False
            return bool(COPULA.fullmatch(before))
        if len(before) > FACT_GAP_MAX or INTENTION.search(before):
            return False
        if slot_id == IDENTITY:
            return bool(_ALSO.fullmatch(before))
        return slot_id == STAGE or bool(_LOCATED.search(before) if before else True)


def _in_order(mentions: Mapping[str, Sequence[Mention]], stop: int) -> list[tuple[str, Mention]]:
    """Return the mentions that end at `stop` or before, with their slot ids, by position."""
    found = [(slot, m) for slot, in_slot in mentions.items() for m in in_slot if m.end <= stop]
    return sorted(found, key=lambda pair: (pair[1].start, pair[1].end))
