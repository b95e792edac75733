"""Questions about all that there is: “有什么政策”, “有哪些贷款”, “学生有什么补贴”, “还有别的”."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from bot.core.dialogue.ineligibility import refused_topic
from bot.core.domain.knowledge import IDENTITY, Knowledge
from bot.core.domain.session import Session
from bot.core.nlu.command_classifier import MessageParser
from bot.core.nlu.patterns import FIRST_PERSON, remove_negated
from bot.core.nlu.unstated_topics import asks_about_eligibility
from bot.core.retrieval.analyzer import Analyzer

# “我不想贷款” names what is not wanted; “有没有” denies nothing.
_REFUSING = re.compile(r"不|没(?!有)")
_MARKS = re.compile(r"\W+")


class ListRequest(NamedTuple):
    """What of all that there is is asked for: what goes by a `topic`, if any; what is for these
    `people` (choices of the identity), if any; or only what was not shown yet (`more`)."""

    topic: str = ""
    people: tuple[str, ...] = ()
    more: bool = False


@dataclass(frozen=True)
class ListRequestDetector:
    """Hears such questions, by the words of one knowledge version."""

    reader: MessageParser
    analyzer: Analyzer

    @property
    def knowledge(self) -> Knowledge:
        """Where the words come from."""
        return self.reader.knowledge

    def asked(self, session: Session, text: str, *, ventures: bool = False) -> ListRequest | None:
        """The overview that a message asks for, where the talk stands; None where it asks for
        none, or of another city, or of people that this founder does not count among."""
        clean = self.reader.clean(text)
        if session.focus and asks_about_eligibility(clean, clean):
            return None  # “什么人可以申请” is about what we talk of
        overview = self._asked(clean, not session.focus, bool(session.pending), ventures)
        if overview and overview.people and not overview.topic and session.answered(IDENTITY):
            return None
        return overview

    def _asked(self, clean: str, fresh: bool, asked: bool, ventures: bool) -> ListRequest | None:
        if refused_topic(clean):
            return None  # “为啥我不能拿补贴” asks why not, not what there is
        text, denied = remove_negated(clean)
        overview = self.heard(text, fresh=fresh, asked=asked, ventures=ventures)
        if overview and overview.topic and denied:
            return None  # “除了网店还有什么贷款” is no list that holds the shop again
        return None if overview and self.analyzer.is_about_other_city(text) else overview

    def heard(
        self, text: str, *, fresh: bool = True, asked: bool = False, ventures: bool = False
    ) -> ListRequest | None:
        """The overview that a message is; None where any other word stands in it, so that it asks
        for something in particular. “有补贴吗” is one only where nothing is talked of yet
        (`fresh`), a bare “补贴” where nothing is `asked` either, and neither where somebody is
        named: “众创空间补贴” is a topic. With `ventures` a business may stand in it,
        “开个粉店有什么补贴”: it is no topic of the paper.
        """
        clean = self.reader.clean(text)
        overview = self._heard(clean, fresh=fresh, asked=asked)
        apart = self.reader.businesses.remove(clean) if ventures and not overview else ""
        return overview or (self._heard(apart, fresh=fresh, asked=True) if apart else None)

    def _heard(self, clean: str, *, fresh: bool, asked: bool) -> ListRequest | None:
        kinds = self._kinds(clean)
        if not kinds:
            return None
        slot = self.knowledge.slots.get(IDENTITY)
        named = self.reader.named(clean, slot) if slot else ()
        asks = "asks" in kinds or "else" in kinds
        if "topics" in kinds:
            # “我是学生 有什么贷款” first tells who asks.
            told = named and FIRST_PERSON.search(clean)
            wanted = asks and not told and not _REFUSING.search(clean)
            return ListRequest(kinds["topics"], named) if wanted else None
        loose = fresh and not named and ("whether" in kinds or ("things" in kinds and not asked))
        if "else" in kinds and not named and not kinds.keys() & {"things", "fits"}:
            return ListRequest(more=True)
        if not kinds.keys() & {"things", "fits", "else"} or not (asks or loose):
            return None
        return ListRequest(people=named)

    def _kinds(self, clean: str) -> dict[str, str]:
        """What kinds of words a message is made of, each with the last one of it; {} where any
        other word stands in it."""
        kinds: dict[str, str] = {}
        bare = _MARKS.sub("", clean) if self.knowledge.overview else ""
        place = 0
        while place < len(bare):
            near = self._words.get(bare[place], ())
            word, kind = next((w for w in near if bare.startswith(w[0], place)), ("", ""))
            if not word:
                return {}
            kinds[kind] = word
            place += len(word)
        return kinds

    @cached_property
    def _words(self) -> dict[str, list[tuple[str, str]]]:
        """Each word that may stand in such a question, with what it does there; by its first
        character, longest first."""
        told = dict.fromkeys(self.reader.person_words(), "who")
        for kind in ("beside", "fits", "things", "topics", "whether", "else", "asks"):
            told |= {
                _MARKS.sub("", self.reader.lexicon.normalize(word)): kind
                for word in self.knowledge.overview.get(kind, ())
                if kind != "topics" or self._lists(word)
            }
        table: dict[str, list[tuple[str, str]]] = {}
        for word in sorted(told, key=lambda w: (-len(w), w)):
            table.setdefault(word[:1], []).append((word, told[word]))
        return table

    def _lists(self, topic: str) -> bool:
        """Whether several supports are named for a topic: one alone is no list."""
        return sum(topic in support.title for support in self.knowledge.benefits) > 1
