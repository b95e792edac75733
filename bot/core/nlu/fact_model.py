"""The facts that a part of a text states about the speaker, learnt from samples.

One linear classifier is trained on `knowledge/language/facts.yaml`: for every slot, which choice a
text states, or nothing. It decides together with the words of the choices
(`stages.read_entities`): what both find is a fact, what only one of them finds is a fact if the
other does not object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby, pairwise

import numpy as np

from bot.core.domain.knowledge import IDENTITY, STAGE
from bot.core.nlu.durations import durations, founding_year, stage_of_age
from bot.core.nlu.entities import Entity, EntityWords, Situation
from bot.core.nlu.gazetteer import Mention
from bot.core.nlu.patterns import is_question
from bot.core.nlu.scopes import SPEAKER, Clause, Scopes
from bot.core.nlu.stages import is_closed
from bot.core.retrieval.linear_classifier import Features, LinearClassifier, softmax, train_groups
from bot.core.text.normalizer import segment_spans

# Passes of the training, and the weights of a scope word and of a word of a choice. Measured in
# docs/decisions/054.
PASSES = 40
MARK_WEIGHT, CHOICE_WEIGHT = 0.5, 1.0
# Probability from which the classifier alone states a fact, and below which a fact that only the
# words state is dropped. Measured in docs/decisions/054.
STATED_FROM = 0.98
KEPT_FROM = 0.006
# Least probability of a fact that the classifier adds in every longer part around it.
CONTEXT_FROM = 0.3
# How much likelier a choice is when its slot was asked.
ASKED_ODDS = 10.0
# Characters of the shortest and the longest part of a text that is judged: those of the samples.
PART_MIN, PART_MAX = 3, 24
# Stands between a slot and a choice in a label; no choice follows where nothing is stated.
_JOIN = "="
# Kinds of scope words that change what a word of a choice means, the strongest first.
_SCOPED = ("supposed", "past", "plans")

Mentions = Mapping[str, Sequence[Mention]]
Sample = tuple[str, Mapping[str, Sequence[str]]]


def fact_features(
    words: EntityWords, plain: Features, scopes: Scopes, mentions: Mentions, start: int, end: int
) -> Features:
    """Return the features of the part `start:end` of a text: `plain`, those of its wording; its
    scope words; the words of choices, each with the scope that it is in; and how old what it
    tells of is."""
    found = dict(plain)
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
        found[f"d:{stage_of_age(duration.years)}"] = CHOICE_WEIGHT
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


def train_facts(
    words: EntityWords, plain: Callable[[str], Features], others: Sequence[str]
) -> LinearClassifier:
    """Train the classifier of facts. `plain`: the features of a wording; `others`: texts that
    state nothing. Takes about 2 s for 1,500 samples and 2,500 other texts."""
    said = [(s.text, s.facts) for s in words.knowledge.fact_samples]
    slots = dict.fromkeys(slot for _, facts in said for slot in facts)
    given = [*said, *_joined(said), *((text, {}) for text in others)]
    samples = []
    for text, facts in given:
        clean = words.scopes.lexicon.normalize(text)
        labels = [f"{s}{_JOIN}{c}" for s in slots for c in facts.get(s, ("",))]
        scopes, mentions = words.read_scopes(clean, Situation())
        # A part of a text that states nothing states nothing either.
        spans = segment_spans(clean) if not facts else []
        for start, end in {(0, len(clean)), *spans}:
            part = plain(clean[start:end])
            samples.append((fact_features(words, part, scopes, mentions, start, end), labels))
    stated = {label for _, labels in samples for label in labels}
    groups = [
        [label for label in sorted(stated) if label.startswith(slot + _JOIN)] for slot in slots
    ]
    return train_groups(samples, groups, PASSES)


def _joined(said: Sequence[Sample]) -> Iterator[Sample]:
    """Return pairs of samples as one text, every other one without punctuation, with the facts of
    both: people tell several things in one breath."""
    telling = [(text, facts) for text, facts in said if facts]
    apart = len(telling) // 2
    for number, (text, facts) in enumerate(telling):
        other, more = telling[(number + apart) % len(telling)]
        if not facts.keys() & more.keys():
            yield text + ("，" if number % 2 else "") + other, {**facts, **more}


@dataclass(frozen=True, slots=True)
class Part:
    """The part `start:end` of a text. `scores`: the probability of each choice of each slot, ""
    for none."""

    start: int
    end: int
    scores: Mapping[str, Mapping[str, float]]

    def sure_choices(self) -> Iterator[tuple[str, str]]:
        """Return the slots and choices that the classifier is sure of."""
        for slot, shares in self.scores.items():
            yield from ((slot, c) for c, share in shares.items() if c and share >= STATED_FROM)


@dataclass(frozen=True)
class FactScorer:
    """Judges facts with a trained classifier. `plain`: the features of a wording."""

    words: EntityWords
    plain: Callable[[str], Features]
    classifier: LinearClassifier

    @cached_property
    def _columns(self) -> Mapping[str, list[tuple[str, int]]]:
        """The choices of each slot, with their columns."""
        found: dict[str, list[tuple[str, int]]] = {}
        for number, label in enumerate(self.classifier.labels):
            slot, _, choice = label.partition(_JOIN)
            found.setdefault(slot, []).append((choice, number))
        return found

    def judge(
        self, scopes: Scopes, mentions: Mentions, found: Sequence[Entity], situation: Situation
    ) -> list[Entity]:
        """Return the facts of a text: those of `found`, which its words state, that the classifier
        does not reject, and those that the classifier alone is sure of."""
        parts = [
            Part(start, end, self._score(scopes, mentions, start, end, situation.pending))
            for start, end in _statements(scopes)
        ]
        kept = [e for e in (_confirmed(e, parts, situation) for e in found) if e]
        asks = is_question(scopes.text) or any(clause.asks for clause in scopes.clauses)
        for part in parts:
            if asks and scopes.subject_in(part.start, part.end) is None:
                continue  # “高校老师去企业兼职，允许吗”
            named = scopes.named(part.start, part.end)
            person = SPEAKER if named else situation.speaker
            for slot, choice in part.sure_choices():
                entity = Entity(slot, choice, part.start, part.end, person, sure=named)
                if self._is_added(entity, scopes, parts, kept, situation):
                    kept.append(entity)
        return sorted(kept, key=lambda e: (e.start, e.end))

    def _score(
        self, scopes: Scopes, mentions: Mentions, start: int, end: int, asked: str
    ) -> Mapping[str, Mapping[str, float]]:
        """Return the probability of each choice of each slot, "" for none, for a part of a text.
        `asked`: the slot that was asked."""
        plain = self.plain(scopes.text[start:end])
        features = fact_features(self.words, plain, scopes, mentions, start, end)
        raw = self.classifier.scores(features)
        found = {}
        for slot, columns in self._columns.items():
            odds = [np.log(ASKED_ODDS) if slot == asked and c else 0.0 for c, _ in columns]
            shares = softmax(raw[[n for _, n in columns]] + np.array(odds))
            found[slot] = {c: float(p) for (c, _), p in zip(columns, shares, strict=True)}
        return found

    def _is_added(
        self,
        entity: Entity,
        scopes: Scopes,
        parts: Sequence[Part],
        known: Sequence[Entity],
        situation: Situation,
    ) -> bool:
        """Return whether a choice that the classifier is sure of is a fact, though no word states
        it."""
        slot, inside = entity.slot, [e for e in known if entity.start <= e.start < entity.end]
        if any(e.slot == slot for e in inside) or any(
            (e.slot, e.choice) == (slot, entity.choice) for e in known
        ):
            return False
        around = [p for p in parts if p.start <= entity.start and entity.end <= p.end]
        if any(p.scores[slot].get(entity.choice, 0.0) < CONTEXT_FROM for p in around):
            return False  # “开了三年，去年关了”
        if slot == STAGE:
            text = scopes.text[entity.start : entity.end]
            return _fits_time(text, entity.choice, situation) and not is_closed(scopes, entity)
        if slot == IDENTITY:
            none = entity.choice == self.words.knowledge.slots[slot].none_choice
            clauses = [c for c in scopes.clauses if entity.start <= c.start < entity.end]
            denies = any(any(c.of("negations")) for c in clauses)
            return not denies and not (none and situation.known)
        return True


def _confirmed(entity: Entity, parts: Sequence[Part], situation: Situation) -> Entity | None:
    """Return a fact that the words state, sure if the classifier is; None if the classifier finds
    it unlikely in every part that has it."""
    if entity.negated or entity.person != SPEAKER or entity.slot == situation.pending:
        return entity
    shares = [
        part.scores[entity.slot].get(entity.choice, 1.0)
        for part in parts
        if part.start <= entity.start < part.end and entity.slot in part.scores
    ]
    if shares and max(shares) < KEPT_FROM:
        return None
    return replace(entity, sure=entity.sure or any(s >= STATED_FROM for s in shares))


def _statements(scopes: Scopes) -> list[tuple[int, int]]:
    """Return the segments that state something of the speaker, the pairs of neighbours among them,
    and each row of them."""
    rows: list[list[tuple[int, int]]] = []
    last = None
    for number, clauses in groupby(scopes.clauses, key=lambda c: c.segment):
        own = list(clauses)
        start, end = own[0].start, own[-1].end
        unsaid = any(c.asks or any(c.of("supposed")) for c in own)
        if unsaid or scopes.person_at(start, end) != SPEAKER:
            continue
        if last != number - 1:
            rows.append([])
        rows[-1].append((start, end))
        last = number
    spans = dict.fromkeys(span for row in rows for span in row)
    for row in rows:
        spans.update(dict.fromkeys((a[0], b[1]) for a, b in pairwise(row)))
        spans[row[0][0], row[-1][1]] = None
    return [(start, end) for start, end in spans if PART_MIN <= end - start <= PART_MAX]


def _fits_time(text: str, stage: str, situation: Situation) -> bool:
    """Return whether a stage agrees with the durations and the year in a text, if it has one."""
    stages = {stage_of_age(found.years) for found in durations(text)}
    if dated := founding_year(text, situation.year) if situation.year else None:
        stages.add(stage_of_age(situation.year - dated[2]))
    return not stages or stage in stages or stage not in ("startup", "established")
