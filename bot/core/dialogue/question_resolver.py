"""Find the supports that a question is about, and decide whether to answer, clarify or give up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import chain, pairwise
from typing import Any

from bot.core.domain.cache import Cache, CacheKind
from bot.core.domain.knowledge import IDENTITY, Knowledge, Policy, Support
from bot.core.domain.session import Profile
from bot.core.nlu.message_parser import MessageParser
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
from bot.core.text.normalizer import runs, segments

# The thresholds below were set by hand on the question sets of tests/questions. Lengths are
# characters of a normalized text; similarities are `Evidence.nearest`, from 0 to 1.

# Matches of the record of `ask`.
MAX_RECORDS = 5
# Supports that a clarification offers.
MAX_CANDIDATES = 3
# Up to this length a text names at most one term.
TERM_LENGTH = 4
# Up to this length a text is answered only if it contains a term of the knowledge or equals a
# sample question almost literally.
FRAGMENT_LENGTH = 6
# A sample question is almost the same; it is similar; no sample question is similar.
NEARLY_EQUAL = 0.8
SIMILAR = 0.5
DISSIMILAR = 0.3
# Confidence from which a search result is sure.
SURE_FROM = 0.95
# The log-odds of `ActRecogniser.elsewhere` from which a text asks for an out-of-scope topic, and
# those for several clauses without a question and in a conversation about supports. Chosen on
# development talks and near misses of the topics by another writer (docs/decisions/055).
ELSEWHERE_FROM, SURELY_ELSEWHERE = -1.0, 1.2
# Two scores are close if they differ by at most this share of the better one.
CLOSE_SCORES = 0.2
# A support with an amount is preferred from this share of the best score.
AMOUNT_SCORE = 0.8
# Above this length, the questions inside a text are also searched one by one, the last ones only.
LONG_TEXT = 30
MAX_QUESTIONS = 3


@dataclass(frozen=True)
class QuestionResolver:
    """Searches one knowledge version for the supports that a question is about."""

    knowledge: Knowledge
    index: Index
    parser: MessageParser
    cache: Cache
    elsewhere: Callable[[str], float]

    def resolve(
        self, query: str, profile: Profile, today: date, field: str = "", *, in_talk: bool = False
    ) -> SearchResult:
        """Return the best supports first, those of the policy that answers on this day. For the
        field `amount`, a support that states an amount comes first if its score is close to the
        best. `in_talk`: the conversation is about supports, so more evidence is required that a
        topic is out of scope."""
        clean = self.parser.clean(query)
        result = self._by_policy(self._found(query, profile), clean, today)
        if in_talk and result.out_of_scope and self.elsewhere(clean) < SURELY_ELSEWHERE:
            result = result._replace(out_of_scope="")
        if field != "amount" or not result.matches:
            return result
        least = AMOUNT_SCORE * result.matches[0].score

        def states_amount(match: Match) -> bool:
            return bool(self.knowledge.supports[match.support].amount) and match.score >= least

        matches = sorted(result.matches, key=lambda match: not states_amount(match))
        return result._replace(matches=tuple(matches))

    def _found(self, query: str, profile: Profile) -> SearchResult:
        clean = self.parser.clean(query)
        key = (clean, tuple(profile.get(IDENTITY, ())))
        return self.cache.get(
            CacheKind.SEARCH, key, lambda: self._search_business(query, clean, profile)
        )

    def _by_policy(self, result: SearchResult, clean: str, today: date) -> SearchResult:
        """Put the support that answers today first: that of the policy which the text names, else
        the look-alike that precedes the best match, and what is superseded last."""
        knowledge = self.knowledge
        if len(knowledge.policies) < 2 or not result.matches:
            return result
        policies = {m.support: knowledge.supports[m.support].policy for m in result.matches}
        named = self.named_policy(clean)
        best = result.matches[0]
        first = best
        for other in sorted(knowledge.alike(best.support)):
            if named:
                leads = knowledge.supports[other].policy == named != policies[best.support]
            else:
                leads = knowledge.precedes(other, first.support, today)
            if leads:
                first = best._replace(support=other)
        if first is not best and named is None:
            first = self._named_rival(result, clean, (best, first), today) or first
        rest = [m for m in result.matches if m.support != first.support]
        if named is None:
            late = {m.support for m in rest if knowledge.is_superseded(m.support, today)}
            sure = [m for m in rest if m.support not in late and m.confidence >= ANSWER_FROM]
            if knowledge.is_superseded(first.support, today) and sure:
                late.add(first.support)
                first, rest = sure[0], [first, *(m for m in rest if m is not sure[0])]
            rest.sort(key=lambda match: match.support in late)
        return result._replace(matches=(first, *rest))

    def _named_rival(
        self, result: SearchResult, clean: str, alike: Sequence[Match], today: date
    ) -> Match | None:
        """Return a certain match that is not superseded and that the text names by a term which
        none of the look-alikes has: a loan for migrant workers, where 农民工 is asked for; None if
        there is none."""
        supports = self.knowledge.supports
        near = [supports[match.support] for match in alike]
        for match in result.matches[1:]:
            sure = match.confidence >= ANSWER_FROM and supports[match.support] not in near
            if not sure or self.knowledge.is_superseded(match.support, today):
                continue
            if self.names(supports[match.support], clean, near):
                return match
        return None

    def named_policy(self, clean: str) -> str | None:
        """Return the policy that a normalized text names by its short name, title or year."""
        policies = self.knowledge.policies.values()
        named = (p.id for p in policies if any(name in clean for name in self._names_of(p)))
        return next(named, None)

    def without_policy(self, clean: str, policy: str) -> str:
        """Return a normalized text without the names of a policy."""
        for name in self._names_of(self.knowledge.policies[policy]):
            clean = clean.replace(name, "")
        return clean

    def _names_of(self, policy: Policy) -> list[str]:
        names = (policy.title, policy.short_name, f"{policy.issued.year}年")
        return [self.parser.clean(name) for name in names if name]

    def look_alikes(self, support: Support, clean: str, today: date) -> tuple[Support, ...]:
        """Return the support and those of other policies that the same question asks for, if
        neither the text nor the policies settle which is meant; else ()."""
        supports, precedes = self.knowledge.supports, self.knowledge.precedes
        others = [
            supports[other]
            for other in sorted(self.knowledge.alike(support.id))
            if not precedes(support.id, other, today) and not precedes(other, support.id, today)
        ]
        return (support, *others) if others and not self.named_policy(clean) else ()

    def finds_nothing(self, query: str, profile: Profile) -> bool:
        """Return whether a query finds neither a support nor an out-of-scope topic."""
        result = self._found(query, profile)
        return not result.out_of_scope and decide(result, len(query)) == "unknown"

    def _search_business(self, query: str, clean: str, profile: Profile) -> SearchResult:
        """Search a query. If it names a business that no support is for ("开奶茶店能贷款吗"),
        exclude the supports for other businesses."""
        result = self._search(query, clean, profile)
        rest = self.parser.businesses.remove(clean, named=True)
        if not rest or result.out_of_scope or result.other_city:
            return result
        businesses = self.parser.businesses.policy_businesses
        left = self._excluding(result, businesses)
        if left.confidence < ANSWER_FROM and (topic := self.topic(rest)):
            by_topic = self._excluding(self._search_text(topic, profile), businesses)
            left = _surer(left, by_topic)
        return left

    def _search(self, query: str, clean: str, profile: Profile) -> SearchResult:
        """Search a query: without what it denies, in standard words, by its topic alone and, for
        a long text, by its questions; the surest result counts."""
        kept, denied = remove_negated(clean)
        result = self._search_text(kept if denied else query, profile)
        if result.confidence < ANSWER_FROM and (plain := to_standard_words(kept)) != kept:
            result = _surer(result, self._search_text(plain, profile))
        if denied:
            return self._search_without_denied(kept, denied, result, profile)
        uncertain = result.confidence < ANSWER_FROM and not result.out_of_scope
        if uncertain and (topic := self.topic(clean)):
            result = _surer(result, self._search_text(topic, profile))
        if result.confidence >= ANSWER_FROM or len(clean) <= LONG_TEXT:
            return result
        questions = [part for part in segments(clean) if is_question(part) and has_content(part)]
        results = [self._search_text(part, profile) for part in questions[-MAX_QUESTIONS:]]
        certain = [r for r in results if r.confidence >= ANSWER_FROM and not r.out_of_scope]
        return max(certain, key=lambda r: r.confidence, default=result)

    def _search_text(self, text: str, profile: Profile) -> SearchResult:
        """Search a text as it is. A topic is out of scope only if the text asks for something that
        no support is about; several clauses without a question tell of the speaker."""
        result = self.index.search(text, profile)
        if not result.out_of_scope:
            return result
        clean = self.parser.clean(text)
        tells = len(segments(clean)) > 1 and not is_question(clean)
        least = SURELY_ELSEWHERE if tells else ELSEWHERE_FROM
        return result._replace(out_of_scope="") if self.elsewhere(clean) < least else result

    def _search_without_denied(
        self, kept: str, denied: Sequence[str], result: SearchResult, profile: Profile
    ) -> SearchResult:
        """Exclude the supports whose title contains a denied topic. If nothing certain is left,
        search the last words of the text too."""
        terms_in = self.index.analyzer.terms_in
        terms = [t for d in denied for t in terms_in(d) if t in d] or list(denied)
        left = self._excluding(result, terms)
        ending = LAST_REQUEST.search(kept)
        if left.confidence >= ANSWER_FROM or not ending:
            return left
        return _surer(left, self._excluding(self._search_text(ending[0], profile), terms))

    def _excluding(self, result: SearchResult, terms: Sequence[str]) -> SearchResult:
        """Remove the matches whose title contains one of these terms."""
        titles = {m.support: self.knowledge.supports[m.support].title for m in result.matches}
        left = [m for m in result.matches if not any(t in titles[m.support] for t in terms)]
        confidence = left[0].confidence if left else 0.0
        return result._replace(matches=tuple(left), confidence=confidence)

    def topic(self, clean: str) -> str:
        """Return the terms of a text that consists of terms and words for a field ("贷款额度"); ""
        if it contains anything else."""
        return " ".join(self.topics(self.parser.fields(clean)[1]))

    def topics(self, rest: str) -> tuple[str, ...]:
        """Return the parts of a text if all of them are terms of the knowledge, else ()."""
        parts = [part for part in map(strip_function_words, rest.split(" ")) if part]
        terms, synonyms = self.index.analyzer.terms, self.index.analyzer.standard_words
        return tuple(parts) if all(part in terms or part in synonyms for part in parts) else ()

    def is_about(self, support: Support, topic: str) -> bool:
        """Return whether a topic occurs in the title, keywords or questions of a support."""
        texts = "".join((support.title, *support.questions))
        return self._is_own_term(topic, support) or topic in texts

    def owns(self, support: Support, term: str) -> bool:
        """Return whether a term stands in the title or is a keyword of a support."""
        return self._is_own_term(term, support) or term in support.title

    def names(self, other: Support, clean: str, near: Sequence[Support]) -> bool:
        """Return whether a normalized text names a term of a support that none of the supports
        near the focus has."""
        return any(
            self._is_own_term(term, other)
            and not any(self.is_about(support, term) or term in support.quote for support in near)
            for term in self.terms(clean)
        )

    def asks_one_side(self, clean: str) -> bool:
        """Return whether a normalized text asks for nothing but one side of what is spoken of
        (钱什么时候到账): it has no term of the knowledge, and only words of the sample questions
        about sides."""
        return self._words(clean) <= self._aspect_words and not self.terms(clean)

    def may_ask_elsewhere(self, topic: str, clean: str) -> bool:
        """Return whether a normalized text may ask for an out-of-scope topic, and not only for one
        side of a support (钱什么时候到账): it shares two adjacent characters with the title or a
        keyword of this topic, or has a word that no sample question about a side has."""
        pairs = self._topic_pairs[topic]
        if any(first + second in pairs for first, second in pairwise(clean)):
            return True
        return not self._words(clean) <= self._aspect_words

    @cached_property
    def _topic_pairs(self) -> dict[str, frozenset[str]]:
        """The pairs of characters in the title and the keywords of each out-of-scope topic."""
        names = {
            topic.id: map(self.parser.clean, (topic.title, *topic.keywords))
            for topic in self.knowledge.signposts.values()
        }
        return {
            topic: frozenset(a + b for name in own for a, b in pairwise(name))
            for topic, own in names.items()
        }

    @cached_property
    def _aspect_words(self) -> frozenset[str]:
        samples = chain.from_iterable(self.knowledge.aspect_questions.values())
        return frozenset().union(*(self._words(self.parser.clean(text)) for text in samples))

    def _words(self, clean: str) -> frozenset[str]:
        cut = self.index.analyzer.cut
        return frozenset(word for part in runs(clean) for word in cut(part))

    def names_requirement(self, support: Support, text: str) -> bool:
        """Return whether a text contains a term of the further requirements of a support."""
        required = "".join((support.quote, *support.also_requires))
        terms = self.terms(self.parser.clean(text))
        return bool(support.also_requires) and any(term in required for term in terms)

    def terms(self, clean: str) -> list[str]:
        """Return the terms of the knowledge that a normalized text contains literally, without
        numbers and homophones."""
        terms = self.index.analyzer.terms_in(clean)
        return [t for t in terms if not t.isdigit() and (t in clean or clean.isascii())]

    def _is_own_term(self, term: str, support: Support) -> bool:
        own = self._own_terms[support.id]
        return term in own or self.index.analyzer.standard_words.get(term, term) in own

    @cached_property
    def _own_terms(self) -> dict[str, frozenset[str]]:
        """The terms of the title and the keywords of each support."""
        entry_terms = self.index.analyzer.entry_terms
        return {
            support.id: frozenset((*entry_terms(support), *support.keywords))
            for support in self.knowledge.supports.values()
        }

    def match_records(
        self, result: SearchResult, shown: Sequence[str], today: date
    ) -> list[dict[str, Any]]:
        """Return the matches as plain values for JSON, the supports that the reply shows first.
        `closed`: the support is not available on this day."""
        found = {match.support: match for match in result.matches}
        order = [*(s for s in shown if s in self.knowledge.supports), *found]
        records = []
        for support_id in list(dict.fromkeys(order))[:MAX_RECORDS]:
            match = found.get(support_id)
            support = self.knowledge.supports[support_id]
            clause = self.knowledge.clauses[support.clause]
            records.append(
                {
                    "support": support.id,
                    "clause": support.clause,
                    "title": support.title,
                    "score": match.score if match else 0.0,
                    "confidence": match.confidence if match else 0.0,
                    "matched": list(match.matched) if match else [],
                    "lead_bureau": clause.lead or None,
                    "bureaus": list(clause.bureaus),
                    "closed": self.knowledge.closure(support, today) is not None,
                }
            )
        return records


def _surer(first: SearchResult, second: SearchResult) -> SearchResult:
    return max(first, second, key=lambda result: result.confidence)


def is_sure(result: SearchResult) -> bool:
    """Return whether a search result is surer than any recogniser of acts or requests. Measured:
    at this confidence it is right for 98 of 100 questions."""
    if not result.matches or result.out_of_scope:
        return False
    return result.confidence >= SURE_FROM or result.matches[0].evidence.nearest >= NEARLY_EQUAL


def decide(result: SearchResult, length: int) -> str:
    """Return "answer", "clarify" or "unknown" for the search result of a text of this length. A
    short text is answered only if it names one support, and clarified if it fits several."""
    if not result.matches or result.out_of_scope or result.confidence < CLARIFY_FROM:
        return "unknown"
    best = result.matches[0].evidence
    if length <= FRAGMENT_LENGTH and not best.longest_term and best.nearest < NEARLY_EQUAL:
        return "unknown"
    is_term = length <= TERM_LENGTH
    if result.confidence < ANSWER_FROM or (is_term and best.nearest < DISSIMILAR):
        return "clarify"
    if is_term and len(result.matches) > 1:
        first, second = result.matches[:2]
        named = sum(match.evidence.longest_term >= length for match in result.matches)
        least = (1 - CLOSE_SCORES) * first.score
        close = second.confidence >= ANSWER_FROM and second.score > least
        if close or named >= MAX_CANDIDATES:
            return "clarify"
    return "answer"
