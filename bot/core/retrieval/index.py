"""Search the supports that may answer a question, each with a confidence and its evidence.

Supports and out-of-scope topics are documents. Each is indexed twice: as one BM25F document of
weighted fields, and as its sample questions, of which the nearest one counts (cosine similarity).
Features are words, character pairs and pairs of folded syllables, so that homophones, missing
words and typed pinyin still match. The scores of the channels are added, not fused by rank: the
confidence depends on their magnitude (docs/decisions/003).
"""

from __future__ import annotations

import math
from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress, pairwise
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from bot.core.domain.knowledge import IDENTITY, Knowledge, OutOfScopeTopic, Support
from bot.core.retrieval.analyzer import Analyzer
from bot.core.retrieval.confidence import IN_SCOPE_MAX, Evidence, confidence
from bot.core.retrieval.linear_classifier import UNKNOWN, LinearClassifier, Vector
from bot.core.retrieval.postings import Postings
from bot.core.retrieval.query_coverage import QueryCoverage
from bot.core.retrieval.training import fit, training_set

# All constants of this module were chosen by hand on the development questions. A change of one
# that affects the score requires new confidence weights (`bench/fit.py`).

# BM25: saturation of the term frequency, and strength (0..1) of the length normalization.
K1 = 2.0
B = 0.5
# BM25F: factor on the term frequency in each field, relative to 1.0.
FIELD_WEIGHTS = {"title": 2.0, "keywords": 1.0, "questions": 4.0, "quote": 2.0}
# Term frequency of a term feature in the field of keywords; a word counts 1.0.
TERM_WEIGHT = 2.0
# Score of a document = BM25F + SAMPLE_SHARE * SAMPLE_SCALE * cosine², with the cosine to its
# nearest sample question. SAMPLE_SCALE is the score of an identical question, in BM25F units.
SAMPLE_SHARE = 1.6
SAMPLE_SCALE = 30.0
# Share (0..1) of all sample questions from which a feature is left out of their vectors.
COMMON_SHARE = 0.08
# Inverse document frequency (natural log) of a feature that is in no sample question.
UNKNOWN_IDF = 4.0
# An out-of-scope topic is reported if its score is more than this many times that of the best
# support …
OUT_OF_SCOPE_LEAD = 1.25
# … and the question contains one of its terms, or its score is at least this.
OUT_OF_SCOPE_FROM = 35.0
# Factor on the score of a support that is restricted to certain identities, when the profile has
# one of them, and when it has none of them.
AUDIENCE_BOOST = 1.3
AUDIENCE_PENALTY = 0.85
# Combinations of identities whose factors are cached.
AUDIENCE_CACHE_SIZE = 256
# Matched words that a match lists.
MATCHED_WORDS = 6
# Similarity (0..1) to the nearest sample of an out-of-scope topic from which a question is on it.
TOPIC_FROM = 0.65
# Passes of the training of the scope classifier. Chosen by cross-validation on the samples
# (docs/decisions/053).
SCOPE_PASSES = 40


class FeatureExtractor(Protocol):
    """The signature of `Analyzer.features`."""

    def __call__(self, text: str, *, truncate: bool = True) -> Mapping[str, float]:
        """Return the weighted features of a knowledge text."""


class Match(NamedTuple):
    """A support with its score; `confidence` is the probability that it answers the question."""

    support: str
    score: float
    confidence: float
    matched: tuple[str, ...]
    evidence: Evidence


class SearchResult(NamedTuple):
    """The result of a search.

    `matches`: best first. `out_of_scope`: id of the out-of-scope topic that fits clearly better
    than any support, or "". `confidence`: that of the first match, 0 without one. `other_city`:
    the question is about another city.
    """

    matches: tuple[Match, ...]
    out_of_scope: str = ""
    confidence: float = 0.0
    other_city: bool = False


class Audience(NamedTuple):
    """The identities that a support names, and those that it may also mean."""

    named: frozenset[str]
    possible: frozenset[str]


@dataclass(frozen=True)
class Index:
    """The search index of one knowledge version; immutable apart from its caches.

    `documents`: ids of the supports, then of the out-of-scope topics; the first `support_count`
    are supports. `vocabulary`: feature → feature id. `postings`: the items are the documents with
    their BM25F weights, then their sample questions as unit vectors. `sample_offsets`, length
    documents + 1: the samples of document `n` are `sample_offsets[n]:sample_offsets[n + 1]`,
    counted from the first sample. `sample_idf`: inverse document frequency of each feature id
    among the sample questions. `audiences`: support id → the identities that it is restricted to.
    `clauses`: the clause of each support. `scope_model`: tells texts on the supports from texts on
    the out-of-scope topics, on the same vocabulary.
    """

    analyzer: Analyzer
    documents: tuple[str, ...]
    support_count: int
    vocabulary: Mapping[str, int]
    postings: Postings
    sample_idf: array[float]
    sample_offsets: tuple[int, ...]
    audiences: Mapping[str, Audience]
    clauses: tuple[str, ...]
    scope_model: LinearClassifier

    def search(
        self, text: str, profile: Mapping[str, Sequence[str]] | None = None, limit: int = 5
    ) -> SearchResult:
        """Return at most `limit` supports, the best first.

        `profile` (slot → choices) changes the order of supports for different identities. The
        evidence, except the margin, and the out-of-scope test use the scores without it.
        """
        analysis = self.analyzer.analyze(text)
        if not analysis.features:
            return SearchResult((), other_city=analysis.other_city)
        vector = Vector.of(analysis.features, self.vocabulary)
        known = vector.numbers != UNKNOWN
        rows = self.postings.rows(vector.numbers[known])
        sums, documents = rows.score(vector.weights[known]), len(self.documents)
        bm25f, dots = sums[:documents], sums[documents:]
        # The Euclidean norm of the question as an idf vector.
        values = vector.weights * self._query_idf.take(vector.numbers)
        norm = math.sqrt(values @ values) or 1.0
        nearest = np.maximum.reduceat(dots, self._sample_starts) / norm
        combined = bm25f + SAMPLE_SHARE * SAMPLE_SCALE * nearest**2
        identities = tuple((profile or {}).get(IDENTITY, ()))
        ranking = combined
        if identities:
            ranking = combined * self._audience_factors(identities)
        supports = bm25f[: self.support_count].nonzero()[0]
        topics = bm25f[self.support_count :].nonzero()[0] + self.support_count
        ranked = _best(supports, ranking, limit)
        topic = int(topics[combined[topics].argmax()]) if len(topics) else None
        names = compress(analysis.features, known.tolist())
        sets = rows.item_sets(self._groups(ranked, topic))
        weight = self.analyzer.lexicon.weight
        coverage = QueryCoverage.of(analysis, dict(zip(names, sets, strict=True)), weight)
        in_scope = self._in_scope(vector.first(len(known) - len(analysis.terms)), nearest)
        return self._result(coverage, ranked, ranking, combined, nearest, topic, in_scope)

    def _groups(self, ranked: Sequence[int], topic: int | None) -> list[int | slice]:
        """Return the groups of documents in which the features of a question are looked up: each
        of the ranked supports, the topic if there is one, and all supports together."""
        last = [] if topic is None else [topic]
        return [*ranked, *last, slice(self.support_count)]

    @cached_property
    def _sample_starts(self) -> NDArray[np.intp]:
        """The first sample of each document."""
        return np.array(self.sample_offsets[:-1], np.intp)

    @cached_property
    def _query_idf(self) -> NDArray[np.float64]:
        """The inverse document frequency of each feature id, that of an unknown feature last."""
        return np.array([*self.sample_idf, UNKNOWN_IDF])

    def _in_scope(self, surface: Vector, nearest: NDArray[np.float64]) -> float:
        """Return the log-odds that a question is about a support against an out-of-scope topic. A
        question that is nearest to a sample of a topic, and similar to it, is out of scope.
        `surface`: the question without its terms."""
        support = float(nearest[: self.support_count].max(initial=0.0))
        topic = float(nearest[self.support_count :].max(initial=0.0))
        if topic >= TOPIC_FROM and topic > support:
            return -IN_SCOPE_MAX
        return self.scope_model.log_odds(surface)

    def _audience_factors(self, identities: tuple[str, ...]) -> NDArray[np.float64]:
        """Return for each document the factor on its score for these identities (cached)."""
        factors = self._audience_cache.get(identities)
        if factors is None:
            if len(self._audience_cache) >= AUDIENCE_CACHE_SIZE:
                self._audience_cache.clear()
            factors = np.array([self._audience_factor(d, identities) for d in self.documents])
            self._audience_cache[identities] = factors
        return factors

    @cached_property
    def _audience_cache(self) -> dict[tuple[str, ...], NDArray[np.float64]]:
        return {}

    def _audience_factor(self, document: str, identities: Sequence[str]) -> float:
        audience = self.audiences.get(document)
        if audience is None:
            return 1.0
        if audience.named.intersection(identities):
            return AUDIENCE_BOOST
        return 1.0 if audience.possible.intersection(identities) else AUDIENCE_PENALTY

    def _result(
        self,
        coverage: QueryCoverage,
        ranked: list[int],
        ranking: NDArray[np.float64],
        scores: NDArray[np.float64],
        nearest: NDArray[np.float64],
        topic: int | None,
        in_scope: float,
    ) -> SearchResult:
        """Collect the evidence for each ranked support.

        Per document: `scores` without and `ranking` with the audience factor, `nearest` the cosine
        to its nearest sample. `topic`: the best out-of-scope document.
        """
        matches = []
        analysis = coverage.analysis
        supports = 1 << (len(ranked) + (topic is not None))
        known = coverage.share(supports)
        unknown_words = coverage.unknown_words(supports)
        against = scores.item(topic) if topic is not None else 0.0
        orders: list[float] = ranking[ranked].tolist()
        first = self.clauses[ranked[0]] if ranked else ""
        other = (o for d, o in zip(ranked, orders, strict=True) if self.clauses[d] != first)
        second = next(other, 0.0)
        for rank, document in enumerate(ranked):
            rival = second if rank == 0 else orders[0]
            score, order = scores.item(document), orders[rank]
            evidence = Evidence(
                score=score,
                nearest=nearest.item(document),
                covered=coverage.share(1 << rank),
                known=known,
                longest_term=coverage.longest_term(1 << rank),
                margin=(order - rival) / (order or 1.0),
                out_of_scope=against / score if score else 0.0,
                length=len(analysis.text),
                unknown_words=unknown_words,
                other_city=analysis.other_city,
                in_scope=in_scope,
            )
            matches.append(
                Match(
                    self.documents[document],
                    round(order, 3),
                    confidence(evidence),
                    coverage.matched_words(1 << rank)[:MATCHED_WORDS],
                    evidence,
                )
            )
        out_of_scope = self._out_of_scope(coverage, ranked, scores, topic)
        best = matches[0].confidence if matches else 0.0
        return SearchResult(tuple(matches), out_of_scope, best, analysis.other_city)

    def _out_of_scope(
        self,
        coverage: QueryCoverage,
        ranked: Sequence[int],
        scores: NDArray[np.float64],
        topic: int | None,
    ) -> str:
        """Return the id of the out-of-scope topic if it fits clearly better than any support, and
        the question contains one of its terms or has a high score; else ""."""
        if topic is None or (ranked and scores[topic] <= OUT_OF_SCOPE_LEAD * scores[ranked[0]]):
            return ""
        clear = scores[topic] >= OUT_OF_SCOPE_FROM or coverage.longest_term(1 << len(ranked)) > 0
        return self.documents[topic] if clear else ""


def _best(items: NDArray[np.intp], scores: NDArray[np.float64], limit: int) -> list[int]:
    """Return at most `limit` of the ascending `items`, the highest score first; equal scores keep
    the order of the items. Not all items are sorted."""
    if len(items) > limit:
        least = np.partition(scores[items], -limit)[-limit]
        items = items[scores[items] >= least]
    best: list[int] = items[(-scores[items]).argsort(kind="stable")][:limit].tolist()
    return best


def build_index(
    knowledge: Knowledge, analyzer: Analyzer, extract: FeatureExtractor | None = None
) -> Index:
    """Build the index of a knowledge version. Takes about 500 ms: run it off the event loop.

    `extract` replaces `analyzer.features`, for example by a cache of it.
    """
    extract = extract or analyzer.features
    entries: list[Support | OutOfScopeTopic] = [
        *knowledge.supports.values(),
        *knowledge.signposts.values(),
    ]
    samples: list[Mapping[str, float]] = []
    offsets = [0]
    for entry in entries:
        samples += [extract(text) for text in (*entry.questions, entry.title)]
        offsets.append(len(samples))
    inside: list[Mapping[str, float]] = []
    outside: list[Mapping[str, float]] = []
    for entry, (start, end) in zip(entries, pairwise(offsets), strict=True):
        own = [*samples[start:end], *(extract(keyword) for keyword in entry.keywords)]
        if isinstance(entry, Support):
            inside += own
        else:
            outside += own
    documents = _bm25f([_fields(entry, analyzer, extract) for entry in entries])
    every = (*documents, *samples, *inside, *outside)
    names = dict.fromkeys(feature for features in every for feature in features)
    vocabulary = {feature: number for number, feature in enumerate(names)}
    sides = {"in": inside, "out": outside} if outside else {}
    scope_model = fit(training_set(sides, SCOPE_PASSES))
    vectors, idf = _sample_vectors(samples)
    return Index(
        analyzer=analyzer,
        documents=tuple(entry.id for entry in entries),
        support_count=len(knowledge.supports),
        vocabulary=vocabulary,
        postings=Postings.build(names, [*documents, *vectors]),
        sample_idf=array("f", (idf.get(feature, UNKNOWN_IDF) for feature in names)),
        sample_offsets=tuple(offsets),
        audiences=audiences(knowledge),
        clauses=tuple(support.clause for support in knowledge.supports.values()),
        scope_model=scope_model.on(vocabulary),
    )


def audiences(knowledge: Knowledge) -> dict[str, Audience]:
    """Map each support that names certain identities to its audience."""
    slot = knowledge.slots.get(IDENTITY)
    nobody = {slot.none_choice} if slot else set()
    return {
        support.id: Audience(frozenset(condition.allowed), frozenset(condition.perhaps) - nobody)
        for support in knowledge.supports.values()
        for condition in support.conditions
        if condition.slot == IDENTITY and condition.allowed
    }


def _fields(
    entry: Support | OutOfScopeTopic, analyzer: Analyzer, extract: FeatureExtractor
) -> dict[str, Mapping[str, float]]:
    """Return the features of each field of an entry."""
    quote = f"{entry.quote} {entry.summary}" if isinstance(entry, Support) else ""
    terms = {f"t:{term}": TERM_WEIGHT for term in analyzer.entry_terms(entry)}
    return {
        "title": extract(entry.title),
        "keywords": {**extract(" ".join(entry.keywords), truncate=False), **terms},
        "questions": extract(" ".join(entry.questions), truncate=False),
        "quote": extract(quote),
    }


def _bm25f(documents: Sequence[Mapping[str, Mapping[str, float]]]) -> list[dict[str, float]]:
    """Return the BM25F weight of each feature in each document.

    `documents`: field → feature → frequency. A query needs no further normalization: its score is
    the sum of these weights.
    """
    mean_length: dict[str, float] = {
        name: sum(sum(d[name].values()) for d in documents) / len(documents) or 1.0
        for name in FIELD_WEIGHTS
    }
    merged: list[dict[str, float]] = []
    counts: dict[str, int] = defaultdict(int)
    for document in documents:
        frequencies: dict[str, float] = defaultdict(float)
        for name, features in document.items():
            length = sum(features.values()) or 1.0
            scale = FIELD_WEIGHTS[name] / (1 - B + B * length / mean_length[name])
            for feature, count in features.items():
                frequencies[feature] += scale * count
        merged.append(frequencies)
        for feature in frequencies:
            counts[feature] += 1
    for frequencies in merged:
        for feature, tf in frequencies.items():
            idf = math.log(1 + (len(documents) - counts[feature] + 0.5) / (counts[feature] + 0.5))
            frequencies[feature] = idf * tf * (K1 + 1) / (tf + K1)
    return merged


def _sample_vectors(
    samples: Sequence[Mapping[str, float]],
) -> tuple[list[dict[str, float]], dict[str, float]]:
    """Return a vector for each sample question, and the idf of each feature.

    A vector is the unit vector of idf weights, multiplied by idf once more on behalf of the query,
    whose features carry no idf. Features in at least COMMON_SHARE of the samples are left out.
    """
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
