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
from itertools import pairwise

from bot.core.analysis import Analyser, Analysis
from bot.core.confidence import Evidence, confidence
from bot.core.model import Knowledge, Signpost, Support
from bot.core.postings import Postings, most_telling

K1 = 2.0
B = 0.5
FIELD_WEIGHTS = {"title": 2.0, "keywords": 1.0, "questions": 4.0, "paper": 2.0}
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
    impacts: Postings
    samples: Postings
    rarity: array[float]
    owned: tuple[int, ...]
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
        for feature in most_telling(self.impacts, asked.features, FIELD_FEATURES):
            weight = asked.features[feature]
            for doc, impact in zip(*self.impacts.rows(feature), strict=True):
                fields[doc] += weight * impact
        dots = [0.0] * self.owned[-1]
        norm = sum((w * self._idf(f)) ** 2 for f, w in asked.features.items())
        for feature in most_telling(self.samples, asked.features, SAMPLE_FEATURES):
            scale = asked.features[feature] * self._idf(feature)
            for sample, impact in zip(*self.samples.rows(feature), strict=True):
                dots[sample] += scale * impact
        length = math.sqrt(norm) or 1.0
        nearest = {}
        for doc, (start, end) in enumerate(pairwise(self.owned)):
            if best := max(dots[start:end]):
                nearest[doc] = (best / length) ** 2 * NEAREST
        return fields, nearest

    def _idf(self, feature: str) -> float:
        place = self.samples.places.get(feature)
        return UNHEARD if place is None else self.rarity[place]

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
        known, strange = self._known(asked), self._strange(asked)
        for place, doc in enumerate(ranked):
            rival = ranked[1] if place == 0 and len(ranked) > 1 else ranked[0]
            evidence = Evidence(
                score=total[doc],
                nearest=math.sqrt(nearest.get(doc, 0.0) / NEAREST),
                covered=self._covered(asked, doc),
                known=known,
                span=self._span(asked, doc),
                margin=(biased[doc] - biased[rival]) / (biased[doc] or 1.0),
                signpost=(total[post] / total[doc]) if post is not None and total[doc] else 0.0,
                length=len(asked.text),
                strange=strange,
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
        """How much of the question this entry has heard."""
        whole = sum(asked.pairs.values())
        heard = sum(w for pair, w in asked.pairs.items() if self.impacts.has(pair, doc))
        return heard / whole if whole else 0.0

    def _known(self, asked: Analysis) -> float:
        """How much of the question any support has heard."""
        whole = sum(asked.pairs.values())
        heard = sum(w for pair, w in asked.pairs.items() if self._ours(pair))
        return heard / whole if whole else 0.0

    def _strange(self, asked: Analysis) -> float:
        """How many words of two characters and more no support has ever heard."""
        weigh = self.analyser.lexicon.weight
        words = [f[2:] for f in asked.features if f[0] == "w" and len(f) > 3 and not self._ours(f)]
        return sum(sum(map(weigh, word)) / len(word) for word in words)

    def _ours(self, feature: str) -> bool:
        first = self.impacts.first(feature)
        return first is not None and first < self.signposts_from

    def _shared(self, asked: Analysis, doc: int) -> list[str]:
        words = [f for f in asked.features if f[0] == "w" and len(f) > 3]
        return [f[2:] for f in words if self.impacts.has(f, doc)]

    def _span(self, asked: Analysis, doc: int) -> int:
        named = [t for t in asked.terms if self.impacts.has(f"t:{t}", doc)]
        return max(map(len, named), default=0)


def build(knowledge: Knowledge, analyser: Analyser) -> Index:
    """Index a knowledge version. Takes some 100 ms; run it off the event loop."""
    entries: list[Support | Signpost] = [
        *knowledge.supports.values(),
        *knowledge.signposts.values(),
    ]
    samples: list[Mapping[str, float]] = []
    owned = [0]
    for entry in entries:
        samples += [analyser.features(text) for text in (*entry.questions, entry.title)]
        owned.append(len(samples))
    vectors, rarity = _cosine(samples)
    return Index(
        analyser=analyser,
        documents=tuple(entry.id for entry in entries),
        signposts_from=len(knowledge.supports),
        impacts=_bm25f([_fields(entry, analyser) for entry in entries]),
        samples=vectors,
        rarity=rarity,
        owned=tuple(owned),
        prior=priors(knowledge),
    )


def priors(knowledge: Knowledge) -> dict[str, frozenset[str]]:
    """Whom each support speaks to, where it speaks to somebody in particular."""
    return {
        support.id: frozenset(condition.allowed)
        for support in knowledge.supports.values()
        for condition in support.conditions
        if condition.slot == "identity"
    }


def _fields(entry: Support | Signpost, analyser: Analyser) -> dict[str, Mapping[str, float]]:
    paper = f"{entry.quote} {entry.summary}" if isinstance(entry, Support) else ""
    names = {f"t:{term}": TERM for term in analyser.own_terms(entry)}
    return {
        "title": analyser.features(entry.title),
        "keywords": {**analyser.features(" ".join(entry.keywords), cap=False), **names},
        "questions": analyser.features(" ".join(entry.questions), cap=False),
        "paper": analyser.features(paper),
    }


def _bm25f(documents: Sequence[Mapping[str, Mapping[str, float]]]) -> Postings:
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
    return Postings.build(merged)


def _cosine(samples: Sequence[Mapping[str, float]]) -> tuple[Postings, array[float]]:
    """Unit vectors, and each feature's idf; what is common to many samples has no rows."""
    counts: dict[str, int] = defaultdict(int)
    for sample in samples:
        for feature in sample:
            counts[feature] += 1
    idf = {f: math.log(1 + len(samples) / n) for f, n in counts.items()}
    vectors = []
    for sample in samples:
        norm = math.sqrt(sum((w * idf[f]) ** 2 for f, w in sample.items())) or 1.0
        vectors.append({f: w * idf[f] / norm for f, w in sample.items()})
    common = frozenset(f for f, n in counts.items() if n >= COMMON_SHARE * len(samples))
    postings = Postings.build(vectors, leave_out=common)
    return postings, array("f", (idf[feature] for feature in postings.places))
