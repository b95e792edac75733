"""One step of the dialogue: from a session and an utterance to a turn.

`step` understands the utterance, stores what it states, carries out what it asks for and keeps in
the session what was said and offered. A question never fills a slot, and stored answers stay when
another question is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from bot.core.dialogue.actions.answers import following
from bot.core.dialogue.actions.commands import tap
from bot.core.dialogue.context import TurnContext
from bot.core.dialogue.edited_message import take_edit
from bot.core.dialogue.long_message import read_message
from bot.core.dialogue.pausing import is_still_tapped, say_paused
from bot.core.dialogue.postprocessing.always_rules import add_always_rules
from bot.core.dialogue.postprocessing.inbox_entries import note_entries
from bot.core.dialogue.postprocessing.person_notes import add_person_notes, remember_kinds
from bot.core.dialogue.question_resolver import QuestionResolver
from bot.core.dialogue.ranking.ranker import RANKER, Ranker
from bot.core.dialogue.repetition import remember_told
from bot.core.dialogue.responder import respond
from bot.core.domain.cache import Cache
from bot.core.domain.knowledge import Knowledge
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Follow, Mode, Option, Session, Utterance
from bot.core.nlu.classifiers.acts import ActModel, ActRecogniser
from bot.core.nlu.message_parser import MessageParser
from bot.core.nlu.question_form import QuestionReader
from bot.core.responses.fact_answer import FactAnswers
from bot.core.responses.fact_units import FactUnits
from bot.core.responses.phrasebook import Phrasebook
from bot.core.responses.source_links import SourceLinks
from bot.core.responses.support_answer import AnswerRenderer, main_options
from bot.core.retrieval.index import Index
from bot.core.text.normalizer import sanitize


@dataclass(frozen=True)
class KnowledgeBase:
    """One knowledge version with its search index, its parsers and its cache. Every turn that it
    serves uses the same instance."""

    knowledge: Knowledge
    index: Index
    act_model: ActModel | None = None
    cache: Cache = field(default_factory=Cache, compare=False, repr=False)
    ranker: Ranker = RANKER

    @cached_property
    def reader(self) -> MessageParser:
        """The parser for messages."""
        return MessageParser(self.knowledge, self.index.analyzer.lexicon, self.acts)

    @cached_property
    def acts(self) -> ActRecogniser:
        """The recogniser of dialogue acts."""
        return ActRecogniser(self.knowledge, self.index.analyzer, self.act_model)

    @cached_property
    def _resolver(self) -> QuestionResolver:
        elsewhere = self.acts.elsewhere
        return QuestionResolver(self.knowledge, self.index, self.reader, self.cache, elsewhere)

    @cached_property
    def questions(self) -> QuestionReader:
        """The reader of the form of questions."""
        return QuestionReader(self.knowledge)

    @cached_property
    def links(self) -> SourceLinks:
        """The links to the sources that replies name."""
        return SourceLinks(self.knowledge)

    @cached_property
    def units(self) -> FactUnits:
        """The facts of the supports as units."""
        return FactUnits(
            self.knowledge,
            normalize=self.reader.clean,
            weight=self.index.analyzer.lexicon.weight,
            aspects=lambda text: self.reader.fields(text)[0],
            function_words=self.questions.function_words,
        )

    @cached_property
    def without_switches(self) -> KnowledgeBase:
        """The same base over `Knowledge.without_switches`."""
        plain = self.knowledge.without_switches()
        if plain is self.knowledge:
            return self
        return KnowledgeBase(plain, self.index, self.act_model, ranker=self.ranker)

    def context(
        self,
        today: date,
        told: Iterable[str] = (),
        *,
        confirm: bool = False,
        push: bool = False,
        follows: Iterable[Follow] = (),
        without: frozenset[str] = frozenset(),
    ) -> TurnContext:
        """Return the context of the turns of one day. `told`: what was said in the conversation
        (`Session.told`); `confirm`, `push`: see Utterance; `follows`: what the conversation
        follows; `without`: recognisers that are left out."""
        phrasebook, told = Phrasebook(self.knowledge, today), frozenset(told)
        followed = frozenset(f.support for f in follows) if push else None
        return TurnContext(
            knowledge=self.knowledge,
            index=self.index,
            parser=self.reader,
            resolver=self._resolver,
            phrasebook=phrasebook,
            renderer=AnswerRenderer(phrasebook, told, follows=followed),
            questions=self.questions,
            facts=FactAnswers(self.units, phrasebook, told),
            cache=self.cache,
            acts=self.acts,
            today=today,
            confirm=confirm,
            push=push,
            without=without,
            ranker=self.ranker,
        )


def step(
    session: Session,
    said: Utterance,
    base: KnowledgeBase,
    today: date,
    *,
    without: frozenset[str] = frozenset(),
) -> Turn:
    """Return the turn that follows an utterance. Apart from the cache, this is a pure function.
    `without`: names of recognisers that are left out, to measure what they contribute."""
    context = base.context(
        today,
        session.told,
        confirm=said.confirm,
        push=said.push,
        follows=session.follows,
        without=without,
    )
    if said.choice == f"c:{following.CHANGED}":
        # No message of the user: what was offered and told stays.
        return following.tell_changes(context, session, "")
    before, notice = _drop_vanished(context, session)
    paused = context.knowledge.locality.paused
    if paused and said.choice and not is_still_tapped(said.choice):
        return _with_offered(context, before, say_paused(context, before))
    if said.text and not paused:
        before = remember_kinds(context, before, said.text)
    if said.choice:
        turn = tap(context, before, said.choice)
    else:
        text = sanitize(said.text)
        if following.asks_to_unfollow(context, before, text):
            turn = following.unfollow(context, before, "")
        elif said.edited is None or paused:
            turn = respond(context, before, text)
        else:
            turn = take_edit(context, before, read_message(text), said.edited)
            if not turn.replies:
                return turn._replace(session=session)
    if not paused:
        turn = add_person_notes(context, said.text, turn)
    # What repeats is compared without the rules that are added below.
    turn = remember_told(context, note_entries(before, said, turn, today))
    if not paused:
        turn = add_always_rules(context, before, said.text, turn)
    turn = turn._replace(
        replies=tuple(base.links.added(context.phrasebook, r) for r in turn.replies)
    )
    if notice:
        turn = turn._replace(replies=(Reply(notice), *turn.replies))
    return _with_offered(context, before, turn)


def _drop_vanished(context: TurnContext, session: Session) -> tuple[Session, str]:
    """Drop a pending slot or a focus that left the knowledge; return the session and a notice.
    Answers stay."""
    if session.pending and session.pending not in context.knowledge.slots:
        return session._replace(pending=""), context.phrasebook.say("vanished_question")
    if session.focus and session.focus not in context.knowledge.supports:
        session = session._replace(focus="", mode=Mode.IDLE)
        return session, context.phrasebook.say("vanished_support")
    return session, ""


def _with_offered(context: TurnContext, before: Session, turn: Turn) -> Turn:
    """Store the offered options and the supports of the last list in the session of the turn, and
    say how far the interview is."""
    offered = next((r.choices for r in reversed(turn.replies) if r.choices), ())
    only_main = set(offered) <= set(main_options(context.phrasebook))
    if turn.session.listed and only_main and _has_support(before.offered):
        # The reply has no options of its own, so the list stays: "2" still opens its item. Other
        # options below the reply would be numbered too and are removed.
        replies = tuple(reply._replace(choices=()) for reply in turn.replies)
        turn, offered = turn._replace(replies=replies), before.offered
    supports = tuple([o.id[2:] for o in offered if o.id.startswith("s:")])
    session = turn.session._replace(
        offered=offered,
        listed=supports or turn.session.listed,
        version=context.knowledge.version,
    )
    session = following.refreshed(context, session)
    progress = context.progress(session) if session.interviewing else (0, 0)
    return turn._replace(session=session, progress=progress)


def _has_support(offered: Sequence[Option]) -> bool:
    return any(option.id.startswith("s:") for option in offered)
