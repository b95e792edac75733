"""Extract profile facts from a message: answers, statements, denials and corrections.

The words of each choice come from the knowledge; this module adds only grammatical patterns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from bot.core.domain.knowledge import IDENTITY, NEEDS, STAGE, Choice, Knowledge, Slot
from bot.core.nlu.gazetteer import Gazetteer, Mention
from bot.core.nlu.inline_facts import FACT_GAP_MAX, InlineFactExtractor
from bot.core.nlu.patterns import (
    ADDING,
    AMENDING,
    BEFORE_OBJECT,
    CORRECTING,
    DENIAL,
    DEPENDANTS,
    ENGLISH_ADVERBS,
    FILLER,
    FIRST_PERSON,
    WISH,
    extract_stage,
    has_content,
    is_question,
    mentions_other_person,
    stage_from_age,
)
from bot.core.text.normalizer import Lexicon, any_of, segments

# Most characters, without filler, that a text may have besides its mentions. All chosen by hand on
# the development scenarios. ANSWER: the answer to a slot with one answer, “厂子在柳江那边”; for a
# slot with several, half of the characters mentioned, at least MULTIPLE_ANSWER. STATEMENT: a
# segment that is left out of `Facts.rest`. BARE: a text that counts as its mentions alone.
ANSWER_REST_MAX = 8
MULTIPLE_ANSWER_REST_MIN = 3
STATEMENT_REST_MAX = 6
BARE_REST_MAX = 1
# Entries in each LRU cache of normalized texts; one turn normalizes the same text several times.
CLEAN_CACHE_SIZE = 1024
# An intention before a mention, up to the end of the text before it.
_INTENDED = re.compile(r"(?:想(?!返乡|回乡)|打算|计划|准备)([^,，。;；\s我的]*)$")
_OPENING = re.compile(r"开|办|搞|成立|注册")
# The start of a segment that continues a self-description.
_CONTINUATION = re.compile(r"也是|又是|还是|同时|也算|(?:现在|目前)?(?:刚刚?|才|已经?)|现在|目前")


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts that a message states about the user.

    `stated` and `denied`: slot id → choices. `correcting`: the message corrects earlier answers.
    `rest`: the text without the segments that only state facts. `asked`: the questions of segments
    that also state facts, without these facts.
    """

    stated: Mapping[str, tuple[str, ...]]
    denied: Mapping[str, tuple[str, ...]]
    correcting: bool = False
    rest: str = ""
    asked: str = ""


@dataclass(slots=True)
class _FactCollector:
    """Collects the facts of a message, segment by segment. `speaking`: an earlier segment stated
    or denied something about the user."""

    stated: dict[str, tuple[str, ...]]
    denied: dict[str, tuple[str, ...]]
    speaking: bool = False

    def add(self, slot: str, stated: Sequence[str], denied: Sequence[str]) -> None:
        """Add choices of a slot."""
        if stated:
            self.stated[slot] = tuple(dict.fromkeys((*self.stated.get(slot, ()), *stated)))
        if denied:
            self.denied[slot] = tuple(dict.fromkeys((*self.denied.get(slot, ()), *denied)))
        self.speaking = self.speaking or bool(stated or denied)


@dataclass(frozen=True, slots=True)
class SaidKinds:
    """Kinds of people that a message names: stated of the speaker, and only asked about."""

    stated: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()


@dataclass(frozen=True)
class ProfileExtractor:
    """Extracts facts with the words of one knowledge version."""

    knowledge: Knowledge
    lexicon: Lexicon

    def clean(self, text: str) -> str:
        """Return the normalized text (cached)."""
        return self._normalized(text)

    @cached_property
    def _normalized(self) -> Callable[[str], str]:
        return lru_cache(maxsize=CLEAN_CACHE_SIZE)(self.lexicon.normalize)

    @cached_property
    def _gazetteers(self) -> dict[str, Gazetteer]:
        """The gazetteer of each slot, by slot id."""
        returns = self.knowledge.locality.returns
        return {s.id: Gazetteer(s, self.lexicon, returns) for s in self.knowledge.slots.values()}

    def person_kinds(self, text: str) -> SaidKinds:
        """Return the kinds of people of later rules that a message names, without those that it
        denies or says of another person."""
        clean = self.clean(text)
        if not self._person_kinds.find(clean) or self.is_about_other_person(text):
            return SaidKinds()
        stated: list[str] = []
        asked: list[str] = []
        for segment in segments(clean):
            named = [m.choice for m in self._person_kinds.find(segment) if not m.negated]
            own = not is_question(segment) or FIRST_PERSON.search(segment)
            (stated if own else asked).extend(named)
        return SaidKinds(tuple(dict.fromkeys(stated)), tuple(dict.fromkeys(asked)))

    @cached_property
    def _person_kinds(self) -> Gazetteer:
        """The gazetteer of the kinds of people of later rules."""
        kinds = self.knowledge.person_kinds.values()
        choices = tuple(
            Choice(kind.label, kind.label, kind.words, not_words=kind.not_words) for kind in kinds
        )
        return Gazetteer(Slot("", "", "", "", choices, multiple=True), self.lexicon)

    @cached_property
    def city(self) -> re.Pattern[str]:
        """The names of the city."""
        return any_of(map(self.clean, self.knowledge.locality.city_words))

    @cached_property
    def _inline_facts(self) -> InlineFactExtractor:
        return InlineFactExtractor(self.knowledge, self._gazetteers)

    def person_words(self) -> list[str]:
        """Return the words of all slots that describe a person: all but the needs."""
        slots = [slot for slot in self.knowledge.slots.values() if slot.id != NEEDS]
        return [word for slot in slots for word in self._gazetteers[slot.id].words()]

    def is_about_other_person(self, text: str) -> bool:
        """Return whether the message is about a relative, friend or student of the user."""
        needs = self.knowledge.slots.get(NEEDS)
        mentioned = mentions_other_person(self.clean(text))
        # A need can contain a relative: “小孩上学”.
        return mentioned and (not needs or mentions_other_person(self.without(text, needs)))

    def extract_answer(self, text: str, slot: Slot) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Extract the choices stated and denied by an answer to the question of this slot.

        Return empty tuples for a question, and for a message with much other content.
        """
        clean = self.clean(text)
        if is_question(clean) or (slot.id == IDENTITY and mentions_other_person(clean)):
            return (), ()
        gazetteer = self._gazetteers[slot.id]
        found = gazetteer.find(clean)
        if slot.id == NEEDS:
            # “还没注册” is a stage and contains the need “注册”.
            other = [m for s, g in self._gazetteers.items() if s != NEEDS for m in g.find(clean)]
            found = tuple(m for m in found if not any(m.inside(o) for o in other))
        if slot.id == IDENTITY:
            # “想开公司” does not state the identity company.
            found = tuple(m for m in found if not _is_intended(clean, m))
        stated, denied = gazetteer.resolve(found)
        if slot.id == STAGE and not stated and (stage := stage_from_age(clean)):
            return (stage,), ()
        if not stated and not denied:
            return (), ()
        if slot.id == IDENTITY and FIRST_PERSON.search(clean):
            bare = len(_remainder(clean, found)) <= BARE_REST_MAX
            return stated if self._is_own(clean, slot, found, bare=bare) else (), denied
        rest = FILLER.sub("", DENIAL.sub("", _remove(clean, found)))
        matched = sum(m.end - m.start for m in found)
        rest_max = (
            max(MULTIPLE_ANSWER_REST_MIN, matched // 2) if slot.multiple else ANSWER_REST_MAX
        )
        if FIRST_PERSON.match(clean) or len(rest) <= rest_max:
            return stated, denied
        return (), ()

    def named(self, text: str, slot: Slot) -> tuple[str, ...]:
        """Return the choices of a slot that a text mentions, whatever else it says."""
        gazetteer = self._gazetteers[slot.id]
        return gazetteer.resolve(gazetteer.find(self.clean(text)))[0]

    def is_only(self, text: str, slot: Slot) -> bool:
        """Return whether a text mentions a choice of the slot and has no other content."""
        clean = self.clean(text)
        found = self._gazetteers[slot.id].find(clean)
        return bool(found) and not has_content(_remove(clean, found))

    def has_no_other_words(self, text: str, slot: Slot) -> bool:
        """Return whether a text has nothing but choices of the slot, possibly none, and filler."""
        clean = self.clean(text)
        return not _remainder(clean, self._gazetteers[slot.id].find(clean))

    def without(self, text: str, slot: Slot) -> str:
        """Return the normalized text without the mentions of the slot and without blanks."""
        clean = self.clean(text)
        return _remove(clean, self._gazetteers[slot.id].find(clean))

    def names_choices_only(self, text: str, slot: Slot) -> bool:
        """Return whether a text has choices of the slot, filler and nothing else. A wish such as
        “想当导师” is something else."""
        clean = self.clean(text)
        found = self._gazetteers[slot.id].find(clean)
        return bool(found) and not _remainder(clean, found) and not WISH.search(clean)

    def facts(self, text: str, *, bare: bool = False) -> Facts:
        """Extract the facts that a message states: “我是大三学生”, “我不是学生”.

        With `bare` (during the interview) a choice alone, “柳北区”, is a fact too; outside the
        interview it can be a search.
        """
        clean = ENGLISH_ADVERBS.sub("", self.clean(text).replace(" 们", "们"))
        return self._facts(clean, bare=bare)

    def _facts(self, clean: str, *, bare: bool) -> Facts:
        facts = _FactCollector({}, {})
        rest: list[str] = []
        asked: list[str] = []
        correcting = bool(CORRECTING.match(clean))
        for segment in segments(clean):
            segment = AMENDING.sub("", segment)
            mentions = {slot_id: g.find(segment) for slot_id, g in self._gazetteers.items()}
            if IDENTITY in mentions:
                mentions[IDENTITY] = _without_dependants(segment, mentions[IDENTITY])
            used = not is_question(segment) and self._add_statement(
                segment, mentions, facts, bare=bare or correcting
            )
            if correcting and not is_question(segment):
                used = self._add_decoys(segment, facts) or used
            inline, end = self._inline_facts.extract(segment, mentions)
            if end and is_question(segment):
                asked.append(segment[end:])
            if not is_question(segment) and STAGE in inline and not used:
                used = not has_content(extract_stage(segment)[1])
            for slot_id, choices in inline.items():
                facts.stated.setdefault(slot_id, choices)
                facts.speaking = True
            if not used:
                rest.append(segment)
        remaining = "，".join(rest)
        if not FILLER.sub("", CORRECTING.sub("", remaining)):
            remaining = ""
        stated = {s: self._without_replaced(s, choices) for s, choices in facts.stated.items()}
        adding = bool(ADDING.search(clean))
        correcting = correcting and not adding
        return Facts(stated, facts.denied, correcting, remaining, "，".join(asked))

    def _without_replaced(self, slot_id: str, stated: Sequence[str]) -> tuple[str, ...]:
        """Drop the choices that a later one replaces: “我是大学生，刚毕业”."""
        slot = self.knowledge.slots[slot_id]
        replaced = [choice.replaces if (choice := slot.choice(c)) else () for c in stated]
        return tuple(c for n, c in enumerate(stated) if not any(c in r for r in replaced[n + 1 :]))

    def _add_decoys(self, segment: str, facts: _FactCollector) -> bool:
        """Deny the choices whose decoys a correction contains: “我是租户”. Return whether the
        segment says little else."""
        used = False
        for slot_id, gazetteer in self._gazetteers.items():
            decoys = gazetteer.find_decoys(segment)
            if decoys and FIRST_PERSON.search(segment) and not mentions_other_person(segment):
                facts.add(slot_id, (), [m.choice for m in decoys])
                used = used or len(_remainder(DENIAL.sub("", segment), decoys)) <= BARE_REST_MAX
        return used

    def _add_statement(
        self,
        segment: str,
        mentions: Mapping[str, Sequence[Mention]],
        facts: _FactCollector,
        *,
        bare: bool,
    ) -> bool:
        """Add the facts about the user from a segment that is no question. Return whether the
        segment says little else."""
        used = False
        people = [m for slot, found in mentions.items() if slot != NEEDS for m in found]
        alone = bare and len(_remainder(segment, people)) <= BARE_REST_MAX
        for slot in self.knowledge.slots.values():
            found = mentions[slot.id]
            if not found:
                continue
            stated, denied = self._gazetteers[slot.id].resolve(found)
            rest = _remainder(segment, found)
            if slot.id == NEEDS:
                # Needs are common words: they count only alone or denied.
                stated, denied = (stated, denied) if denied or (bare and not rest) else ((), ())
            elif not (facts.speaking and self._continues(segment, slot, found)):
                own = self._is_own(segment, slot, found, bare=alone)
                stated, denied = (
                    (stated, denied) if own else ((), denied if len(rest) <= BARE_REST_MAX else ())
                )
            if slot.none_choice in stated and slot.id != IDENTITY:
                # A place of origin outside Liuzhou is not the place of the project.
                stated = ()
            facts.add(slot.id, stated, denied)
            # “我也想当导师” states a need and is also answered as a question.
            wish = slot.id == NEEDS and stated and WISH.search(segment)
            little = min(len(rest), len(_remainder(segment, people))) <= STATEMENT_REST_MAX
            used = used or bool((stated or denied) and little and not wish)
        return used

    @staticmethod
    def _continues(segment: str, slot: Slot, found: Sequence[Mention]) -> bool:
        """Return whether a segment after “我是…” is still about the user: “公司刚注册”, “也是…”,
        “想开个店”. A wish outside the mention excludes it."""
        if mentions_other_person(segment) or WISH.search(_remove(segment, found)):
            return False
        return not slot.multiple or bool(_CONTINUATION.match(segment))

    @staticmethod
    def _is_own(segment: str, slot: Slot, found: Sequence[Mention], *, bare: bool) -> bool:
        """Return whether the first mention is a fact about the user.

        A first person precedes it, without another person or a wish in between. With `bare` the
        segment is an answer without other content and needs no first person.
        """
        if not found:
            return False
        before = segment[: found[0].start]
        persons = list(FIRST_PERSON.finditer(before))
        if persons:
            between = before[persons[-1].end() :]
            if slot.id == IDENTITY and between.startswith("的"):
                return False
            if persons[-1][0] == "自己" and WISH.search(before):
                return False
            if BEFORE_OBJECT.search(before[: persons[-1].start()]):
                return False
            if mentions_other_person(before):
                return False
            return not WISH.search(between) and len(between) <= FACT_GAP_MAX
        inside = FIRST_PERSON.match(segment)
        # “想搞个众创空间” is a wish, as an answer too.
        return bool(inside and not mentions_other_person(segment)) or (
            bare and not WISH.search(before)
        )


def _without_dependants(segment: str, found: Sequence[Mention]) -> tuple[Mention, ...]:
    """Drop the people whom the user employs, teaches or serves: “招了几个农民工”."""
    return tuple(m for m in found if not DEPENDANTS.search(segment[: m.start]))


def _is_intended(clean: str, mention: Mention) -> bool:
    """Return whether a mention is of something that the user intends to open: “想在柳州开公司”."""
    intention = _INTENDED.search(clean[: mention.start])
    return bool(intention and _OPENING.search(intention[1] + clean[mention.start : mention.end]))


def _remainder(segment: str, mentions: Sequence[Mention]) -> str:
    """Return a segment without the mentions and without filler."""
    return FILLER.sub("", _remove(segment, mentions))


def _remove(text: str, mentions: Iterable[Mention]) -> str:
    """Return a text without the mentions and without blanks."""
    characters = list(text)
    for mention in mentions:
        characters[mention.start : mention.end] = " " * (mention.end - mention.start)
    return "".join(characters).replace(" ", "")
