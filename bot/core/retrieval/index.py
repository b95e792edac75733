"""From a question to the supports that may answer it, with how sure the guide is, and why.

Every support and signpost is indexed twice: as one document of weighted fields (BM25F), and as
each of its sample questions (the nearest one counts). Features are words, character pairs and
pairs of folded syllables, so that a homophone, a missing word or typed pinyin still finds its
way. Scores of the channels are summed, never ranked against each other: magnitude is what the
confidence rests on.
"""

from __future__ import annotations

import math
from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from bot.core.domain.knowledge import IDENTITY, Knowledge, OutOfScopeTopic, Support
from bot.core.retrieval.analyzer import Analysis, Analyzer
from bot.core.retrieval.confidence import Evidence, confidence
from bot.core.retrieval.postings import Postings
from bot.core.retrieval.query_coverage import QueryCoverage

K1 = 2.0
B = 0.5
FIELD_WEIGHTS = {"title": 2.0, "keywords": 1.0, "questions": 4.0, "paper": 2.0}
SAMPLE_SHARE = 1.6
TERM = 2.0
SIGNPOST_LEAD = 1.25
SIGNPOST_FROM = 35.0
COMMON_SHARE = 0.08
NEAREST = 30.0
# The idf of a feature that no sample question has.
UNHEARD = 4.0
LEANINGS = 256


class Take(Protocol):
    """What `Analyser.features` does."""

    def __call__(self, text: str, *, cap: bool = True) -> Mapping[str, float]:
        """The features of a text of ours."""


class Match(NamedTuple):
    """A support with its score; `confidence` is the chance that it answers the question."""

    support: str
    score: float
    confidence: float
    matched: tuple[str, ...]
    evidence: Evidence


class Findings(NamedTuple):
    """What a search came to. `signpost` names the uncovered topic that fits better, if any;
    `elsewhere`: the question is about another city."""

    matches: tuple[Match, ...]
    signpost: str = ""
    sure: float = 0.0
    elsewhere: bool = False


@dataclass(frozen=True)
class Index:
    """One knowledge version, ready to be searched. Built once, read by every turn.

    The entries of `table` are the documents (supports, then signposts) with their BM25F impacts,
    then their sample questions as unit vectors; `owned` says which document has which of them.
    `rarity`: each feature's idf among the sample questions.
    """

    analyser: Analyzer
    documents: tuple[str, ...]
    signposts_from: int
    vocabulary: Mapping[str, int]
    table: Postings
    rarity: array[float]
    owned: tuple[int, ...]
    prior: Mapping[str, frozenset[str]]

    @cached_property
    def _ours(self) -> int:
        """The supports, as bits: what is not one of them is a signpost."""
        return (1 << self.signposts_from) - 1

    def search(
        self, text: str, profile: Mapping[str, Sequence[str]] | None = None, limit: int = 5
    ) -> Findings:
        """The best supports first, at most `limit`. `profile` breaks ties between supports that
        speak to different people; it never makes an uncovered topic look covered."""
        asked = self.analyser.analyse(text)
        if not asked.features:
            return Findings((), elsewhere=asked.elsewhere)
        vocabulary = self.vocabulary
        places = {f: vocabulary[f] for f in asked.features if f in vocabulary}
        known = [(place, asked.features[feature]) for feature, place in places.items()]
        sums, documents = self.table.weigh(known), len(self.documents)
        fields, dots = sums[:documents], sums[documents:]
        nearness = np.maximum.reduceat(dots, self.owned[:-1]) / self._length(asked, known)
        whole = fields + SAMPLE_SHARE * NEAREST * nearness**2
        found: list[int] = fields.nonzero()[0].tolist()
        supports = [d for d in found if d < self.signposts_from]
        posts = found[len(supports) :]
        total: list[float] = whole.tolist()
        held = tuple((profile or {}).get(IDENTITY, ()))
        biased: list[float] = (whole * self._leaning(held)).tolist() if held else total
        # Of equals, the first of the paper: both lists ascend, and neither call reorders equals.
        ranked = sorted(supports, key=biased.__getitem__, reverse=True)[:limit]
        post = max(posts, key=total.__getitem__, default=None)
        heard = QueryCoverage.of(asked, places, self.holders, self.analyser.lexicon.weight)
        return self._judge(heard, ranked, biased, total, nearness.tolist(), post)

    def _length(self, asked: Analysis, known: Sequence[tuple[int, float]]) -> float:
        """The length of the question as a vector of idf; `known`: the places and weights of the
        features that we have heard."""
        heard = sum([(weight * self.rarity[place]) ** 2 for place, weight in known])
        every = sum([weight**2 for weight in asked.features.values()])
        unheard = every - sum([weight**2 for _, weight in known])
        return math.sqrt(heard + UNHEARD**2 * max(unheard, 0.0)) or 1.0

    def _leaning(self, held: tuple[str, ...]) -> NDArray[np.float64]:
        """For each document how much more it means to somebody who is one of these."""
        leaning = self._leanings.get(held)
        if leaning is None:
            if len(self._leanings) >= LEANINGS:
                self._leanings.clear()
            leaning = np.array([self._bias(doc, held) for doc in self.documents])
            self._leanings[held] = leaning
        return leaning

    @cached_property
    def _leanings(self) -> dict[tuple[str, ...], NDArray[np.float64]]:
        return {}

    def _bias(self, document: str, held: Sequence[str]) -> float:
        allowed = self.prior.get(document)
        if not allowed:
            return 1.0
        return 1.3 if allowed.intersection(held) else 0.85

    @cached_property
    def holders(self) -> list[int]:
        """For each feature the documents that have it, as bits: document 3 is `1 << 3`."""
        return self.table.holders(len(self.documents))

    def _judge(
        self,
        heard: QueryCoverage,
        ranked: list[int],
        biased: Sequence[float],
        total: Sequence[float],
        nearest: Sequence[float],
        post: int | None,
    ) -> Findings:
        matches = []
        asked = heard.asked
        known, strange = heard.share(self._ours), heard.strange(self._ours)
        against = total[post] if post is not None else 0.0
        for place, doc in enumerate(ranked):
            rival = ranked[1] if place == 0 and len(ranked) > 1 else ranked[0]
            score = total[doc]
            evidence = Evidence(
                score=score,
                nearest=nearest[doc],
                covered=heard.share(1 << doc),
                known=known,
                span=heard.span(1 << doc),
                margin=(biased[doc] - biased[rival]) / (biased[doc] or 1.0),
                signpost=against / score if score else 0.0,
                length=len(asked.text),
                strange=strange,
                elsewhere=asked.elsewhere,
            )
            matches.append(
                Match(
                    self.documents[doc],
                    round(biased[doc], 3),
                    confidence(evidence),
                    heard.words(1 << doc)[:6],
                    evidence,
                )
            )
        signpost = self._signpost(heard, ranked, total, post)
        sure = matches[0].confidence if matches else 0.0
        return Findings(tuple(matches), signpost, sure, asked.elsewhere)

    def _signpost(
        self,
        heard: QueryCoverage,
        ranked: Sequence[int],
        total: Sequence[float],
        post: int | None,
    ) -> str:
        """The uncovered topic that fits clearly better than any support. It is named only where
        the question names it, or is much like one on file."""
        if post is None or (ranked and total[post] <= SIGNPOST_LEAD * total[ranked[0]]):
            return ""
        clear = total[post] >= SIGNPOST_FROM or heard.span(1 << post) > 0
        return self.documents[post] if clear else ""


def build(knowledge: Knowledge, analyser: Analyzer, take: Take | None = None) -> Index:
    """Index a knowledge version. Takes some 500 ms; run it off the event loop. `take` gives the
    features of a text of ours where somebody knows them already."""
    take = take or analyser.features
    entries: list[Support | OutOfScopeTopic] = [
        *knowledge.supports.values(),
        *knowledge.signposts.values(),
    ]
    samples: list[Mapping[str, float]] = []
    owned = [0]
    for entry in entries:
        samples += [take(text) for text in (*entry.questions, entry.title)]
        owned.append(len(samples))
    fields = _bm25f([_fields(entry, analyser, take) for entry in entries])
    names = dict.fromkeys(feature for features in (*fields, *samples) for feature in features)
    vectors, rarity = _vectors(samples)
    return Index(
        analyser=analyser,
        documents=tuple(entry.id for entry in entries),
        signposts_from=len(knowledge.supports),
        vocabulary={feature: place for place, feature in enumerate(names)},
        table=Postings.build(names, [*fields, *vectors]),
        rarity=array("f", (rarity.get(feature, UNHEARD) for feature in names)),
        owned=tuple(owned),
        prior=priors(knowledge),
    )


def priors(knowledge: Knowledge) -> dict[str, frozenset[str]]:
    """Whom each support speaks to, where it speaks to somebody in particular."""
    return {
        support.id: frozenset(condition.allowed)
        for support in knowledge.supports.values()
        for condition in support.conditions
        if condition.slot == IDENTITY
    }


def _fields(
    entry: Support | OutOfScopeTopic, analyser: Analyzer, take: Take
) -> dict[str, Mapping[str, float]]:
    paper = f"{entry.quote} {entry.summary}" if isinstance(entry, Support) else ""
    names = {f"t:{term}": TERM for term in analyser.own_terms(entry)}
    return {
        "title": take(entry.title),
        "keywords": {**take(" ".join(entry.keywords), cap=False), **names},
        "questions": take(" ".join(entry.questions), cap=False),
        "paper": take(paper),
    }


def _bm25f(documents: Sequence[Mapping[str, Mapping[str, float]]]) -> list[dict[str, float]]:
    length: dict[str, float] = {
        name: sum(sum(d[name].values()) for d in documents) / len(documents) or 1.0
        for name in FIELD_WEIGHTS
    }
    merged: list[dict[str, float]] = []
    counts: dict[str, int] = defaultdict(int)
    for document in documents:
        whole: dict[str, float] = defaultdict(float)
        for name, features in document.items():
            size = sum(features.values()) or 1.0
            scale = FIELD_WEIGHTS[name] / (1 - B + B * size / length[name])
            for feature, count in features.items():
                whole[feature] += scale * count
        merged.append(whole)
        for feature in whole:
            counts[feature] += 1
    for whole in merged:
        for feature, tf in whole.items():
            idf = math.log(1 + (len(documents) - counts[feature] + 0.5) / (counts[feature] + 0.5))
            whole[feature] = idf * tf * (K1 + 1) / (tf + K1)
    return merged


def _vectors(
    samples: Sequence[Mapping[str, float]],
) -> tuple[list[dict[str, float]], dict[str, float]]:
    """Sample questions as unit vectors of idf, times idf once more for the question that they
    will be held against; and the idf. What is common to many samples is left out of them."""
    counts: dict[str, int] = defaultdict(int)
    for sample in samples:
        for feature in sample:
            counts[feature] += 1
    idf = {f: math.log(1 + len(samples) / n) for f, n in counts.items()}
    common = {f for f, n in counts.items() if n >= COMMON_SHARE * len(samples)}
    vectors = []
    for sample in samples:
        norm = math.sqrt(sum((w * idf[f]) ** 2 for f, w in sample.items())) or 1.0
        vectors.append({f: w * idf[f] ** 2 / norm for f, w in sample.items() if f not in common})
    return vectors, idf
