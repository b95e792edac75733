"""Which of the places that a message names is that of the speaker's business, learnt from samples.

People name places for many reasons: where the business is or will be, where they live, come from,
studied or worked, where somebody else is. One linear classifier is trained on the samples of
`knowledge/facts/` that name a place: those of their district are the speaker's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.core.domain.knowledge import DISTRICT
from bot.core.nlu.facts.entities import EntityWords, Situation
from bot.core.nlu.facts.gazetteer import Mention
from bot.core.nlu.facts.scopes import SPEAKER, Clause, Scopes
from bot.core.nlu.patterns import rest_without
from bot.core.retrieval.linear_classifier import Features
from bot.core.retrieval.training import TrainingSet, training_set

OWN, OTHER = "own", "other"
PASSES = 40
# Characters on each side of a place that count as its wording.
NEAR = 3
# Weights of the wording beside a place, and of a scope word of its clause.
NEAR_WEIGHT, CLAUSE_WEIGHT = 1.0, 0.7
# Lengths of a clause besides its places, as classes.
_LENGTHS = (0, 2, 6, 12)


def place_features(
    words: EntityWords, scopes: Scopes, places: Sequence[Mention], place: Mention
) -> Features:
    """Return the features of one of the places that a text names."""
    clause = scopes.clause_at(place.start)
    found = dict(_near(scopes.text, clause, place))
    for mark in clause.marks:
        side = "<" if mark.end <= place.start else ">" if mark.start >= place.end else "="
        found[f"k:{mark.kind}{side}"] = CLAUSE_WEIGHT
    inside = sum(p.end - p.start for p in places if clause.start <= p.start < clause.end)
    rest = clause.end - clause.start - inside
    found[f"n:{sum(rest > length for length in _LENGTHS)}"] = NEAR_WEIGHT
    if clause.asks:
        found["asks" if place.start >= clause.asked_from else "asks>"] = NEAR_WEIGHT
    person = scopes.person_at(place.start, place.end)
    if person != SPEAKER:
        found["other"] = NEAR_WEIGHT
    if place.choice == words.knowledge.slots[DISTRICT].none_choice:
        found["away"] = NEAR_WEIGHT
    same = [p for p in places if scopes.person_at(p.start, p.end) == person]
    if len({p.choice for p in same}) > 1:
        rank = "last" if place is same[-1] else "first" if place is same[0] else "middle"
        found[f"several:{rank}"] = NEAR_WEIGHT
    return found


def tells(scopes: Scopes, place: Mention) -> bool:
    """Return whether the segment of a place tells something: it asks nothing, or names who."""
    clause = scopes.clause_at(place.start)
    asks = any(c.asks for c in scopes.clauses if c.segment == clause.segment)
    return not asks or scopes.subject_before(clause, place.start) is not None


def says_more(scopes: Scopes, places: Sequence[Mention], place: Mention) -> bool:
    """Return whether the clause of a place says more than places."""
    clause = scopes.clause_at(place.start)
    return bool(rest_without(places, scopes.text, clause.start, clause.end))


def _near(text: str, clause: Clause, place: Mention) -> Iterator[tuple[str, float]]:
    """Yield the wording on both sides of a place in its clause, with the edges of the clause."""
    before = f"^{text[clause.start : place.start]}"
    after = f"{text[place.end : clause.end]}$"
    for size in range(1, NEAR + 1):
        yield f"<:{before[-size:]}", NEAR_WEIGHT
        yield f">:{after[:size]}", NEAR_WEIGHT


def place_set(words: EntityWords, others: Sequence[str]) -> TrainingSet:
    """Return the training set for places. `others`: texts that state nothing."""
    said = [(s.text, s.facts.get(DISTRICT, ())) for s in words.knowledge.fact_samples]
    samples: dict[str, list[Features]] = {OWN: [], OTHER: []}
    for text, own in (*said, *((text, ()) for text in others)):
        clean = words.scopes.lexicon.normalize(text)
        if not words.gazetteer.find(clean, DISTRICT):
            continue  # most texts: their scopes need not be read
        scopes, mentions = words.read_scopes(clean, Situation())
        places = mentions[DISTRICT]
        for place in places:
            label = OWN if place.choice in own else OTHER
            samples[label].append(place_features(words, scopes, places, place))
    return training_set(samples if all(samples.values()) else {}, PASSES)
