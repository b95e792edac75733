"""Extract profile facts from a message: answers, statements, denials and corrections.

The words of each choice come from the knowledge.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from bot.core.domain.knowledge import DISTRICT, IDENTITY, NEEDS, STAGE, Knowledge, Slot
from bot.core.nlu.classifiers.acts import ActRecogniser
from bot.core.nlu.facts.entities import (
    PERSON_KINDS,
    WARNING_RULES,
    Entity,
    EntityWords,
    Situation,
    entity_words,
)
from bot.core.nlu.facts.fact_model import FactScorer
from bot.core.nlu.facts.gazetteer import Found, Gazetteer, Mention
from bot.core.nlu.facts.scopes import SPEAKER, Clause, Scopes
from bot.core.nlu.facts.stages import read_entities
from bot.core.nlu.patterns import (
    CORRECTING,
    FILLER,
    FIRST_PERSON,
    WISH,
    has_content,
    is_question,
    mentions_other_person,
    rest_without,
    without_spans,
)
from bot.core.text.normalizer import Lexicon, any_of, segment_spans, segments

# Most characters, without filler, that a segment has besides its facts if it says nothing else.
# Chosen by hand on the development scenarios.
STATEMENT_REST_MAX = 6
# Entries in the LRU cache of facts: one turn reads the facts of its text several times.
FACTS_CACHE_SIZE = 256
_UNKNOWN = Situation()


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
    that also state facts, without these facts. `others`: the facts of other people by name;
    `about`: whose matter the message is, None if it does not say. `sure`: it names the person;
    `asks`: it asks something; `plans`: a clause after the first has a plan.
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


# What a message states that states nothing.
NO_FACTS = Facts({}, {})


@dataclass(frozen=True, slots=True)
class SaidKinds:
    """Kinds of people that a message names: stated of the speaker, and only asked about."""

    stated: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()


@dataclass(frozen=True)
class ProfileExtractor:
    """Extracts facts with the words of one knowledge version, and with the classifier of `acts` if
    there is one."""

    knowledge: Knowledge
    lexicon: Lexicon
    acts: ActRecogniser | None = None

    def clean(self, text: str) -> str:
        """Return the normalized text."""
        return self.lexicon.normalize(text)

    @cached_property
    def _words(self) -> EntityWords:
        return entity_words(self.knowledge, self.lexicon)

    @property
    def gazetteer(self) -> Gazetteer:
        """The words of all slots, and of the kinds of people of later rules."""
        return self._words.gazetteer

    @cached_property
    def _scorer(self) -> FactScorer | None:
        if self.acts is None:
            return None
        model = self.acts.model
        return FactScorer(self._words, self.acts.vector, model.facts, model.places)

    def person_kinds(self, text: str) -> SaidKinds:
        """Return the kinds of people of later rules that a message names, without those that it
        denies or says of another person."""
        clean = self.clean(text)
        if not self.gazetteer.find(clean, PERSON_KINDS) or self.is_about_other_person(text):
            return SaidKinds()
        stated: list[str] = []
        asked: list[str] = []
        for segment in segments(clean):
            named = [
                m.choice for m, negated in self._mentions(segment, PERSON_KINDS) if not negated
            ]
            own = not is_question(segment) or FIRST_PERSON.search(segment)
            (stated if own else asked).extend(named)
        return SaidKinds(tuple(dict.fromkeys(stated)), tuple(dict.fromkeys(asked)))

    def warnings(self, text: str) -> frozenset[str]:
        """Return the statements of later rules that a message names by their `words`."""
        mentions = self.gazetteer.find(self.clean(text), WARNING_RULES)
        return frozenset(mention.choice for mention in mentions)

    def _mentions(self, clean: str, slot: str) -> list[tuple[Mention, bool]]:
        """Return the mentions of a slot in a text, each with whether the text denies it."""
        found = self.gazetteer.find(clean, slot)
        reader = self._words.scopes
        return [(m, reader.is_denied(clean, m.start, need=slot == NEEDS)) for m in found]

    @cached_property
    def city(self) -> re.Pattern[str]:
        """The names of the city."""
        return any_of(map(self.clean, self.knowledge.locality.city_words))

    def is_about_other_person(self, text: str) -> bool:
        """Return whether the message is about a relative, friend or student of the user."""
        needs = self.knowledge.slots.get(NEEDS)
        mentioned = mentions_other_person(self.clean(text))
        # A need can contain a relative: “小孩上学”.
        return mentioned and (not needs or mentions_other_person(self.without(text, needs)))

    def named(self, text: str, slot: Slot) -> tuple[str, ...]:
        """Return the choices of a slot that a text mentions, whatever else it says."""
        return self.gazetteer.resolve(slot.id, self._mentions(self.clean(text), slot.id))[0]

    def is_only(self, text: str, slot: Slot) -> bool:
        """Return whether a text mentions a choice of the slot and has no other content."""
        clean = self.clean(text)
        found = self.gazetteer.find(clean, slot.id)
        return bool(found) and not has_content(without_spans(found, clean))

    def has_no_other_words(self, text: str, slot: Slot) -> bool:
        """Return whether a text has nothing but choices of the slot, possibly none, and filler."""
        clean = self.clean(text)
        return not rest_without(self.gazetteer.find(clean, slot.id), clean)

    def without(self, text: str, slot: Slot) -> str:
        """Return the normalized text without the mentions of the slot and without blanks."""
        clean = self.clean(text)
        return without_spans(self.gazetteer.find(clean, slot.id), clean)

    def names_choices_only(self, text: str, slot: Slot) -> bool:
        """Return whether a text has choices of the slot, filler and nothing else. A wish such as
        “想当导师” is something else."""
        clean = self.clean(text)
        found = self.gazetteer.find(clean, slot.id)
        return bool(found) and not rest_without(found, clean) and not WISH.search(clean)

    def facts(self, text: str, situation: Situation = _UNKNOWN) -> Facts:
        """Extract the facts that a message states, of the speaker and of other people."""
        return self._facts(self.clean(text).replace(" 们", "们"), situation)

    @cached_property
    def _facts(self) -> Callable[[str, Situation], Facts]:
        return lru_cache(maxsize=FACTS_CACHE_SIZE)(self._read_facts)

    def _read_facts(self, clean: str, situation: Situation) -> Facts:
        scopes, mentions, found = read_entities(self._words, self._standard(clean), situation)
        if self._scorer:
            found = self._scorer.judge(scopes, mentions, found, situation)
        found = [*self._still_true(found, scopes), *self._decoys(scopes, found)]
        people = dict.fromkeys(e.person for e in found)
        by_person = {p: self._resolve([e for e in found if e.person == p]) for p in people}
        mine = by_person.pop(SPEAKER, OtherFacts({}, {}))
        return Facts(
            mine.stated,
            mine.denied,
            scopes.correcting and not scopes.adding,
            self._unstated(clean, scopes, found, situation.pending),
            self._asked(clean, scopes, found),
            by_person,
            _about(scopes, found, situation),
            self._is_sure(scopes, found),
            any(clause.asks for clause in scopes.clauses),
            any(any(clause.of("plans")) for clause in scopes.clauses[1:]),
        )

    def ends_as_statement(self, text: str) -> bool:
        """Return whether a text ends like a statement about somebody: “学院大二的”."""
        return self._words.scopes.has("heads", self.clean(text)[-1:])

    def _standard(self, clean: str) -> str:
        """Replace dialect words by standard ones of the same length."""
        return self._dialect.sub(lambda found: self.knowledge.spoken[found[0]], clean)

    @cached_property
    def _dialect(self) -> re.Pattern[str]:
        spoken = self.knowledge.spoken
        return any_of(word for word, standard in spoken.items() if len(word) == len(standard))

    def _still_true(self, found: Sequence[Entity], scopes: Scopes) -> list[Entity]:
        """Return the facts that no later word of the message denies: “读到大二就退学了”."""
        ended = [
            (decoy.choice, decoy.start, scopes.person_at(decoy.start))
            for each in self.gazetteer.find_all(scopes.text).values()
            for decoy in each.decoys
            if self._denies(decoy, scopes.text) and _is_told(scopes, decoy)
        ]
        return [
            e
            for e in found
            if not any(e.choice == c and e.start < at and e.person == p for c, at, p in ended)
        ]

    def _denies(self, decoy: Mention, text: str) -> bool:
        """Return whether a word denies its choice by itself: 退学."""
        slots = self.knowledge.slots.values()
        choice = next((c for slot in slots if (c := slot.choice(decoy.choice))), None)
        return choice is not None and text[decoy.start : decoy.end] in choice.denied_by

    def _decoys(self, scopes: Scopes, found: Sequence[Entity]) -> list[Entity]:
        """Return the denials by words that only resemble a choice: “我是城里人” is no migrant
        worker."""
        denied = []
        all_found = self.gazetteer.find_all(scopes.text)
        for slot_id in self.knowledge.slots:
            for decoy in all_found.get(slot_id, Found()).decoys:
                clause = scopes.clause_at(decoy.start)
                subject = scopes.subject_before(clause, decoy.start)
                stated = any(e.slot == slot_id and e.choice == decoy.choice for e in found)
                denies = self._denies(decoy, scopes.text)
                own = scopes.person_at(decoy.start) == SPEAKER and (subject or denies)
                if (own or scopes.correcting) and not stated and not clause.asks:
                    denied.append(
                        Entity(slot_id, decoy.choice, decoy.start, decoy.end, negated=True)
                    )
        return denied

    def _resolve(self, found: Sequence[Entity]) -> OtherFacts:
        """Reduce the entities of one person to the choices stated and denied."""
        stated: dict[str, tuple[str, ...]] = {}
        denied: dict[str, tuple[str, ...]] = {}
        for slot in self.knowledge.slots:
            mentions = [
                (Mention(e.start, e.end, e.choice), e.negated) for e in found if e.slot == slot
            ]
            positive, negative = self.gazetteer.resolve(slot, mentions)
            if positive:
                stated[slot] = self._without_replaced(slot, positive)
            if negative:
                denied[slot] = negative
        for slot, choices in tuple(stated.items()):
            stated[slot] = tuple(c for c in choices if not self._ruled_out(slot, c, stated))
        return OtherFacts({s: c for s, c in stated.items() if c}, denied)

    def _ruled_out(self, slot: str, choice: str, stated: Mapping[str, Sequence[str]]) -> bool:
        """Return whether other stated facts exclude a choice: “我公司还没开” is no company."""
        found = self.knowledge.slots[slot].choice(choice)
        condition = found.possible_if if found else None
        given = stated.get(condition.slot) if condition else None
        return bool(condition and given and not set(given) & set(condition.allowed))

    def _without_replaced(self, slot: str, stated: Sequence[str]) -> tuple[str, ...]:
        """Drop the choices that a later one replaces: “我是大学生，刚毕业”."""
        choices = [self.knowledge.slots[slot].choice(c) for c in stated]
        replaced = [choice.replaces if choice else () for choice in choices]
        return tuple(c for n, c in enumerate(stated) if not any(c in r for r in replaced[n + 1 :]))

    def _unstated(self, clean: str, scopes: Scopes, found: Sequence[Entity], pending: str) -> str:
        """Return the segments that say more than facts."""
        left = []
        answered = any(e.slot == pending for e in found)
        asks = any(clause.asks for clause in scopes.clauses)
        for start, end in segment_spans(scopes.text):
            clauses = [c for c in scopes.clauses if start <= c.start < end]
            inside = [e for e in found if start <= e.start < end]
            spans = [(e.start, e.end) for e in inside]
            spans += [(m.start, m.end) for c in clauses for m in c.of("recently")]
            segment = clean[start:end]
            moved = [Mention(s - start, min(e, end) - start, "") for s, e in spans]
            asking = any(c.asks or (pending != NEEDS and _wishes(c, found)) for c in clauses)
            little = len(rest_without(moved, segment)) <= STATEMENT_REST_MAX
            describing = any(e.describes for e in inside)
            if asking or describing or not ((inside and little) or (answered and not asks)):
                left.append(segment)
        remaining = "，".join(left)
        return remaining if FILLER.sub("", CORRECTING.sub("", remaining)) else ""

    def _is_sure(self, scopes: Scopes, found: Sequence[Entity]) -> bool:
        """Return whether a message states its facts: it names the person, or it asks nothing and
        tells a stage, or a fact among other things."""
        if any(e.sure for e in found):
            return True
        if any(clause.asks for clause in scopes.clauses) or any(e.describes for e in found):
            return False
        # A plan alone may be a search: “想注册个奶茶店商标”.
        plans = any(any(c.of("plans")) for c in scopes.clauses)
        named = not plans or self.gazetteer.find(scopes.text, STAGE)
        stage = any(e.slot == STAGE for e in found) and named
        return bool(stage or (found and len(scopes.clauses) > 1))

    @staticmethod
    def _asked(clean: str, scopes: Scopes, found: Sequence[Entity]) -> str:
        """Return the questions of the clauses that also state facts."""
        parts = []
        for clause in scopes.clauses:
            ends = [e.end for e in found if clause.start <= e.start < clause.end]
            if clause.asks and ends:
                parts.append(clean[max(ends) : clause.end])
        return "，".join(parts)


def _is_told(scopes: Scopes, mention: Mention) -> bool:
    """Return whether a text says that something is so: it neither asks nor denies it, and it is
    no plan: “想退学”."""
    clause = scopes.clause_at(mention.start)
    return not clause.asks and not clause.before(mention.start, "plans", "supposed", "negations")


def _wishes(clause: Clause, found: Sequence[Entity]) -> bool:
    """Return whether a clause has a wish that can be answered, other than to open a business
    without more: “想开店没钱”, not “想开个店”."""
    inside = [e for e in found if clause.start <= e.start < clause.end]
    opens = any(e.slot == STAGE for e in inside) and all(e.slot != NEEDS for e in inside)
    return any(clause.of("plans")) and not opens


def _about(scopes: Scopes, found: Sequence[Entity], situation: Situation) -> str | None:
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
    subjects = [s.name for s in scopes.subjects if s.kind != "role"]
    stated = [e.person for e in found if e.sure and e.person in subjects]
    if not asked and subjects and subjects[-1] == SPEAKER:
        # “回来的是我老婆，我没出去过”: the message ends with the speaker.
        stated = [SPEAKER] if stated else []
    if not asked and any(e.slot == situation.pending and e.person == SPEAKER for e in found):
        return None  # “大学生，爸妈是农民工” answers the question
    mine = sum(e.person == SPEAKER for e in found)
    passing = {p for p in stated if _is_passing(scopes, found, p, mine, known=situation.known)}
    stated = [p for p in stated if p not in passing]
    others = [p for p in (*asked, *stated) if p != SPEAKER]
    if others and (SPEAKER not in asked or asked[-1] != SPEAKER):
        return others[-1] if not asked or asked[-1] == SPEAKER else asked[-1]
    planned = any(
        scopes.subject_before(clause, plan.start)
        for clause in scopes.clauses
        for plan in clause.of("plans")
    )
    own_plan = planned and all(name == SPEAKER for name in subjects)
    return SPEAKER if SPEAKER in asked or SPEAKER in stated or own_plan else None


def _is_passing(
    scopes: Scopes, found: Sequence[Entity], person: str, mine: int, *, known: bool
) -> bool:
    """Return whether a message only mentions a person beside the speaker's own matter: more is
    said of the speaker, or the speaker is known and the person plans and needs nothing."""
    if person == SPEAKER:
        return False
    theirs = [e for e in found if e.person == person]
    if mine > len(theirs):
        return True
    plans = any(
        scopes.person_at(mark.start) == person
        for clause in scopes.clauses
        for mark in clause.of("plans", "wants")
    )
    return known and not plans and all(e.slot in (IDENTITY, DISTRICT) for e in theirs)
