"""What a founder says of themselves: answers, facts in passing, denials and corrections.

Everything is read from the words in the knowledge; the patterns here are only how people speak.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from bot.core.domain.knowledge import IDENTITY, NEEDS, STAGE, Knowledge, Slot
from bot.core.nlu.gazetteer import Gazetteer, Named
from bot.core.nlu.inline_facts import BREATH, InlineFacts
from bot.core.nlu.patterns import (
    ADDING,
    AMENDING,
    CORRECTING,
    DENIAL,
    FILLER,
    FIRST_PERSON,
    FOR_ME,
    OF_OTHERS,
    SMALL_ENGLISH,
    WISH,
    age_in_passing,
    age_of_firm,
    has_content,
    is_question,
    speaks_of_kin,
)
from bot.core.text.normalizer import Lexicon, segments

# How much else may stand beside the words of a slot that has one answer: “厂子在柳江那边”.
ROOM = 8
# Normalised texts that are kept, so that one message is normalised once in a turn.
CLEANED = 1024
_HOPED = re.compile(r"(?:想(?!返乡|回乡)|打算|计划|准备)([^,，。;；\s我的]*)$")
_OPENING = re.compile(r"开|办|搞|成立|注册")
_GOING_ON = re.compile(r"也是|又是|还是|同时|也算|(?:现在|目前)?(?:刚刚?|才|已经?)|现在|目前")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a message says of the founder: choices by slot, those denied, and whether it corrects
    what was said before. `rest` is the text without the stretches that only state facts; `asked`
    is what its questions ask, without the facts said in the same breath."""

    said: Mapping[str, tuple[str, ...]]
    denied: Mapping[str, tuple[str, ...]]
    correcting: bool = False
    rest: str = ""
    asked: str = ""


@dataclass(slots=True)
class ChoiceCollector:
    """Facts as they are gathered, segment by segment."""

    said: dict[str, tuple[str, ...]]
    denied: dict[str, tuple[str, ...]]
    speaking: bool = False

    def add(self, slot: str, yes: Sequence[str], no: Sequence[str]) -> None:
        """Put these choices to those that were gathered before."""
        if yes:
            self.said[slot] = tuple(dict.fromkeys((*self.said.get(slot, ()), *yes)))
        if no:
            self.denied[slot] = tuple(dict.fromkeys((*self.denied.get(slot, ()), *no)))
        self.speaking = self.speaking or bool(yes or no)


@dataclass(frozen=True)
class ProfileExtractor:
    """Reads facts by the words of one knowledge version."""

    knowledge: Knowledge
    lexicon: Lexicon

    def clean(self, text: str) -> str:
        """The text as the words of the knowledge are compared with it."""
        return self._normalised(text)

    @cached_property
    def _normalised(self) -> Callable[[str], str]:
        return lru_cache(maxsize=CLEANED)(self.lexicon.normalize)

    @cached_property
    def _slot_words(self) -> dict[str, Gazetteer]:
        """For each slot what people say for its choices."""
        return {s.id: Gazetteer(s, self.lexicon) for s in self.knowledge.slots.values()}

    @cached_property
    def _breath(self) -> InlineFacts:
        return InlineFacts(self.knowledge, self._slot_words)

    def said_of_people(self) -> list[str]:
        """What people say of who and where they are; their needs are topics, not people."""
        slots = [slot for slot in self.knowledge.slots.values() if slot.id != NEEDS]
        return [word for slot in slots for word in self._slot_words[slot.id].words()]

    def speaks_of_others(self, text: str) -> bool:
        """Whether the message is about somebody else: a son, a friend, a student of mine."""
        needs = self.knowledge.slots.get(NEEDS)
        spoken = speaks_of_kin(self.clean(text))
        # “小孩上学” is what the founder needs.
        return spoken and (not needs or speaks_of_kin(self.without(text, needs)))

    def answer(self, text: str, slot: Slot) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Choices meant and choices denied by a message that answers this slot and little else.
        A question answers nothing."""
        clean = self.clean(text)
        if is_question(clean) or (slot.id == IDENTITY and speaks_of_kin(clean)):
            return (), ()
        words = self._slot_words[slot.id]
        found = words.find(clean)
        if slot.id == NEEDS:
            # “还没注册” says how far somebody is, not that they want to register.
            other = [n for s, w in self._slot_words.items() if s != NEEDS for n in w.find(clean)]
            found = tuple(n for n in found if not any(n.inside(o) for o in other))
        if slot.id == IDENTITY:
            # Who wants to open a firm is none yet.
            found = tuple(n for n in found if not _is_hoped(clean, n))
        said, denied = words.meant(found)
        if slot.id == STAGE and not said and (grown := age_of_firm(clean)):
            return (grown,), ()
        if not said and not denied:
            return (), ()
        if slot.id == IDENTITY and FIRST_PERSON.search(clean):
            alone = len(_left(clean, found)) <= 1
            return said if self._own(clean, slot, found, bare=alone) else (), denied
        left = FILLER.sub("", DENIAL.sub("", _blank(clean, found)))
        matched = sum(n.end - n.start for n in found)
        room = max(3, matched // 2) if slot.multiple else ROOM
        if FIRST_PERSON.match(clean) or len(left) <= room:
            return said, denied
        return (), ()

    def named(self, text: str, slot: Slot) -> tuple[str, ...]:
        """The choices of a slot that a text names, whatever else it says."""
        words = self._slot_words[slot.id]
        return words.meant(words.find(self.clean(text)))[0]

    def is_only(self, text: str, slot: Slot) -> bool:
        """Whether a text names a choice of the slot and says nothing else."""
        clean = self.clean(text)
        found = self._slot_words[slot.id].find(clean)
        return bool(found) and not has_content(_blank(clean, found))

    def only_names(self, text: str, slot: Slot) -> bool:
        """Whether a text is choices of this slot, and small words at most."""
        clean = self.clean(text)
        return not _left(clean, self._slot_words[slot.id].find(clean))

    def without(self, text: str, slot: Slot) -> str:
        """A text, normalised, without the choices of this slot that it names."""
        clean = self.clean(text)
        return _blank(clean, self._slot_words[slot.id].find(clean))

    def names_alone(self, text: str, slot: Slot) -> bool:
        """Whether a text is names of the slot and no more; “想当导师” wishes for something."""
        clean = self.clean(text)
        found = self._slot_words[slot.id].find(clean)
        return bool(found) and not _left(clean, found) and not WISH.search(clean)

    def facts(self, text: str, *, bare: bool = False) -> Facts:
        """What the message says of the founder in passing: “我是大三学生”, “我不是学生”. With
        `bare` (while we ask questions) a lone “柳北区” counts too; else it may be a search."""
        clean = SMALL_ENGLISH.sub("", self.clean(text).replace(" 们", "们"))
        return self._facts(clean, bare=bare)

    def _facts(self, clean: str, *, bare: bool) -> Facts:
        told = ChoiceCollector({}, {})
        rest: list[str] = []
        asked: list[str] = []
        correcting = bool(CORRECTING.match(clean))
        for segment in segments(clean):
            segment = AMENDING.sub("", segment)
            named = {id_: words.find(segment) for id_, words in self._slot_words.items()}
            if IDENTITY in named:
                named[IDENTITY] = _not_of_others(segment, named[IDENTITY])
            used = not is_question(segment) and self._stated(
                segment, named, told, bare=bare or correcting
            )
            if correcting and not is_question(segment):
                used = self._unlike(segment, told) or used
            breath, end = self._breath.told(segment, named)
            if end and is_question(segment):
                asked.append(segment[end:])
            if not is_question(segment) and STAGE in breath and not used:
                used = not has_content(age_in_passing(segment)[1])
            for slot_id, choices in breath.items():
                told.said.setdefault(slot_id, choices)
                told.speaking = True
            if not used:
                rest.append(segment)
        remaining = "，".join(rest)
        if not FILLER.sub("", CORRECTING.sub("", remaining)):
            remaining = ""
        told.said = {s: self._not_over(s, said) for s, said in told.said.items()}
        adding = bool(ADDING.search(clean))
        correcting = correcting and not adding
        return Facts(told.said, told.denied, correcting, remaining, "，".join(asked))

    def _not_over(self, slot_id: str, said: Sequence[str]) -> tuple[str, ...]:
        """Without the choices that one told later ends: “我是大学生，刚毕业”."""
        slot = self.knowledge.slots[slot_id]
        ends = [choice.replaces if (choice := slot.choice(c)) else () for c in said]
        return tuple(c for n, c in enumerate(said) if not any(c in e for e in ends[n + 1 :]))

    def _unlike(self, segment: str, told: ChoiceCollector) -> bool:
        """Of a correction: the choices that it sounds like and is not are denied, “我是租户”. Is
        it little else?"""
        used = False
        for slot_id, words in self._slot_words.items():
            names = words.unlike(segment)
            if names and FIRST_PERSON.search(segment) and not speaks_of_kin(segment):
                told.add(slot_id, (), [n.choice for n in names])
                used = used or len(_left(DENIAL.sub("", segment), names)) <= 1
        return used

    def _stated(
        self,
        segment: str,
        named: Mapping[str, Sequence[Named]],
        told: ChoiceCollector,
        *,
        bare: bool,
    ) -> bool:
        """Add what a segment that asks nothing says of the speaker; is it little else?"""
        used = False
        people = [n for slot, found in named.items() if slot != NEEDS for n in found]
        alone = bare and len(_left(segment, people)) <= 1
        for slot in self.knowledge.slots.values():
            found = named[slot.id]
            if not found:
                continue
            yes, no = self._slot_words[slot.id].meant(found)
            left = _left(segment, found)
            if slot.id == NEEDS:
                # Its words are everybody's words: only a lone answer or a denial is one.
                yes, no = (yes, no) if no or (bare and not left) else ((), ())
            elif not (told.speaking and self._goes_on(segment, slot, found)):
                mine = self._own(segment, slot, found, bare=alone)
                yes, no = (yes, no) if mine else ((), no if len(left) <= 1 else ())
            if slot.none_choice in yes and slot.id != IDENTITY:
                # Where somebody comes from says nothing of where the project stands.
                yes = ()
            told.add(slot.id, yes, no)
            # “我也想当导师” is a need to keep, and still to be answered.
            wish = slot.id == NEEDS and yes and WISH.search(segment)
            little = min(len(left), len(_left(segment, people))) <= 6
            used = used or bool((yes or no) and little and not wish)
        return used

    @staticmethod
    def _goes_on(segment: str, slot: Slot, found: Sequence[Named]) -> bool:
        """Whether a segment after “我是…” still speaks of the speaker: “公司刚注册”, “也是…”,
        “想开个店”, where the wish itself is what is told."""
        if speaks_of_kin(segment) or WISH.search(_blank(segment, found)):
            return False
        return not slot.multiple or bool(_GOING_ON.match(segment))

    @staticmethod
    def _own(segment: str, slot: Slot, found: Sequence[Named], *, bare: bool) -> bool:
        """Whether the segment says it of the speaker: a first person before the word, nobody
        else's and no wish in between. `bare`: it says nothing else, and was asked for."""
        if not found:
            return False
        before = segment[: found[0].start]
        person = list(FIRST_PERSON.finditer(before))
        if person:
            between = before[person[-1].end() :]
            if slot.id == IDENTITY and between.startswith("的"):
                return False
            if person[-1][0] == "自己" and WISH.search(before):
                return False
            if FOR_ME.search(before[: person[-1].start()]) or speaks_of_kin(before):
                return False
            return not WISH.search(between) and len(between) <= BREATH
        inside = FIRST_PERSON.match(segment)
        # “想搞个众创空间” is a wish, while we ask too.
        return bool(inside and not speaks_of_kin(segment)) or (bare and not WISH.search(before))


def _not_of_others(segment: str, found: Sequence[Named]) -> tuple[Named, ...]:
    """Without those whom the speaker has or looks after: “招了几个农民工”."""
    return tuple(n for n in found if not OF_OTHERS.search(segment[: n.start]))


def _is_hoped(clean: str, name: Named) -> bool:
    """Whether a name is of something that somebody wishes to open: “想在柳州开公司”."""
    hope = _HOPED.search(clean[: name.start])
    return bool(hope and _OPENING.search(hope[1] + clean[name.start : name.end]))


def _left(segment: str, spans: Sequence[Named]) -> str:
    """What a segment says besides the words found in it and small words."""
    return FILLER.sub("", _blank(segment, spans))


def _blank(text: str, names: Iterable[Named]) -> str:
    chars = list(text)
    for name in names:
        chars[name.start : name.end] = " " * (name.end - name.start)
    return "".join(chars).replace(" ", "")
