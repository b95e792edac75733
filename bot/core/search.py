"""From a question to the supports that may answer it, with how sure the guide is, and why.

Every support and signpost is indexed twice: as one document of weighted fields (BM25F), and as
each of its sample questions (the nearest one counts). Features are words, character pairs and
pairs of folded syllables, so that a homophone, a missing word or typed pinyin still finds its
way. Scores of the channels are summed, never ranked against each other: magnitude is what the
confidence rests on.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.analysis import Analyser, Analysis
from bot.core.confidence import Evidence, confidence
from bot.core.model import Knowledge, Signpost, Support

K1 = 2.0
B = 0.5
FIELD_WEIGHTS = {"title": 2.0, "keywords": 1.0, "questions": 2.0, "paper": 2.0}
SAMPLE_SHARE = 1.6
TERM = 2.0
SIGNPOST_LEAD = 1.25
SIGNPOST_FROM = 35.0
SHORTLIST = 40
COMMON_SHARE = 0.08
NEAREST = 30.0
# The idf of a feature that no sample question has.
UNHEARD = 4.0
# A rambling message is judged by what is rarest in it: a bound on the work of a turn.
FIELD_FEATURES = 100
SAMPLE_FEATURES = 60

Impacts = Mapping[str, Sequence[tuple[int, float]]]


@dataclass(frozen=True, slots=True)
class Match:
    """A support with its score; `confidence` is the chance that it answers the question."""

    support: str
    score: float
    confidence: float
    matched: tuple[str, ...]
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Findings:
    """What a search came to. `signpost` names the uncovered topic that fits better, if any."""

    matches: tuple[Match, ...]
    signpost: str = ""
    sure: float = 0.0


@dataclass(frozen=True)
class Index:
    """One knowledge version, ready to be searched. Built once, read by every turn."""

    analyser: Analyser
    documents: tuple[str, ...]
    signposts_from: int
    impacts: Impacts
    samples: Impacts
    sample_owner: tuple[int, ...]
    vocabulary: tuple[frozenset[str], ...]
    spans: tuple[frozenset[str], ...]
    prior: Mapping[str, frozenset[str]]

    def search(
        self, text: str, profile: Mapping[str, Sequence[str]] | None = None, limit: int = 5
    ) -> Findings:
        """The best supports first, at most `limit`. `profile` breaks ties between supports that
        speak to different people; it never makes an uncovered topic look covered."""
        asked = self.analyser.analyse(text)
        if not asked.features:
            return Findings(())
        fields, nearest = self._scores(asked)
        total = {
            doc: score + SAMPLE_SHARE * nearest.get(doc, 0.0) for doc, score in fields.items()
        }
        supports = [d for d in total if d < self.signposts_from]
        posts = [d for d in total if d >= self.signposts_from]
        biased = {d: total[d] * self._bias(d, profile or {}) for d in supports}
        ranked = sorted(supports, key=lambda d: (-biased[d], d))[:limit]
        post = max(posts, key=lambda d: (total[d], -d), default=None)
        return self._judge(asked, ranked, biased, total, nearest, post)

    def _bias(self, doc: int, profile: Mapping[str, Sequence[str]]) -> float:
        allowed = self.prior.get(self.documents[doc])
        held = profile.get("identity", ())
        if not allowed or not held:
            return 1.0
        return 1.3 if allowed.intersection(held) else 0.85

    def _scores(self, asked: Analysis) -> tuple[dict[int, float], dict[int, float]]:
        fields: dict[int, float] = defaultdict(float)
        for postings, weight in _telling(asked.features, self.impacts, FIELD_FEATURES):
            for doc, impact in postings:
                fields[doc] += weight * impact
        dots = [0.0] * len(self.sample_owner)
        norm = 0.0
        for feature, weight in asked.features.items():
            idf = self.samples[feature][0][1] if feature in self.samples else UNHEARD
            norm += (weight * idf) ** 2
        for postings, weight in _telling(asked.features, self.samples, SAMPLE_FEATURES):
            scale = weight * postings[0][1]
            for sample, impact in postings[1:]:
                dots[sample] += scale * impact
        length = math.sqrt(norm) or 1.0
        nearest: dict[int, float] = {}
        for doc, dot in zip(self.sample_owner, dots, strict=True):
            if dot and dot > nearest.get(doc, 0.0):
                nearest[doc] = dot
        return fields, {doc: (dot / length) ** 2 * NEAREST for doc, dot in nearest.items()}

    def _judge(
        self,
        asked: Analysis,
        ranked: list[int],
        biased: Mapping[int, float],
        total: Mapping[int, float],
        nearest: Mapping[int, float],
        post: int | None,
    ) -> Findings:
        matches = []
        for place, doc in enumerate(ranked):
            rival = ranked[1] if place == 0 and len(ranked) > 1 else ranked[0]
            evidence = Evidence(
                score=total[doc],
                nearest=math.sqrt(nearest.get(doc, 0.0) / NEAREST),
                covered=self._covered(asked, doc),
                known=asked.known,
                span=self._span(asked, doc),
                margin=(biased[doc] - biased[rival]) / (biased[doc] or 1.0),
                signpost=(total[post] / total[doc]) if post is not None and total[doc] else 0.0,
                length=len(asked.text),
                strange=asked.strange,
                elsewhere=asked.elsewhere,
            )
            matches.append(
                Match(
                    self.documents[doc],
                    round(biased[doc], 3),
                    confidence(evidence),
                    tuple(sorted(self._shared(asked, doc), key=lambda w: (-len(w), w))[:6]),
                    evidence,
                )
            )
        signpost = self._signpost(asked, ranked, total, post)
        return Findings(tuple(matches), signpost, matches[0].confidence if matches else 0.0)

    def _signpost(
        self,
        asked: Analysis,
        ranked: Sequence[int],
        total: Mapping[int, float],
        post: int | None,
    ) -> str:
        """The uncovered topic that fits clearly better than any support. It is named only where
        the question names it, or is much like one on file."""
        if post is None or (ranked and total[post] <= SIGNPOST_LEAD * total[ranked[0]]):
            return ""
        clear = total[post] >= SIGNPOST_FROM or self._span(asked, post) > 0
        return self.documents[post] if clear else ""

    def _covered(self, asked: Analysis, doc: int) -> float:
        own = self.vocabulary[doc]
        whole = sum(asked.pairs.values())
        return sum(w for pair, w in asked.pairs.items() if pair in own) / whole if whole else 0.0

    def _shared(self, asked: Analysis, doc: int) -> list[str]:
        own = self.vocabulary[doc]
        return [f[2:] for f in asked.features if f[0] == "w" and f in own and len(f) > 3]

    def _span(self, asked: Analysis, doc: int) -> int:
        return max((len(t) for t in asked.terms if t in self.spans[doc]), default=0)


def _telling(
    features: Mapping[str, float], postings: Impacts, limit: int
) -> list[tuple[Sequence[tuple[int, float]], float]]:
    """The postings of the rarest `limit` features, with the weight of each in the question."""
    found = [(postings[f], weight) for f, weight in features.items() if f in postings]
    if len(found) > limit:
        found.sort(key=lambda item: len(item[0]))
    return found[:limit]


def build(knowledge: Knowledge, analyser: Analyser) -> Index:
    """Index a knowledge version. Takes some 100 ms; run it off the event loop."""
    entries: list[Support | Signpost] = [
        *knowledge.supports.values(),
        *knowledge.signposts.values(),
    ]
    fields = [_fields(entry, analyser) for entry in entries]
    impacts = _bm25f(fields)
    samples: list[Mapping[str, float]] = []
    owner: list[int] = []
    for number, entry in enumerate(entries):
        for question in (*entry.questions, entry.title):
            samples.append(analyser.features(question))
            owner.append(number)
    vocabulary = [frozenset().union(*(set(f) for f in field.values())) for field in fields]
    return Index(
        analyser=analyser,
        documents=tuple(entry.id for entry in entries),
        signposts_from=len(knowledge.supports),
        impacts=impacts,
        samples=_cosine(samples),
        sample_owner=tuple(owner),
        vocabulary=tuple(vocabulary),
        spans=tuple(frozenset(analyser.own_terms(entry)) for entry in entries),
        prior={
            s.id: frozenset(c.allowed)
            for s in knowledge.supports.values()
            for c in s.conditions
            if c.slot == "identity"
        },
    )


def _fields(entry: Support | Signpost, analyser: Analyser) -> dict[str, Mapping[str, float]]:
    paper = f"{entry.quote} {entry.summary}" if isinstance(entry, Support) else ""
    names = {f"t:{term}": TERM for term in analyser.own_terms(entry)}
    return {
        "title": analyser.features(entry.title),
        "keywords": {**analyser.features(" ".join(entry.keywords), cap=False), **names},
        "questions": analyser.features(" ".join(entry.questions), cap=False),
        "paper": analyser.features(paper),
    }


def _bm25f(
    documents: Sequence[Mapping[str, Mapping[str, float]]],
) -> dict[str, list[tuple[int, float]]]:
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
    impacts: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for number, whole in enumerate(merged):
        for feature, tf in whole.items():
            idf = math.log(1 + (len(documents) - counts[feature] + 0.5) / (counts[feature] + 0.5))
            impacts[feature].append((number, round(idf * tf * (K1 + 1) / (tf + K1), 4)))
    return dict(impacts)


def _cosine(samples: Sequence[Mapping[str, float]]) -> dict[str, list[tuple[int, float]]]:
    """Postings of unit vectors; the first entry of each list holds the feature's idf."""
    counts: dict[str, int] = defaultdict(int)
    for sample in samples:
        for feature in sample:
            counts[feature] += 1
    idf = {f: math.log(1 + len(samples) / n) for f, n in counts.items()}
    postings: dict[str, list[tuple[int, float]]] = {
        f: [(-1, round(w, 4))] for f, w in idf.items() if counts[f] < COMMON_SHARE * len(samples)
    }
    for number, sample in enumerate(samples):
        norm = math.sqrt(sum((w * idf[f]) ** 2 for f, w in sample.items())) or 1.0
        for feature, weight in sample.items():
            if feature in postings:
                postings[feature].append((number, round(weight * idf[feature] / norm, 4)))
    return postings
