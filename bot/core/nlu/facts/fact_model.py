"""The facts that a part of a text states about the speaker, learnt from samples.

One linear classifier is trained on `knowledge/facts/`: for every slot, which choice a text states,
or nothing. It decides together with the words of the choices (`stages.read_entities`): what both
find is a fact, what only one of them finds is a fact if the other does not object.
"""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import itemgetter
from zlib import crc32

from bot.core.domain.knowledge import DISTRICT, IDENTITY, NEEDS, STAGE
from bot.core.nlu.facts.durations import durations, founding_year
from bot.core.nlu.facts.entities import Entity, EntityWords, Situation
from bot.core.nlu.facts.firm_stages import FirmStages
from bot.core.nlu.facts.gazetteer import Mention
from bot.core.nlu.facts.place_model import OWN, place_features, says_more, tells
from bot.core.nlu.facts.scopes import SPEAKER, Clause, Scopes
from bot.core.nlu.facts.stages import is_closed
from bot.core.nlu.patterns import is_question, rest_without
from bot.core.retrieval.linear_classifier import (
    Features,
    LinearClassifier,
    Vector,
    softmax,
)
from bot.core.retrieval.training import TrainingSet, grouped_training_set
from bot.core.text.normalizer import segment_spans

# Passes of the training, and the weights of a scope word and of a word of a choice. Measured in
# docs/decisions/054.
PASSES = 40
MARK_WEIGHT, CHOICE_WEIGHT = 0.5, 1.0
# Probability from which the classifier alone states a fact, by slot, and that no choice of a slot
# fits; needs share the probability of a text that has several. Probability below which a fact that
# only the words state is dropped, by slot, and in a plain statement. Measured in
# docs/decisions/054.
STATED_FROM = {IDENTITY: 0.4, STAGE: 0.6, NEEDS: 0.4}
NONE_FROM = 0.6
KEPT_FROM = {IDENTITY: 0.1, STAGE: 0.1, NEEDS: 0.05}
PLAIN_FROM = 0.02
# Probability from which a fact that the words state is sure, and one of another slot stated.
SURE_FROM = 0.5
# Probability from which a place is the speaker's own: in a statement, in a question that names no
# one (“柳江水位现在多少”), and where it answers the open question.
PLACE_FROM, PLACE_ASKED_FROM, PLACE_KEPT_FROM = 0.5, 0.8, 0.1
# How much likelier a choice is when its slot was asked.
ASKED_ODDS = 2.0
_ASKED = math.log(ASKED_ODDS)
# Characters of the shortest part of a text that states a fact without a word of a choice.
PART_MIN = 3
# Stands between a slot and a choice in a label; no choice follows where nothing is stated.
_JOIN = "="
# Kinds of scope words that change what a word of a choice means, the strongest first.
_SCOPED = ("supposed", "past", "plans")
# Kinds of scope words that a plain statement may have besides its choices.
_PLAIN = (
    "self", "self_again", "links", "heads", "recently", "located", "also", "plans", "wants",
    "lacks", "too_dear", "opening", "running", "founded", "breaks",
)  # fmt: skip

Mentions = Mapping[str, Sequence[Mention]]
# The probability of each choice of each slot.
Scores = Mapping[str, Mapping[str, float]]
Sample = tuple[str, Mapping[str, Sequence[str]]]


def scope_features(
    words: EntityWords, scopes: Scopes, mentions: Mentions, start: int, end: int
) -> Features:
    """Return the features of the part `start:end` of a text besides those of its wording: its
    scope words; the words of choices, each with the scope that it is in; and how old what it
    tells of is."""
    found: dict[str, float] = {}
    for clause in (c for c in scopes.clauses if start <= c.start < end):
        found.update((f"k:{mark.kind}", MARK_WEIGHT) for mark in clause.marks)
        if clause.asks:
            found["k:asks"] = CHOICE_WEIGHT
        for slot, each in mentions.items():
            for mention in each:
                if clause.start <= mention.start < clause.end:
                    scope = _scope(words, scopes, clause, mention)
                    found[f"g:{slot}={mention.choice}:{scope}"] = CHOICE_WEIGHT
    for duration in durations(scopes.text[start:end]):
        found[f"d:{words.firm_stages.of_age(duration.years)}"] = CHOICE_WEIGHT
    return found


def _scope(words: EntityWords, scopes: Scopes, clause: Clause, mention: Mention) -> str:
    """Return the name of the scope of a mention; "" if it is plainly stated."""
    if words.scopes.chain(scopes.text, clause, mention.start, "negations"):
        return "denied"
    if scopes.person_at(mention.start, mention.end) != SPEAKER:
        return "other"
    if clause.asks:
        return "asked"
    return next((kind for kind in _SCOPED if clause.before(mention.start, kind)), "")


def fact_set(
    words: EntityWords, plain: Callable[[str], Features], others: Sequence[str]
) -> TrainingSet:
    """Return the training set for facts. `plain`: the features of a wording; `others`: texts that
    state nothing. Takes about 4 s for 5,000 samples and 7,000 other texts."""
    said = [(s.text, s.facts) for s in words.knowledge.fact_samples]
    slots = dict.fromkeys(slot for _, facts in said for slot in facts if slot != DISTRICT)
    given = [*said, *_joined(said, others), *((text, {}) for text in others)]
    samples = []
    for text, facts in given:
        clean = words.scopes.lexicon.normalize(text)
        labels = [f"{s}{_JOIN}{c}" for s in slots for c in facts.get(s, ("",))]
        scopes, mentions = words.read_scopes(clean, Situation())
        # A part of a text that states nothing states nothing either.
        spans = segment_spans(clean) if not facts else []
        for start, end in {(0, len(clean)), *spans}:
            scoped = scope_features(words, scopes, mentions, start, end)
            samples.append(({**plain(clean[start:end]), **scoped}, labels))
    stated = {label for _, labels in samples for label in labels}
    groups = [
        [label for label in sorted(stated) if label.startswith(slot + _JOIN)] for slot in slots
    ]
    return grouped_training_set(samples, groups, PASSES)


def _joined(said: Sequence[Sample], others: Sequence[str]) -> Iterator[Sample]:
    """Return samples with another text after them, half of them without punctuation: people tell
    several things in one breath, and ask something. The other text is a sample of other slots, or
    of other needs, or one of `others`. A checksum of its text chooses what follows a sample, so
    that a new sample changes only its neighbours."""
    telling = [(crc32(text.encode()), text, facts) for text, facts in said if facts]
    telling.sort(key=itemgetter(0, 1))
    asking = sorted((crc32(text.encode()), text) for text in others)
    for number, text, facts in telling:
        pause = "，" if number // 2 % 2 else ""
        after = crc32(f"{text}+".encode())
        if number % 2 and asking:
            yield text + pause + asking[bisect(asking, (after,)) % len(asking)][1], facts
            continue
        _, other, more = telling[bisect(telling, after, key=itemgetter(0)) % len(telling)]
        if facts.keys() & more.keys() <= {NEEDS}:
            both = dict.fromkeys((*facts.get(NEEDS, ()), *more.get(NEEDS, ())))
            needs = {NEEDS: tuple(both)} if both else {}
            yield text + pause + other, {**facts, **more, **needs}


@dataclass(frozen=True, slots=True)
class Part:
    """The part `start:end` of a text. `scores`: the probability of each choice of each slot."""

    start: int
    end: int
    scores: Scores

    def share(self, whole: Scores, slot: str, choice: str) -> float:
        """Return the probability of a choice that must be likely here and in the whole text: the
        geometric mean of both. `whole`: the scores of the text."""
        return float((whole[slot][choice] * self.scores[slot][choice]) ** 0.5)


@dataclass(frozen=True)
class FactScorer:
    """Judges facts with trained classifiers. `plain`: the vector of a wording; `places`: the
    classifier of places."""

    words: EntityWords
    plain: Callable[[str], Vector]
    classifier: LinearClassifier
    places: LinearClassifier

    @cached_property
    def _columns(self) -> Mapping[str, tuple[int, list[str]]]:
        """The first column of each slot, and the choices of its columns, which are adjacent."""
        found: dict[str, tuple[int, list[str]]] = {}
        for number, label in enumerate(self.classifier.labels):
            slot, _, choice = label.partition(_JOIN)
            found.setdefault(slot, (number, []))[1].append(choice)
        return found

    def judge(
        self, scopes: Scopes, mentions: Mentions, found: Sequence[Entity], situation: Situation
    ) -> list[Entity]:
        """Return the facts of a text: those of `found`, which its words state, that the classifier
        does not reject, and those that the classifier alone is sure of."""
        found = self._placed(scopes, mentions, found, situation)
        text, asked = scopes.text, situation.pending
        whole = self._score(scopes, mentions, 0, len(text), asked)
        # No part is likely enough if the whole is not: see `Part.share`.
        possible = [
            (slot, choice, least)
            for slot, choice, least in self._stated_from
            if whole[slot][choice] >= least * least
        ]
        if not found and not possible:
            return []
        # Most messages are one part.
        parts = [
            Part(start, end, self._score(scopes, mentions, start, end, asked))
            for start, end in segment_spans(text)
            if (start, end) != (0, len(text))
        ] or [Part(0, len(text), whole)]
        judged = (self._confirmed(e, whole, parts, scopes, situation) for e in found)
        kept = [entity for entity in judged if entity]
        known = {(e.slot, e.choice) for e in kept}
        for slot, choice, least in possible:
            likely = [p for p in parts if p.share(whole, slot, choice) >= least]
            # “六年了”: the words say all of it.
            free = [p for p in likely if not _is_said(p, slot, choice, found, mentions, scopes)]
            if not free or (slot, choice) in known:
                continue
            part = max(free, key=lambda p: p.scores[slot][choice])
            named = scopes.named(part.start, part.end)
            person = SPEAKER if named else situation.speaker
            entity = Entity(slot, choice, part.start, part.end, person, sure=named)
            if self._is_added(entity, scopes, situation):
                kept.append(entity)
        return sorted(kept, key=lambda e: (e.start, e.end))

    def _placed(
        self, scopes: Scopes, mentions: Mentions, found: Sequence[Entity], situation: Situation
    ) -> list[Entity]:
        """Return the facts with the place of each person that is likeliest that person's own. A
        place that the words deny stays denied, and what is only a place is a fact where one was
        asked."""
        places = mentions.get(DISTRICT, ())
        if not places or not self.places.labels:
            return [*found]
        kept = [e for e in found if e.slot != DISTRICT or e.negated]
        denied = {(e.start, e.end) for e in kept if e.slot == DISTRICT}
        stated = {(e.start, e.end): e for e in found if e not in kept}
        likely: dict[str, tuple[float, Entity]] = {}
        for place in places:
            span = (place.start, place.end)
            if span in denied or not (span in stated or says_more(scopes, places, place)):
                continue
            named = scopes.named(*span)
            person = scopes.person_at(*span) if named else situation.speaker
            new = stated.get(span) or Entity(DISTRICT, place.choice, *span, person, sure=named)
            probability = self._is_own(scopes, places, place, situation)
            least = PLACE_FROM if tells(scopes, place) else PLACE_ASKED_FROM
            least = PLACE_KEPT_FROM if span in stated else least
            if probability >= max(least, likely.get(new.person, (0.0,))[0]):
                likely[new.person] = probability, new
        return [*kept, *(entity for _, entity in likely.values())]

    def _is_own(
        self, scopes: Scopes, places: Sequence[Mention], place: Mention, situation: Situation
    ) -> float:
        """Return the probability that a place is that of somebody's business."""
        features = place_features(self.words, scopes, places, place)
        scores = self.places.scores(self.places.vector(features)).tolist()
        own = self.places.labels.index(OWN)
        if situation.pending == DISTRICT:
            scores[own] += _ASKED
        return softmax(scores)[own]

    def _score(
        self, scopes: Scopes, mentions: Mentions, start: int, end: int, asked: str
    ) -> Scores:
        """Return the probability of each choice of each slot for a part of a text. `asked`: the
        slot that was asked."""
        scoped = scope_features(self.words, scopes, mentions, start, end)
        text = self.plain(scopes.text[start:end])
        if scoped:
            text = text.plus(self.classifier.vector(scoped))
        scores = self.classifier.scores(text).tolist()
        found = {}
        for slot, (first, choices) in self._columns.items():
            own = scores[first : first + len(choices)]
            if slot == asked:
                own = [s + _ASKED if c else s for s, c in zip(own, choices, strict=True)]
            found[slot] = {c: p for c, p in zip(choices, softmax(own), strict=True) if c}
        return found

    @cached_property
    def _stated_from(self) -> list[tuple[str, str, float]]:
        """Each choice of each slot with the probability from which the classifier alone states
        it."""
        slots = self.words.knowledge.slots
        return [
            (
                slot,
                choice,
                NONE_FROM
                if choice == slots[slot].none_choice
                else STATED_FROM.get(slot, SURE_FROM),
            )
            for slot, (_, choices) in self._columns.items()
            for choice in choices
            if choice
        ]

    def _confirmed(
        self,
        entity: Entity,
        whole: Scores,
        parts: Sequence[Part],
        scopes: Scopes,
        situation: Situation,
    ) -> Entity | None:
        """Return a fact that the words state, sure if the classifier is; None if the classifier
        finds it unlikely. Denials, answers to what was asked and facts beside a question stay."""
        clause = scopes.clause_at(entity.start)
        if clause.asks or entity.negated or entity.person != SPEAKER:
            return entity
        slot, choice = entity.slot, entity.choice
        if slot == situation.pending or choice not in whole.get(slot, ()):
            return entity
        clearest = max(parts, key=lambda p: p.scores[slot][choice])
        highest = max(whole[slot][choice], clearest.scores[slot][choice])
        named = self.words.gazetteer.find_all(scopes.text).values()
        words = [m for found in named for m in (*found.mentions, *found.decoys)]
        plain = not _rest(clause.start, clause.end, [entity, *words], scopes)
        if highest < (PLAIN_FROM if plain else KEPT_FROM.get(slot, PLAIN_FROM)):
            return None
        is_sure = clearest.share(whole, slot, choice) >= SURE_FROM
        return replace(entity, sure=entity.sure or is_sure)

    def _is_added(self, entity: Entity, scopes: Scopes, situation: Situation) -> bool:
        """Return whether a choice that the classifier is sure of is a fact, though no word states
        it."""
        inside = [c for c in scopes.clauses if entity.start <= c.start < entity.end]
        text = scopes.text[entity.start : entity.end]
        if len(text) < PART_MIN or is_closed(self.words.firm_stages, scopes, entity):
            return False
        person = entity.slot == IDENTITY
        asks = any(clause.asks for clause in (scopes.clauses if person else inside))
        asks = asks or (person and is_question(scopes.text))
        if asks and scopes.subject_in(entity.start, entity.end) is None:
            return False  # “高校老师去企业兼职，允许吗”
        found = self.words.gazetteer.find_all(text).get(entity.slot)
        if found and any(decoy.choice == entity.choice for decoy in found.decoys):
            return False  # “在孵化器里租了个工位”
        if person:
            return not any(any(c.of("negations")) for c in inside)
        return entity.slot != STAGE or _fits_time(
            self.words.firm_stages, text, entity.choice, situation
        )


def _is_said(
    part: Part,
    slot: str,
    choice: str,
    found: Sequence[Entity],
    mentions: Mentions,
    scopes: Scopes,
) -> bool:
    """Return whether the words say all of a part, and do not name the choice."""
    told = [e for e in found if part.start <= e.start < part.end]
    words = [m for m in mentions.get(slot, ()) if part.start <= m.start < part.end]
    unnamed = bool(told) and all(m.choice != choice for m in words)
    return unnamed and not _rest(part.start, part.end, told, scopes)


def _rest(start: int, end: int, told: Sequence[Entity | Mention], scopes: Scopes) -> str:
    """Return what a part of a text says besides facts or words of choices and the scope words of
    a plain statement; nothing of “我们都是学生”."""
    clauses = (c for c in scopes.clauses if start <= c.start < end)
    plain = (mark for clause in clauses for mark in clause.of(*_PLAIN))
    return rest_without((*told, *plain), scopes.text, start, end)


def _fits_time(firm: FirmStages, text: str, stage: str, situation: Situation) -> bool:
    """Return whether a stage agrees with the durations and the year in a text, if it has one."""
    stages = {firm.of_age(found.years) for found in durations(text)}
    if dated := founding_year(text, situation.year) if situation.year else None:
        stages.add(firm.of_age(situation.year - dated[2]))
    return not stages or stage in stages or stage == firm.planned
