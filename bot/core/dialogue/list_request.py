"""Detect requests for a list of supports.

Examples: "有什么政策", "有哪些贷款", "学生有什么补贴", "还有别的".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from bot.core.domain.knowledge import IDENTITY
from bot.core.domain.session import Session
from bot.core.nlu.list_reference import ListFilterParser
from bot.core.nlu.message_parser import MessageParser
from bot.core.nlu.patterns import FIRST_PERSON, remove_negated
from bot.core.nlu.refused_topic import refused_topic
from bot.core.nlu.unstated_topics import asks_about_eligibility
from bot.core.retrieval.analyzer import Analyzer

# A negation: "我不想贷款" requests no list of loans; "有没有" contains no negation.
_NEGATION = re.compile(r"不|没(?!有)")
_PUNCTUATION = re.compile(r"\W+")
# The kinds of words in `Knowledge.overview`.
_KINDS = ("beside", "fits", "things", "topics", "whether", "else", "asks")
_PERSON = "who"


class ListRequest(NamedTuple):
    """A request for a list. `topic`: supports whose title contains it; `people`: supports for
    these identities; `more`: supports that were not shown yet."""

    topic: str = ""
    people: tuple[str, ...] = ()
    more: bool = False


@dataclass(frozen=True)
class ListRequestDetector:
    """Detects list requests by the words of one knowledge version."""

    parser: MessageParser
    analyzer: Analyzer

    @cached_property
    def filters(self) -> ListFilterParser:
        """The parser of requests for a part of a list."""
        return ListFilterParser(self.parser.knowledge)

    def detect(
        self, session: Session, text: str, *, businesses: bool = False
    ) -> ListRequest | None:
        """Return the list that a message requests in this session; None if it requests none. With
        `businesses`, the message may name a business."""
        clean = self.parser.clean(text)
        if session.focus and asks_about_eligibility(clean, clean):
            return None  # "什么人可以申请" is about the support in focus
        if refused_topic(clean):
            return None  # "为啥我不能拿补贴" asks for a reason
        kept, denied = remove_negated(clean)
        request = self.detect_alone(
            kept,
            without_focus=not session.focus,
            pending=bool(session.pending),
            businesses=businesses,
        )
        if request is None or self.analyzer.is_about_other_city(kept):
            return None
        if request.topic and denied:
            return None  # the list for "除了网店还有什么贷款" would contain the denied support
        if request.people and not request.topic and session.answered(IDENTITY):
            return None
        return request

    def detect_alone(
        self,
        text: str,
        *,
        without_focus: bool = True,
        pending: bool = False,
        businesses: bool = False,
    ) -> ListRequest | None:
        """Return the list that a message requests; None if it contains any other word.

        "有补贴吗" is a request only without a support in focus, "补贴" only if no question is
        pending either, and neither beside an identity ("众创空间补贴" is a topic). With
        `businesses`, the message may name a business: "开个粉店有什么补贴".
        """
        clean = self.parser.clean(text)
        request = self._parse(clean, without_focus=without_focus, pending=pending)
        if request or not businesses:
            return request
        without_business = self.parser.businesses.remove(clean)
        if not without_business:
            return None
        return self._parse(without_business, without_focus=without_focus, pending=True)

    def _parse(self, clean: str, *, without_focus: bool, pending: bool) -> ListRequest | None:
        kinds = self._kinds(clean)
        if not kinds:
            return None
        slot = self.parser.knowledge.slots.get(IDENTITY)
        people = self.parser.named(clean, slot) if slot else ()
        asks = "asks" in kinds or "else" in kinds
        if "topics" in kinds:
            # In "我是学生 有什么贷款" the identity is a fact, to be stored first.
            is_fact = people and FIRST_PERSON.search(clean)
            requested = asks and not is_fact and not _NEGATION.search(clean)
            return ListRequest(kinds["topics"], people) if requested else None
        implied = "whether" in kinds or ("things" in kinds and not pending)
        implied = implied and without_focus and not people
        if "else" in kinds and not people and not kinds.keys() & {"things", "fits"}:
            return ListRequest(more=True)
        if not kinds.keys() & {"things", "fits", "else"} or not (asks or implied):
            return None
        return ListRequest(people=people)

    def _kinds(self, clean: str) -> dict[str, str]:
        """Return the kinds of words that a message consists of, each with its last word; {} if it
        contains any other word."""
        kinds: dict[str, str] = {}
        bare = _PUNCTUATION.sub("", clean) if self.parser.knowledge.overview else ""
        position = 0
        while position < len(bare):
            candidates = self._words.get(bare[position], ())
            word, kind = next((c for c in candidates if bare.startswith(c[0], position)), ("", ""))
            if not word:
                return {}
            kinds[kind] = word
            position += len(word)
        return kinds

    @cached_property
    def _words(self) -> dict[str, list[tuple[str, str]]]:
        """The words of list requests with their kinds, by first character, longest first."""
        kinds = dict.fromkeys(self.parser.person_words(), _PERSON)
        for kind in _KINDS:
            kinds |= {
                _PUNCTUATION.sub("", self.parser.lexicon.normalize(word)): kind
                for word in self.parser.knowledge.overview.get(kind, ())
                if kind != "topics" or self._has_several_supports(word)
            }
        table: dict[str, list[tuple[str, str]]] = {}
        for word in sorted(kinds, key=lambda w: (-len(w), w)):
            table.setdefault(word[:1], []).append((word, kinds[word]))
        return table

    def _has_several_supports(self, topic: str) -> bool:
        return sum(topic in support.title for support in self.parser.knowledge.benefits) > 1
