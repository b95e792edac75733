"""A support as small units that can be said one by one, and the unit that answers a question.

A unit is a sentence of the support (summary, amount, requirement, step, material), a topic that
the policy leaves unstated, a statement of a later rule, or a sentence of the clause. A question
selects the unit that covers most of its words: its character pairs, or words with the same
meaning by `language/synonyms.yaml` and `language/unstated.yaml`. The choice is deterministic, and
a unit is said as it is stored.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property, lru_cache
from itertools import compress, pairwise
from math import log
from typing import NamedTuple

from bot.core.domain.knowledge import Knowledge, Support, Update
from bot.core.responses.sample_similarity import SampleSimilarity
from bot.core.text.figures import Figure, figures
from bot.core.text.normalizer import is_han

# A unit answers a question if it covers this share of the content, weighted by rarity.
COVERS = 0.5
# The share that an aspect adds ("利息多少" asks for the amount).
ASPECT_BONUS = 0.2
# Characters of content that a unit must cover for samples of follow-ups to count: two are a word
# like 个人.
FOLLOWED_MIN = 3
# From this similarity to a sample of a later rule on, a question that nothing else answers asks
# for the same. Chosen on questions by other writers.
ASKS_ALIKE = 0.15
# How much of its weight a pair loses that all supports have.
COMMON_FACTOR = 0.5
# Figures that differ by less are the same.
SAME_VALUE = 1e-6
# Questions whose units are kept, so that one turn looks for them once.
MAX_HITS = 256
# Words that one position of a text is searched for have at most this many characters.
WORD_MAX = 10
_CLAUSE_PARTS = re.compile(r"[;；。]")
_DIGITS = re.compile(r"\d+(?:\.\d+)?")


class UnitKind(IntEnum):
    """What a unit is. Of two units that cover a question alike, the lower kind answers."""

    AMOUNT = 0
    STEP = 1
    MATERIAL = 2
    REQUIREMENT = 3
    SUMMARY = 4
    LATER = 5
    UNSTATED = 6
    CLAUSE = 7


@dataclass(frozen=True, slots=True)
class FactUnit:
    """One unit of a support. `text`: what is said; `aspects`: the sides of a support that it is
    about; `update`: the later rule that states it; `figures`: the sums and shares in it;
    `samples`: how people ask for it; `followed_by`: the pairs of the samples of follow-ups."""

    kind: UnitKind
    support: str
    text: str
    aspects: frozenset[str] = frozenset()
    update: Update | None = None
    pairs: frozenset[str] = frozenset()
    concepts: frozenset[str] = frozenset()
    figures: tuple[Figure, ...] = ()
    followed_by: frozenset[str] = frozenset()
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A unit with the share of a question that it covers, from 0 to 1. `meant`: the same without
    samples of follow-ups; `literal`: also without words of the same meaning. `rank`: the coverage
    with the bonus for an asked aspect."""

    unit: FactUnit
    coverage: float
    literal: float
    rank: float = 0.0
    meant: float = 0.0


class _Words(NamedTuple):
    """What a question has, whatever support it is about. `blank`: the text with blanks for the
    function words; `concepts`: the spans of its concepts; `names`: the concepts; `places`: the
    spans of each pair of adjacent characters and of each run of digits; `pairs`: those of them
    that units have."""

    text: str
    blank: str
    concepts: tuple[tuple[int, int, str], ...]
    names: frozenset[str]
    places: Mapping[str, Sequence[tuple[int, int]]]
    pairs: frozenset[str]


class _Content(NamedTuple):
    """The content of a question on a support: its words, the weight of each character, and the
    sum of the weights."""

    words: _Words
    weights: Sequence[float]
    total: float


class FactUnits:
    """The units of all supports of one knowledge version.

    `normalize`: as for search. `weight`: the rarity of a character. `aspects`: the aspects that
    the words of a text ask for. `function_words`: words without content.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        normalize: Callable[[str], str],
        weight: Callable[[str], float],
        aspects: Callable[[str], Sequence[str]],
        function_words: re.Pattern[str],
    ) -> None:
        self._knowledge = knowledge
        self._normalize = normalize
        self._weight = weight
        self._aspects = aspects
        self._function_words = function_words
        self._of: dict[str, tuple[FactUnit, ...]] = {}
        self._hits: dict[tuple[str, tuple[str, ...], tuple[str, ...]], tuple[Hit, ...]] = {}

    def of(self, support: Support) -> tuple[FactUnit, ...]:
        """Return the units of a support, in the order in which they are preferred."""
        known = self._of.get(support.id)
        if known is None:
            known = self._of[support.id] = tuple(self._build(support))
        return known

    def _build(self, support: Support) -> Iterator[FactUnit]:
        if support.amount:
            yield self._unit(UnitKind.AMOUNT, support, support.amount, ("amount",))
        for step in support.steps:
            yield self._unit(UnitKind.STEP, support, step, ("steps",))
        for material in support.materials:
            yield self._unit(UnitKind.MATERIAL, support, material, ("materials",))
        for requirement in support.also_requires:
            yield self._unit(UnitKind.REQUIREMENT, support, requirement, ("conditions",))
        yield self._unit(UnitKind.SUMMARY, support, support.summary)
        for update in support.updates:
            named = [name for name in update.about if name in self._knowledge.fields]
            for number, part in enumerate(update.parts):
                is_first = number == 0  # The samples are about the first part.
                yield self._unit(UnitKind.LATER, support, part, named, update, asked=is_first)
        for topic in support.unstated:
            yield self._unit(UnitKind.UNSTATED, support, topic, self._aspects(topic))
        for part in _CLAUSE_PARTS.split(self._knowledge.clauses[support.clause].text):
            if part and part != support.quote:
                yield self._unit(UnitKind.CLAUSE, support, part.strip())

    def _unit(
        self,
        kind: UnitKind,
        support: Support,
        text: str,
        aspects: Iterable[str] = (),
        update: Update | None = None,
        *,
        asked: bool = False,
    ) -> FactUnit:
        clean = self._normalize(text)
        questions = update.questions if update and asked else ()
        follow_ups = update.follow_ups if update and asked else ()
        matched = clean
        if kind is UnitKind.SUMMARY:
            # The quote says the same in the words of the policy.
            matched = f"{clean} {self._normalize(support.quote)}"
        matched = " ".join((matched, *map(self._normalize, questions)))
        named = matched.replace(self._normalize(support.title), " ")
        # What a statement is about by its own entry counts like a word of it: 减免, 担保.
        topics = update.about if update and asked else ()
        named = " ".join((named, *(name for name in topics if name in self._knowledge.silences)))
        tables = [self._synonyms]
        if kind in (UnitKind.LATER, UnitKind.UNSTATED):
            tables.append(self._silences)
        return FactUnit(
            kind=kind,
            support=support.id,
            text=text,
            aspects=frozenset((*aspects, *(["free"] if self._is_about_fees(text) else ()))),
            update=update,
            pairs=frozenset(_pairs(matched)),
            concepts=frozenset(
                name for table in tables for _, _, name in _concepts_in(named, table)
            ),
            figures=tuple(figures(clean)),
            followed_by=frozenset(
                pair for asks in map(self._normalize, follow_ups) for pair in _pairs(asks)
            ),
            samples=tuple(map(self._normalize, (*questions, *follow_ups))),
        )

    def _is_about_fees(self, text: str) -> bool:
        """Return whether a text says what something costs."""
        return any(word in text for word in self._knowledge.questions.get("fees", ()))

    @cached_property
    def _synonyms(self) -> dict[str, tuple[str, ...]]:
        """Map each word with synonyms, and each of them, to the words that they stand for."""
        return self._forms(self._knowledge.synonyms, "")

    @cached_property
    def _silences(self) -> dict[str, tuple[str, ...]]:
        """The same for the words of unstated topics."""
        return self._forms(self._knowledge.silences, "?")

    def _forms(
        self, table: Mapping[str, Sequence[str]], prefix: str
    ) -> dict[str, tuple[str, ...]]:
        forms: dict[str, list[str]] = defaultdict(list)
        for word, said in table.items():
            for form in (word, *said):
                forms[self._normalize(form)].append(prefix + word)
        found = {form: tuple(dict.fromkeys(words)) for form, words in forms.items()}
        for form in list(found):
            for end in range(1, len(form)):
                found.setdefault(form[:end], ())
        return found

    @cached_property
    def _commonness(self) -> dict[str, float]:
        """Map each pair of the units to the share of the supports that have it, on a log scale:
        0 for a pair of one support, 1 for a pair of all."""
        counts: Counter[str] = Counter()
        for support in self._knowledge.supports.values():
            counts.update({pair for unit in self.of(support) for pair in unit.pairs})
        most = log(max(2, len(self._knowledge.supports)))
        return {pair: log(count) / most for pair, count in counts.items()}

    @cached_property
    def _words(self) -> Callable[[str], _Words]:
        """Return the words of a normalized question (cached: one turn compares its question with
        the units of several supports)."""
        return lru_cache(maxsize=MAX_HITS)(self._find_words)

    def _find_words(self, clean: str) -> _Words:
        tables = (self._synonyms, self._silences)
        concepts = tuple(each for table in tables for each in _concepts_in(clean, table))
        places: dict[str, list[tuple[int, int]]] = {}
        for at, pair in enumerate(map("".join, pairwise(clean))):
            places.setdefault(pair, []).append((at, at + 2))
        for found in _DIGITS.finditer(clean):
            places.setdefault(found[0], []).append(found.span())
        return _Words(
            clean,
            self._function_words.sub(lambda found: " " * len(found[0]), clean),
            concepts,
            frozenset(name for *_, name in concepts),
            places,
            frozenset(_pairs(clean)),
        )

    def _content(self, clean: str, support: Support) -> _Content:
        """Return the content of a normalized question on a support. The words of its title count
        only if there are no others."""
        words = self._words(clean)
        blank, commonness = words.blank, self._commonness
        title = frozenset(_pairs(self._normalize(support.title)))
        named = [False] * len(blank)
        rare = [-1.0] * len(blank)
        for at, pair in enumerate(map("".join, pairwise(blank))):
            if pair in title:
                named[at] = named[at + 1] = True
            if pair in commonness:
                value = 1 - COMMON_FACTOR * commonness[pair]
                rare[at], rare[at + 1] = max(rare[at], value), max(rare[at + 1], value)
        weights = [
            self._weight(c) * (rare[at] if rare[at] >= 0 else 1.0) if c.isalnum() else 0.0
            for at, c in enumerate(blank)
        ]
        others = [0.0 if named[at] else weight for at, weight in enumerate(weights)]
        kept = others if sum(others) > 0 else weights
        # A word with equivalents counts although its characters are function words.
        for start, end, _ in words.concepts:
            if end - start > 1 and not any(named[start:end]):
                for at in range(start, end):
                    kept[at] = kept[at] or self._weight(clean[at])
        return _Content(words, kept, sum(kept) or 1.0)

    def has_content(self, clean: str) -> bool:
        """Return whether a normalized text has a word of content."""
        return any(c.isalnum() for c in self._function_words.sub("", clean))

    def hits(
        self, clean: str, aspects: Sequence[str], supports: Sequence[Support]
    ) -> tuple[Hit, ...]:
        """Return the units of the supports that cover a part of a normalized question, the best
        first. The first support is preferred."""
        key = (clean, tuple(aspects), tuple([support.id for support in supports]))
        known = self._hits.get(key)
        if known is None:
            if len(self._hits) >= MAX_HITS:
                self._hits.clear()
            known = self._hits[key] = self._find(clean, aspects, supports)
        return known

    def _find(
        self, clean: str, aspects: Sequence[str], supports: Sequence[Support]
    ) -> tuple[Hit, ...]:
        found: list[tuple[float, int, int, Hit]] = []
        wanted = frozenset(aspects)
        content = self._content(clean, supports[0])
        pairs, names = content.words.pairs, content.words.names
        clauses: set[str] = set()
        for number, support in enumerate(supports):
            is_new = support.clause not in clauses
            clauses.add(support.clause)
            for order, unit in enumerate(self.of(support)):
                if unit.kind is UnitKind.CLAUSE and not is_new:
                    continue
                bonus = ASPECT_BONUS if wanted & unit.aspects else 0.0
                shares = not unit.pairs.isdisjoint(pairs)
                shares = shares or not unit.followed_by.isdisjoint(pairs)
                shares = shares or not unit.concepts.isdisjoint(names)
                coverage, literal, meant = _cover(content, unit) if shares else (0.0, 0.0, 0.0)
                if coverage > 0 or bonus:
                    rank = coverage + bonus - 0.05 * bool(number)
                    hit = Hit(unit, coverage, literal, rank, meant)
                    found.append((-rank, unit.kind, number * 1000 + order, hit))
        return tuple(hit for *_, hit in sorted(found, key=lambda each: each[:3]))

    def asked_for(self, clean: str, supports: Iterable[Support]) -> FactUnit | None:
        """Return the statement of a later rule on the supports that a normalized question asks
        for by its samples; None if none is alike enough."""
        alike = [
            (self._similarity.nearest(question, unit.samples), unit)
            for support in supports
            for question in (self._similarity.vector(clean, self._normalize(support.title)),)
            for unit in self.of(support)
            if unit.samples
        ]
        most, unit = max(alike, key=lambda each: each[0], default=(0.0, None))
        return unit if most >= ASKS_ALIKE else None

    @cached_property
    def _similarity(self) -> SampleSimilarity:
        """Compares questions with the samples of the later rules."""
        units = (unit for s in self._knowledge.supports.values() for unit in self.of(s))
        samples = dict.fromkeys(sample for unit in units for sample in unit.samples)
        tables = (self._synonyms, self._silences)

        def meanings(clean: str) -> Iterator[str]:
            return (name for table in tables for *_, name in _concepts_in(clean, table))

        return SampleSimilarity(samples, meanings)

    def with_figure(self, figure: Figure, supports: Iterable[Support]) -> FactUnit | None:
        """Return the first unit of the supports that has a figure of this kind and value."""
        found = (
            unit
            for support in supports
            for unit in self.of(support)
            if any(
                figure.kind == known.kind and abs(figure.value - known.value) < SAME_VALUE
                for known in unit.figures
            )
        )
        return next(found, None)


def _cover(content: _Content, unit: FactUnit) -> tuple[float, float, float]:
    """Return the shares of a question that a unit covers: with samples of follow-ups, word for
    word, and without these samples (`Hit.coverage`, `literal`, `meant`)."""
    words, weights, total = content
    length = len(words.text)
    literal, followed = [False] * length, [False] * length
    for pair, spans in words.places.items():
        if pair in unit.pairs:
            for start, end in spans:
                literal[start:end] = [True] * (end - start)
        if len(pair) == 2 and pair in unit.followed_by:
            for start, end in spans:
                followed[start:end] = [True] * (end - start)
    same = list(literal)
    for start, end, name in words.concepts:
        if name in unit.concepts:
            same[start:end] = [True] * (end - start)
    asked = [is_same or follows for is_same, follows in zip(same, followed, strict=True)]

    def share(covered: Sequence[bool]) -> float:
        return sum(compress(weights, covered)) / total

    meant = share(same)
    counted = sum(map(bool, compress(weights, asked)))
    coverage = meant if counted < FOLLOWED_MIN or asked == same else share(asked)
    return coverage, share(literal), meant


def _concepts_in(
    clean: str, forms: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[int, int, str]]:
    """Return the spans of the words of a table in a text, with what they stand for. The table
    has an entry without names for each beginning of a word."""
    find, length = forms.get, len(clean)
    for start in range(length):
        for end in range(start + 1, min(length, start + WORD_MAX) + 1):
            names = find(clean[start:end])
            if names is None:
                break
            for name in names:
                yield start, end, name


def _pairs(clean: str) -> Iterator[str]:
    """Return the pairs of adjacent Chinese characters, and the runs of digits."""
    for left, right in pairwise(clean):
        if is_han(left) and is_han(right):
            yield left + right
    yield from _DIGITS.findall(clean)
