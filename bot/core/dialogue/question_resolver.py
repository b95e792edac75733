"""From a question to an outcome: what may answer it, and whether to answer, ask back or pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bot.core.domain.cache import Cache, CacheKind
from bot.core.domain.knowledge import IDENTITY, Knowledge, Support
from bot.core.domain.session import Profile
from bot.core.nlu.command_classifier import MessageParser
from bot.core.nlu.patterns import (
    LAST_REQUEST,
    has_content,
    is_question,
    remove_negated,
    strip_function_words,
    to_standard_words,
)
from bot.core.retrieval.confidence import ANSWER_FROM, CLARIFY_FROM
from bot.core.retrieval.index import Index, Match, SearchResult
from bot.core.text.normalizer import segments

CANDIDATES = 3
SHORT = 4
# A message of so many characters is too short to rest on one shared word, unless a question on
# file is nearly the same.
SCRAP = 6
LIKE_ONE_ON_FILE = 0.8
LIKE_SOME_ON_FILE = 0.5
UNLIKE_ALL = 0.3
CLOSE = 0.2
PAYING = 0.8
STORY = 30
ASKING_PARTS = 3


@dataclass(frozen=True)
class QuestionResolver:
    """Searches one knowledge version for what a founder asks."""

    knowledge: Knowledge
    index: Index
    reader: MessageParser
    cache: Cache

    def find(self, query: str, profile: Profile, field: str = "") -> SearchResult:
        """The best supports first. Who asks how much (`field`) means the support that names an
        amount, if one is nearly as close as the best."""
        clean = self.reader.clean(query)
        key = (clean, tuple(profile.get(IDENTITY, ())))
        found = self.cache.get(
            CacheKind.SEARCH, key, lambda: self._business(query, clean, profile)
        )
        if field != "amount" or not found.matches:
            return found
        least = PAYING * found.matches[0].score

        def pays(match: Match) -> bool:
            return bool(self.knowledge.supports[match.support].amount) and match.score >= least

        return found._replace(matches=tuple(sorted(found.matches, key=lambda m: not pays(m))))

    def says_nothing(self, query: str, profile: Profile) -> bool:
        """Whether neither the paper nor a signpost has anything on this."""
        found = self.find(query, profile)
        return not found.out_of_scope and decide(found, len(query)) == "unknown"

    def _business(self, query: str, clean: str, profile: Profile) -> SearchResult:
        """What is found; “开奶茶店能贷款吗” means no support for another business."""
        found = self._look_up(query, clean, profile)
        rest = self.reader.businesses.remove(clean, named=True)
        if not rest or found.out_of_scope or found.other_city:
            return found
        others = self.reader.businesses.policy_businesses
        left = self._without(found, others)
        if left.confidence < ANSWER_FROM and (topic := self.topic(rest)):
            asked = self._without(self.index.search(topic, profile), others)
            left = max(left, asked, key=lambda f: f.confidence)
        return left

    def _look_up(self, query: str, clean: str, profile: Profile) -> SearchResult:
        """The whole message but what it says no to; of a long story that says nothing clear, the
        part that asks."""
        kept, denied = remove_negated(clean)
        found = self.index.search(kept if denied else query, profile)
        if found.confidence < ANSWER_FROM and (plain := to_standard_words(kept)) != kept:
            found = max(found, self.index.search(plain, profile), key=lambda f: f.confidence)
        if denied:
            return self._denying(kept, denied, found, profile)
        if (
            found.confidence < ANSWER_FROM
            and not found.out_of_scope
            and (topic := self.topic(clean))
        ):
            found = max(found, self.index.search(topic, profile), key=lambda f: f.confidence)
        if found.confidence >= ANSWER_FROM or len(clean) <= STORY:
            return found
        asking = [part for part in segments(clean) if is_question(part) and has_content(part)]
        parts = [self.index.search(part, profile) for part in asking[-ASKING_PARTS:]]
        clear = [
            part for part in parts if part.confidence >= ANSWER_FROM and not part.out_of_scope
        ]
        return max(clear, key=lambda part: part.confidence, default=found)

    def topic(self, clean: str) -> str:
        """The term that a message is about, where it says nothing else but which side of it is
        asked for: “贷款额度”; or ""."""
        return " ".join(self.topics(self.reader.fields(clean)[1]))

    def topics(self, rest: str) -> tuple[str, ...]:
        """The terms that are all there is in what a message says besides the side asked for."""
        named = [strip_function_words(part) for part in rest.split(" ")]
        known = (self.index.analyzer.terms, self.index.analyzer.standard_words)
        whole = [part for part in named if part]
        return tuple(whole) if all(any(p in k for k in known) for p in whole) else ()

    def goes_by(self, support: Support, topic: str) -> bool:
        """Whether a topic is one that a support goes by: in its title, keywords or questions."""
        asked = "".join((support.title, *support.questions))
        return self._is_name(topic, support) or topic in asked

    def turns_to(self, best: Match, text: str, focus: Support) -> bool:
        """Whether a message said while we talk of `focus` is about the best match instead: it is
        like a question on file, or has a name in it that only the other one goes by. A word in
        common is too little then, and so is a number."""
        if best.evidence.nearest >= LIKE_SOME_ON_FILE:
            return True
        other, clean = self.knowledge.supports[best.support], self.reader.clean(text)
        return any(
            self._is_name(term, other) and not self.goes_by(focus, term)
            for term in self._named(clean)
        )

    def speaks_of(self, text: str, focus: Support) -> bool:
        """Whether a message names something, and only what `focus` goes by."""
        named = self._named(self.reader.clean(text))
        return bool(named) and all(self.goes_by(focus, term) for term in named)

    def demands(self, support: Support, text: str) -> bool:
        """Whether a message names something that the paper demands of a support."""
        demanded = "".join((support.quote, *support.also_requires))
        named = self._named(self.reader.clean(text))
        return bool(support.also_requires) and any(term in demanded for term in named)

    def _named(self, clean: str) -> list[str]:
        """The terms that a message names; no number, and none that only sounds like it."""
        terms = self.index.analyzer.analyze(clean).terms
        return [t for t in terms if not t.isdigit() and (t in clean or clean.isascii())]

    def _is_name(self, term: str, support: Support) -> bool:
        own = self._own_terms[support.id]
        return term in own or self.index.analyzer.standard_words.get(term, term) in own

    @cached_property
    def _own_terms(self) -> dict[str, frozenset[str]]:
        """The terms that name each support: those of its title, and its keywords."""
        return {
            support.id: frozenset((*self.index.analyzer.entry_terms(support), *support.keywords))
            for support in self.knowledge.supports.values()
        }

    def _denying(
        self, kept: str, denied: Sequence[str], found: SearchResult, profile: Profile
    ) -> SearchResult:
        """What is found when the supports that go by a denied topic are left out; where that is
        nothing clear, what the last words alone ask for."""
        known = [t for d in denied for t in self.index.analyzer.analyze(d).terms if t in d]
        terms = known or list(denied)
        left = self._without(found, terms)
        tail = LAST_REQUEST.search(kept)
        if left.confidence >= ANSWER_FROM or not tail:
            return left
        last = self._without(self.index.search(tail[0], profile), terms)
        return max(left, last, key=lambda f: f.confidence)

    def _without(self, found: SearchResult, terms: Sequence[str]) -> SearchResult:
        titles = {m.support: self.knowledge.supports[m.support].title for m in found.matches}
        left = [m for m in found.matches if not any(t in titles[m.support] for t in terms)]
        sure = left[0].confidence if left else 0.0
        return found._replace(matches=tuple(left), confidence=sure)

    def matches(self, found: SearchResult) -> list[dict[str, Any]]:
        """The matches as scripts get them."""
        matches = []
        for match in found.matches:
            support = self.knowledge.supports[match.support]
            clause = self.knowledge.clauses[support.clause]
            matches.append(
                {
                    "support": support.id,
                    "clause": support.clause,
                    "title": support.title,
                    "score": match.score,
                    "confidence": match.confidence,
                    "matched": list(match.matched),
                    "lead_bureau": clause.lead or None,
                    "bureaus": list(clause.bureaus),
                }
            )
        return matches


def decide(found: SearchResult, length: int) -> str:
    """Answer, clarify or unknown, from how sure the search is. A word or two that fits several
    supports equally is clarified rather than guessed; a scrap that names no term of ours and is
    like no question on file is no question, whatever single word it shares with one."""
    if not found.matches or found.out_of_scope or found.confidence < CLARIFY_FROM:
        return "unknown"
    best = found.matches[0].evidence
    if length <= SCRAP and not best.longest_term and best.nearest < LIKE_ONE_ON_FILE:
        return "unknown"
    if found.confidence < ANSWER_FROM or (length <= SHORT and best.nearest < UNLIKE_ALL):
        return "clarify"
    if length <= SHORT and len(found.matches) > 1:
        first, second = found.matches[:2]
        named = sum(match.evidence.longest_term >= length for match in found.matches)
        close = second.confidence >= ANSWER_FROM and second.score > (1 - CLOSE) * first.score
        if close or named >= CANDIDATES:
            return "clarify"
    return "answer"
