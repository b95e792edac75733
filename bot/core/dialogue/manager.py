"""One step of the talk: a session and an utterance in, the new session and the replies out.

What comes in is read in this order: a tap, a command, an answer to what was offered, a fact about
the founder, a follow-up on the support in focus, a question. A question never fills a slot, and
nothing that was said before is ever lost by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from bot.core.dialogue.actions import ActionHandlers
from bot.core.dialogue.interview import Interview
from bot.core.dialogue.list_request import ListRequestDetector
from bot.core.dialogue.profile_updates import ProfileUpdates
from bot.core.dialogue.question_answering import QuestionAnswering
from bot.core.dialogue.question_resolver import CANDIDATES, QuestionResolver
from bot.core.domain.cache import Cache
from bot.core.domain.knowledge import IDENTITY, Knowledge
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Mode, Option, Session, Utterance
from bot.core.nlu.command_classifier import MessageParser, corrected_number, edit_slot, is_empty
from bot.core.nlu.list_reference import ListReference, resolve_list_reference
from bot.core.nlu.patterns import expand_circled_numbers, strip_preamble
from bot.core.nlu.unstated_topics import find_unstated_topic
from bot.core.responses.support_answer import AnswerRenderer, lead_options
from bot.core.retrieval.index import Index
from bot.core.text.normalizer import sanitize


@dataclass(frozen=True)
class KnowledgeBase:
    """One knowledge version with its search index: what every turn of it reads."""

    knowledge: Knowledge
    index: Index
    cache: Cache = field(default_factory=Cache, compare=False, repr=False)

    @cached_property
    def reader(self) -> MessageParser:
        """Reads messages by the words of this knowledge."""
        return MessageParser(self.knowledge, self.index.analyzer.lexicon)

    @cached_property
    def lookup(self) -> QuestionResolver:
        """Finds what a question is about."""
        return QuestionResolver(self.knowledge, self.index, self.reader, self.cache)

    @cached_property
    def overviews(self) -> ListRequestDetector:
        """Detects requests for a list of supports."""
        return ListRequestDetector(self.reader, self.index.analyzer)


def step(session: Session, said: Utterance, base: KnowledgeBase, today: date) -> Turn:
    """The turn that follows; pure. The session given is never changed."""
    return talk(base, today).step(session, said)


def talk(base: KnowledgeBase, today: date) -> DialogueManager:
    """The talk of this knowledge on this day."""
    return DialogueManager(base, today)


@dataclass(frozen=True)
class DialogueManager:
    """What every turn of a knowledge version and a day is made with."""

    base: KnowledgeBase
    today: date

    @cached_property
    def answerer(self) -> AnswerRenderer:
        """Puts knowledge into replies."""
        return AnswerRenderer(self.base.knowledge, self.today)

    @cached_property
    def interview(self) -> Interview:
        """Asks, and shows what came of it."""
        return Interview(self.answerer, self.base.cache)

    @cached_property
    def commands(self) -> ActionHandlers:
        """Carries out taps and commands."""
        return ActionHandlers(self.interview)

    @property
    def lookup(self) -> QuestionResolver:
        """Finds what a question is about."""
        return self.base.lookup

    @cached_property
    def inquiry(self) -> QuestionAnswering:
        """Answers questions."""
        return QuestionAnswering(self.commands, self.lookup, self.reader)

    @cached_property
    def hearing(self) -> ProfileUpdates:
        """Takes what founders tell of themselves."""
        return ProfileUpdates(self.inquiry, self.overviews)

    @property
    def overviews(self) -> ListRequestDetector:
        """Detects requests for a list of supports."""
        return self.base.overviews

    @property
    def reader(self) -> MessageParser:
        """Reads messages."""
        return self.base.reader

    def step(self, session: Session, said: Utterance) -> Turn:
        """The turn that follows."""
        before, notice = self._reconcile(session)
        session = before
        if said.choice:
            turn = self.commands.tap(session, said.choice)
        else:
            turn = self._words(
                session, expand_circled_numbers(strip_preamble(sanitize(said.text)))
            )
        if notice:
            turn = turn._replace(replies=(Reply(notice), *turn.replies))
        return self._remember(before, turn)

    def _reconcile(self, session: Session) -> tuple[Session, str]:
        """A question or support that left the knowledge is let go, and said; answers stay."""
        knowledge, words = self.base.knowledge, self.answerer.words
        if session.pending and session.pending not in knowledge.slots:
            return session._replace(pending=""), words.say("vanished_question")
        if session.focus and session.focus not in knowledge.supports:
            gone = session._replace(focus="", mode=Mode.IDLE)
            return gone, words.say("vanished_support")
        return session, ""

    def _remember(self, before: Session, turn: Turn) -> Turn:
        offered = next((r.choices for r in reversed(turn.replies) if r.choices), ())
        if turn.session.listed and set(offered) <= self._leading and _lists(before.offered):
            # A reply that offers nothing of its own leaves the list standing: “2” still opens
            # what it did, so nothing else may be numbered below it.
            replies = tuple(reply._replace(choices=()) for reply in turn.replies)
            turn, offered = turn._replace(replies=replies), before.offered
        supports = tuple([o.id[2:] for o in offered if o.id.startswith("s:")])
        listed = supports or turn.session.listed
        version = self.base.knowledge.version
        session = turn.session._replace(offered=offered, listed=listed, version=version)
        return turn._replace(session=session)

    @cached_property
    def _leading(self) -> frozenset[Option]:
        return frozenset(lead_options(self.answerer.words))

    # -- words ---------------------------------------------------------------------------------

    def _words(self, session: Session, text: str) -> Turn:
        if is_empty(self.reader.clean(text)):
            return self._lost(session, "nothing")
        picked = self.reader.select(text, session.offered)
        if picked:
            return self._picked(session, picked)
        pointing = resolve_list_reference(text, self.reader, session)
        if pointing:
            return self._pointed(session, pointing)
        slot_id = edit_slot(text, self.reader)
        if slot_id:
            return self.commands.run(session, f"edit:{slot_id}")
        command = self._command(session, text)
        if command:
            return self.commands.run(session, command)
        overview = self.overviews.asked(session, text)
        if overview:
            return self.commands.overview(session, overview)
        number = corrected_number(text)
        if number and (again := self._picked_again(session, number)):
            return again
        if self.reader.is_invalid_number(text, session.offered):
            return self._lost(session, "bad_number")
        return self.hearing.take(session, text)

    def _command(self, session: Session, text: str) -> str:
        """The command that the message is, where the talk stands; or ""."""
        if self.reader.asks_for_phone_number(text):
            return f"field:who:{session.focus}" if session.focus else "human"
        if session.interviewing and session.pending:
            if self.reader.is_undecided(text, session.pending):
                return "unsure"
            if self.reader.wants_all(text):
                return "all"
            if session.pending != IDENTITY and self.reader.rejects_all(text):
                return "none_fits"  # of the identities, 都不是 is one to choose
        return self.reader.command(text)

    def _picked_again(self, session: Session, number: int) -> Turn | None:
        """The last question answered by this number of its choices instead: “不对，是1”."""
        asked = self.commands.run(session, "back")
        choices = asked.replies[-1].choices
        if asked.session == session or not 1 <= number <= len(choices):
            return None
        kind, _, rest = choices[number - 1].id.partition(":")
        slot_id, _, choice = rest.partition(":")
        slot = self.base.knowledge.slots.get(slot_id) if kind == "a" else None
        return self.interview.answer(asked.session, slot, [choice], typed=True) if slot else None

    def _pointed(self, session: Session, pointing: ListReference) -> Turn:
        """The item of the list that was pointed at, or the side of it that was asked for."""
        if not pointing.supports:
            return self._lost(session, "bad_number")
        held = self.base.knowledge.supports
        supports = [held[s] for s in pointing.supports if s in held]
        if not supports:
            return self._lost(session, "stale")
        if len(supports) > 1 and not pointing.fields:
            return self._picked(session, [f"s:{s.id}" for s in supports])
        unsaid = find_unstated_topic(pointing.rest, supports[0], self.base.knowledge)
        if unsaid and not pointing.fields:
            reply = self.answerer.silence(supports[0], unsaid)
            return self.commands.about(session, supports[0], reply)
        if not pointing.fields:
            return self.commands.show(session, supports[0])
        return self.commands.follow_up(session, supports[0], *pointing.fields)

    def _picked(self, session: Session, picked: Sequence[str]) -> Turn:
        """Numbers and labels: several choices of one slot are one answer."""
        answers = [p.split(":", 2) for p in picked if p.startswith("a:")]
        if len(answers) == len(picked) and len({a[1] for a in answers}) == 1:
            joined = "+".join(a[2] for a in answers)
            return self.commands.tap(session, f"a:{answers[0][1]}:{joined}")
        turn = self.commands.tap(session, picked[0])
        for choice in picked[1:CANDIDATES]:
            following = self.commands.tap(turn.session, choice)
            before = tuple(reply._replace(choices=()) for reply in turn.replies)
            turn = following._replace(
                replies=(*before, *following.replies),
                cites=tuple(dict.fromkeys((*turn.cites, *following.cites))),
            )
        return turn

    def _lost(self, session: Session, phrase: str) -> Turn:
        words = self.answerer.words
        reply = Reply(words.say(phrase), lead_options(words))
        if not session.interviewing and session.offered and phrase == "bad_number":
            reply = reply._replace(choices=session.offered)
        return self.interview.ask_again(Turn(session, (reply,)))


def _lists(offered: Sequence[Option]) -> bool:
    """Whether there is a support among what is offered."""
    return any(o.id.startswith("s:") for o in offered)
