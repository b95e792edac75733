"""What a founder tells of themselves is kept; what else the message says is answered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.core.dialogue.actions import ActionHandlers
from bot.core.dialogue.interview import Interview
from bot.core.dialogue.list_request import ListRequestDetector
from bot.core.dialogue.question_answering import QuestionAnswering
from bot.core.dialogue.question_resolver import QuestionResolver
from bot.core.domain.knowledge import DISTRICT, IDENTITY, NEEDS, Knowledge, Slot
from bot.core.domain.replies import Turn
from bot.core.domain.session import Mode, Session
from bot.core.nlu.command_classifier import MessageParser
from bot.core.nlu.implicit_facts import (
    extract_business_wish,
    extract_implicit_facts,
    extract_lacks,
    states_only_facts,
)
from bot.core.nlu.patterns import has_content, is_question
from bot.core.nlu.profile_extractor import Facts

# How a place is told: “厂子在柳江那边”.
_PLACED = re.compile(r"[在是我]|[这那]边")


@dataclass(frozen=True)
class ProfileUpdates:
    """Takes messages, for one knowledge version."""

    inquiry: QuestionAnswering
    overviews: ListRequestDetector

    @property
    def knowledge(self) -> Knowledge:
        """What may be asked and answered."""
        return self.inquiry.knowledge

    @property
    def reader(self) -> MessageParser:
        """Reads the messages."""
        return self.inquiry.reader

    @property
    def lookup(self) -> QuestionResolver:
        """Finds what a question is about."""
        return self.inquiry.lookup

    @property
    def commands(self) -> ActionHandlers:
        """Shows what is asked for."""
        return self.inquiry.commands

    @property
    def interview(self) -> Interview:
        """Keeps the answers and goes on asking."""
        return self.inquiry.interview

    def take(self, session: Session, text: str) -> Turn:
        """The turn of a message that is no command: an answer to what is asked, facts in passing,
        an overview, or a question."""
        asked = session.interviewing or session.mode is Mode.RESULTS
        facts = self.reader.facts(text, bare=asked)
        slot = self.knowledge.slots.get(session.pending)
        elsewhere = facts.correcting and bool(set(facts.stated) - {session.pending})
        if slot and not elsewhere:
            said, denied = self.reader.extract_answer(text, slot)
            if said and self._speaks_of_else(session, text, slot):
                said = ()
            if said and not (denied and facts.correcting):
                others = {s: c for s, c in facts.stated.items() if s != slot.id}
                session, notes = self.interview.learn(
                    session, replace(facts, stated=others, denied={})
                )
                turn = self.interview.answer(session, slot, said, typed=True)
                return _prefixed(turn, notes)
            if said or denied:
                facts = replace(
                    facts,
                    stated={**facts.stated, **({slot.id: said} if said else {})},
                    denied={**facts.denied, **({slot.id: denied} if denied else {})},
                    rest="",
                )
        if facts.stated or facts.denied:
            return self._told(session, facts, text)
        alone = self._alone(session, text)
        if alone:
            return self._placed(session, alone)
        overview = self.overviews.asked(session, text, ventures=True)
        if overview:
            return self.commands.overview(session, overview)
        return self.inquiry.answer(session, text)

    def _speaks_of_else(self, session: Session, text: str, slot: Slot) -> bool:
        """Whether a message that names a choice of the slot is about something that the paper
        does not cover: “户口簿丢了” is no wish to settle here, “柳东新区拆迁” tells no place."""
        told = _PLACED.search(text) if slot.id == DISTRICT else not slot.multiple
        if told or self.reader.has_no_other_words(text, slot):
            return False
        return bool(self.lookup.find(text, session.profile).out_of_scope)

    def _alone(self, session: Session, text: str) -> Facts | None:
        """A place, or a kind of people that no support is named for, and nothing else: a fact.
        Several facts together where nothing is found for them: “公司缺资金”."""
        where = self.inquiry.only_where(text)
        if where:
            return Facts({DISTRICT: where}, {}, False, "")
        clean = self.reader.clean(text)
        plain = extract_implicit_facts(clean, self.reader)
        if plain:
            # “大学生 柳北” has no topic, however many questions on file name people and places.
            who_and_where = DISTRICT in plain.stated and states_only_facts(clean, self.reader)
            if who_and_where or self.lookup.says_nothing(text, session.profile):
                return plain
        hope = extract_business_wish(clean, self.reader)
        if hope and self.lookup.says_nothing(text, session.profile):
            return hope
        identity = self.knowledge.slots.get(IDENTITY)
        if not identity or not self.reader.names_choices_only(text, identity):
            return None
        who = self.reader.named(text, identity)
        silent = who and self.lookup.says_nothing(text, session.profile)
        return Facts({IDENTITY: who}, {}, False, "") if silent else None

    def _placed(self, session: Session, facts: Facts) -> Turn:
        """A lone fact. A place is also an answer to whom to see about what we talk of."""
        focus = self.knowledge.supports.get(session.focus)
        if focus and DISTRICT in facts.stated:
            session, notes = self.interview.learn(session, facts)
            return _prefixed(self.commands.follow_up(session, focus, "who"), notes)
        return self._told(session, facts, "")

    def _told(self, session: Session, facts: Facts, text: str) -> Turn:
        """Facts in passing: keep them; answer the rest if there is any, else go on."""
        showing = session.mode is Mode.RESULTS
        session, notes = self.interview.learn(session, facts)
        if session.pending and session.answered(session.pending):
            session = self._advance(session)
        needs, rest = extract_lacks(self.reader.clean(facts.rest), self.reader)
        session, more = self.interview.learn(session, Facts({NEEDS: needs} if needs else {}, {}))
        notes += more
        overview = self.overviews.asked(session, rest, ventures=True) if rest else None
        if overview:
            return _prefixed(self.commands.overview(session, overview), notes)
        if facts.rest:
            aside = self.lookup.index.search(facts.rest, session.profile)
            found = self.inquiry.answer(session, facts.rest if aside.out_of_scope else text)
            if found.outcome == "unknown" and not aside.out_of_scope and has_content(facts.asked):
                # “我是学生点样休学”: the fact is kept, and what is left is the question.
                found = self.inquiry.answer(session, facts.asked)
            if found.outcome != "unknown" or aside.out_of_scope or is_question(facts.rest):
                return _prefixed(found, notes)
            session, more = self._wishes(session, facts.rest)
            notes += more
        if showing:
            return self.interview.results(session, notes)
        return self.interview.proceed(session._replace(interviewing=True), notes)

    def _wishes(self, session: Session, rest: str) -> tuple[Session, list[str]]:
        """Needs named beside facts, where no answer came of them: “…, 场地和贷款”."""
        slot = self.knowledge.slots.get(NEEDS)
        said = self.reader.named(rest, slot) if slot else ()
        if not said:
            return session, []
        facts = Facts({NEEDS: said}, {}, False, "")
        return self.interview.learn(session, facts)

    def _advance(self, session: Session) -> Session:
        slot = self.interview.next_question(session)
        if slot is None:
            return session._replace(pending="", interviewing=False)
        return session._replace(pending=slot.id)


def _prefixed(turn: Turn, notes: Sequence[str]) -> Turn:
    if not notes:
        return turn
    first = turn.replies[0]
    return turn._replace(
        replies=(first._replace(text="\n".join((*notes, first.text))), *turn.replies[1:]),
    )
