"""Extract profile facts from a message: answers, statements, denials and corrections.

The words of each choice come from the knowledge; this module adds only grammatical patterns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from bot.core.domain.knowledge import NEEDS, STAGE, Choice, Knowledge, Slot
from bot.core.nlu.entities import Entity, EntityReader
from bot.core.nlu.gazetteer import Gazetteer, Mention
from bot.core.nlu.patterns import (
    CORRECTING,
    FILLER,
    FIRST_PERSON,
    WISH,
    has_content,
    is_question,
    mentions_other_person,
)
from bot.core.nlu.scopes import SPEAKER, Clause, ScopeReader, Scopes
from bot.core.text.normalizer import Lexicon, any_of, segment_spans, segments

# Most characters, without filler, that a segment has besides its facts if it says nothing else.
# Chosen by hand on the development scenarios.
STATEMENT_REST_MAX = 6
# Entries in each LRU cache of normalized texts; one turn normalizes the same text several times.
CLEAN_CACHE_SIZE = 1024
# Entries in the LRU cache of facts: one turn reads the facts of its text several times.
FACTS_CACHE_SIZE = 256


@dataclass(frozen=True, slots=True)
class OtherFacts:
    """The facts that a message states about a person other than the speaker."""

    stated: Mapping[str, tuple[str, ...]]
    denied: Mapping[str, tuple[str, ...]]


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
    others: Mapping[str, OtherFacts] = field(default_factory=dict)
    about: str | None = None
    sure: bool = True
    asks: bool = False
    plans: bool = False

    def of(self, person: str) -> Facts:
        """Return the message with the facts of one person as `stated` and `denied`."""
        if person == SPEAKER:
            return self
        found = self.others.get(person, OtherFacts({}, {}))
        return replace(self, stated=found.stated, denied=found.denied)


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

    @cached_property
    def entities(self) -> EntityReader:
        """Reads the mentions of all slots with their scope."""
        scopes = ScopeReader(self.knowledge, self.lexicon)
        return EntityReader(self.knowledge, scopes, self._gazetteers)

    def facts(
        self,
        text: str,
        *,
        pending: str = "",
        bare: bool = False,
        last_person: str = "",
        speaker: str = SPEAKER,
        year: int = 0,
    ) -> Facts:
        """Extract the facts that a message states, of the speaker and of other people. See
        `EntityReader.read` for the arguments."""
        clean = self.clean(text).replace(" 们", "们")
        return self._facts(clean, pending, bare, last_person, speaker, year)

    @cached_property
    def _facts(self) -> Callable[[str, str, bool, str, str, int], Facts]:
        return lru_cache(maxsize=FACTS_CACHE_SIZE)(self._read_facts)

    def _read_facts(
        self, clean: str, pending: str, bare: bool, last_person: str, speaker: str, year: int
    ) -> Facts:
        scopes, found = self.entities.read(
            self._standard(clean),
            pending=pending,
            bare=bare,
            last_person=last_person,
            speaker=speaker,
            year=year,
        )
        found += self._decoys(scopes, found)
        people = dict.fromkeys(e.person for e in found)
        by_person = {p: self._resolve([e for e in found if e.person == p]) for p in people}
        mine = by_person.pop(SPEAKER, OtherFacts({}, {}))
        rest = self._unstated(clean, scopes, found, pending)
        return Facts(
            mine.stated,
            mine.denied,
            scopes.correcting and not scopes.adding,
            rest,
            self._asked(clean, scopes, found),
            by_person,
            self._about(scopes, found),
            any(e.sure for e in found),
            any(clause.asks for clause in scopes.clauses),
            any(any(clause.of("plans")) for clause in scopes.clauses[1:]),
        )

    def ends_as_statement(self, text: str) -> bool:
        """Return whether a text ends like a statement about somebody: “学院大二的”."""
        return self.entities.scopes.has("heads", self.clean(text)[-1:])

    def _standard(self, clean: str) -> str:
        """Replace dialect words by standard ones of the same length."""
        return self._dialect.sub(lambda found: self.knowledge.spoken[found[0]], clean)

    @cached_property
    def _dialect(self) -> re.Pattern[str]:
        spoken = self.knowledge.spoken
        return any_of(word for word, standard in spoken.items() if len(word) == len(standard))

    def _decoys(self, scopes: Scopes, found: Sequence[Entity]) -> list[Entity]:
        """Return the denials by words that only resemble a choice: “我是城里人” is no migrant
        worker."""
        denied = []
        for slot_id, gazetteer in self._gazetteers.items():
            for decoy in gazetteer.find_decoys(scopes.text):
                clause = next(c for c in scopes.clauses if c.start <= decoy.start < c.end)
                subject = scopes.subject_before(clause, decoy.start)
                stated = any(e.slot == slot_id and e.choice == decoy.choice for e in found)
                own = subject is not None and subject.name == SPEAKER
                if (own or scopes.correcting) and not stated and not clause.asks:
                    denied.append(
                        Entity(slot_id, decoy.choice, decoy.start, decoy.end, negated=True)
                    )
        return denied

    def _resolve(self, found: Sequence[Entity]) -> OtherFacts:
        """Reduce the entities of one person to the choices stated and denied."""
        stated: dict[str, tuple[str, ...]] = {}
        denied: dict[str, tuple[str, ...]] = {}
        for slot in self.knowledge.slots.values():
            mentions = [
                Mention(e.start, e.end, e.choice, e.negated) for e in found if e.slot == slot.id
            ]
            positive, negative = self._gazetteers[slot.id].resolve(mentions)
            if positive:
                stated[slot.id] = self._without_replaced(slot.id, positive)
            if negative:
                denied[slot.id] = negative
        for slot_id, choices in tuple(stated.items()):
            slot = self.knowledge.slots[slot_id]
            left = tuple(c for c in choices if not self._ruled_out(slot.choice(c), stated))
            stated[slot_id] = left
        return OtherFacts({s: c for s, c in stated.items() if c}, denied)

    @staticmethod
    def _ruled_out(choice: Choice | None, stated: Mapping[str, Sequence[str]]) -> bool:
        """Return whether other stated facts exclude a choice: “我公司还没开” is no company."""
        condition = choice.possible_if if choice else None
        given = stated.get(condition.slot) if condition else None
        return bool(condition and given and not set(given) & set(condition.allowed))

    @staticmethod
    def _about(scopes: Scopes, found: Sequence[Entity]) -> str | None:
        """Return whose matter a message is: of the person it asks for, of whom it asks what that
        person may apply for, or of whom it states facts; None if it does not say."""
        if scopes.about is not None:
            return scopes.about
        asked = [
            scopes.person_at(applying.start)
            for clause in scopes.clauses
            if clause.asks
            for applying in clause.of("applying")
            if scopes.subject_before(clause, applying.start)
        ]
        own = {s.name for s in scopes.subjects if s.kind != "role"}
        stated = [e.person for e in found if e.sure and e.person in own]
        subjects = [s.name for s in scopes.subjects if s.kind != "role"]
        if not asked and subjects and subjects[-1] == SPEAKER:
            # “回来的是我老婆，我没出去过”: the message ends with the speaker.
            stated = [SPEAKER] if stated else []
        others = [p for p in (*asked, *stated) if p != SPEAKER]
        if others and (SPEAKER not in asked or asked[-1] != SPEAKER):
            return others[-1] if not asked or asked[-1] == SPEAKER else asked[-1]
        planned = [
            clause
            for clause in scopes.clauses
            for plan in clause.of("plans")
            if scopes.subject_before(clause, plan.start)
        ]
        own_plan = planned and all(s.name == SPEAKER for s in scopes.subjects if s.kind != "role")
        return SPEAKER if SPEAKER in asked or SPEAKER in stated or own_plan else None

    def _wishes(self, clause: Clause, found: Sequence[Entity]) -> bool:
        """Return whether a clause has a wish that can be answered, other than to open a business
        without more: “想开店没钱”, not “想开个店”."""
        inside = [e for e in found if clause.start <= e.start < clause.end]
        opens = any(e.slot == STAGE for e in inside) and all(e.slot != NEEDS for e in inside)
        return any(clause.of("plans")) and not opens

    def _unstated(self, clean: str, scopes: Scopes, found: Sequence[Entity], pending: str) -> str:
        """Return the segments that say more than facts."""
        left = []
        answered = any(e.slot == pending for e in found)
        asks = any(clause.asks for clause in scopes.clauses)
        for start, end in segment_spans(scopes.text):
            inside = [Mention(e.start, e.end, "") for e in found if start <= e.start < end]
            times = [
                Mention(m.start, m.end, "")
                for clause in scopes.clauses
                for m in clause.of("recently")
                if start <= m.start < end
            ]
            segment = clean[start:end]
            moved = [Mention(m.start - start, min(m.end, end) - start, "") for m in inside + times]
            asking = any(
                c.asks or (pending != NEEDS and self._wishes(c, found))
                for c in scopes.clauses
                if start <= c.start < end
            )
            little = len(_remainder(segment, moved)) <= STATEMENT_REST_MAX
            describing = any(e.describes for e in found if start <= e.start < end)
            if asking or describing or not ((inside and little) or (answered and not asks)):
                left.append(segment)
        remaining = "，".join(left)
        return remaining if FILLER.sub("", CORRECTING.sub("", remaining)) else ""

    @staticmethod
    def _asked(clean: str, scopes: Scopes, found: Sequence[Entity]) -> str:
        """Return the questions of the clauses that also state facts."""
        parts = []
        for clause in scopes.clauses:
            ends = [e.end for e in found if clause.start <= e.start < clause.end]
            if clause.asks and ends:
                parts.append(clean[max(ends) : clause.end])
        return "，".join(parts)

    def _without_replaced(self, slot_id: str, stated: Sequence[str]) -> tuple[str, ...]:
        """Drop the choices that a later one replaces: “我是大学生，刚毕业”."""
        slot = self.knowledge.slots[slot_id]
        replaced = [choice.replaces if (choice := slot.choice(c)) else () for c in stated]
        return tuple(c for n, c in enumerate(stated) if not any(c in r for r in replaced[n + 1 :]))


def _remainder(segment: str, mentions: Sequence[Mention]) -> str:
    """Return a segment without the mentions and without filler."""
    return FILLER.sub("", _remove(segment, mentions))


def _remove(text: str, mentions: Iterable[Mention]) -> str:
    """Return a text without the mentions and without blanks."""
    characters = list(text)
    for mention in mentions:
        characters[mention.start : mention.end] = " " * (mention.end - mention.start)
    return "".join(characters).replace(" ", "")
