"""One step of the dialogue: from a session and an utterance to a turn.

`step` reads an utterance in this order: a tapped option, a number or label of an offered option, a
reference to an item of the last list, a command, a list request, an answer or stated facts, a
question. A question never fills a slot, and stored answers stay when another question is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from bot.core.dialogue import actions, interview
from bot.core.dialogue.act_handling import take_acts
from bot.core.dialogue.context import TurnContext
from bot.core.dialogue.edited_message import take_edit
from bot.core.dialogue.list_request import ListRequestDetector
from bot.core.dialogue.long_message import read_message, split_long_message, store_background
from bot.core.dialogue.person_notes import add_person_notes, remember_kinds
from bot.core.dialogue.profile_updates import take_message, with_notes
from bot.core.dialogue.question_resolver import MAX_CANDIDATES, QuestionResolver
from bot.core.dialogue.repetition import remember_told, vary_repeated
from bot.core.dialogue.whose_matter import addressed, only_turns, turn_to_person
from bot.core.domain.cache import Cache
from bot.core.domain.knowledge import IDENTITY, Knowledge
from bot.core.domain.phrases import PhraseId, phrase_id
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Mode, Option, Session, Utterance
from bot.core.nlu.acts import ActModel, ActRecogniser
from bot.core.nlu.command_classifier import MessageParser, corrected_number, edit_slot, is_empty
from bot.core.nlu.list_reference import ListReference, resolve_list_reference
from bot.core.nlu.patterns import has_content
from bot.core.nlu.question_form import QuestionReader
from bot.core.responses.fact_answer import FactAnswers
from bot.core.responses.fact_units import FactUnits
from bot.core.responses.phrasebook import Phrasebook
from bot.core.responses.support_answer import AnswerRenderer, main_options
from bot.core.retrieval.index import Index
from bot.core.text.expressions import stands_for_no_text, strip_expressions
from bot.core.text.normalizer import sanitize
from bot.core.text.personal_numbers import without_personal_numbers


@dataclass(frozen=True)
class KnowledgeBase:
    """One knowledge version with its search index, its parsers and its cache. Every turn that it
    serves uses the same instance."""

    knowledge: Knowledge
    index: Index
    act_model: ActModel | None = None
    cache: Cache = field(default_factory=Cache, compare=False, repr=False)

    @cached_property
    def reader(self) -> MessageParser:
        """The parser for messages."""
        return MessageParser(self.knowledge, self.index.analyzer.lexicon)

    @cached_property
    def acts(self) -> ActRecogniser:
        """The recogniser of dialogue acts."""
        return ActRecogniser(self.knowledge, self.index.analyzer, self.act_model)

    @cached_property
    def list_requests(self) -> ListRequestDetector:
        """The detector for list requests."""
        return ListRequestDetector(self.reader, self.index.analyzer)

    @cached_property
    def _resolver(self) -> QuestionResolver:
        return QuestionResolver(self.knowledge, self.index, self.reader, self.cache)

    @cached_property
    def questions(self) -> QuestionReader:
        """The reader of the form of questions."""
        return QuestionReader(self.knowledge)

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

    def context(
        self, today: date, told: Iterable[str] = (), *, confirm: bool = False
    ) -> TurnContext:
        """Return the context of the turns of one day. `told`: what was said in the conversation
        (`Session.told`); `confirm`: see Utterance."""
        phrasebook = Phrasebook(self.knowledge, today)
        return TurnContext(
            knowledge=self.knowledge,
            index=self.index,
            parser=self.reader,
            resolver=self._resolver,
            list_requests=self.list_requests,
            phrasebook=phrasebook,
            renderer=AnswerRenderer(phrasebook, frozenset(told)),
            questions=self.questions,
            facts=FactAnswers(self.units, phrasebook, frozenset(told)),
            cache=self.cache,
            acts=self.acts,
            today=today,
            confirm=confirm,
        )


def step(session: Session, said: Utterance, base: KnowledgeBase, today: date) -> Turn:
    """Return the turn that follows an utterance. Apart from the cache, this is a pure function."""
    context = base.context(today, session.told, confirm=said.confirm)
    before, notice = _drop_vanished(context, session)
    before = remember_kinds(context, before, said.text) if said.text else before
    if said.choice:
        turn = actions.tap(context, before, said.choice)
    else:
        text = sanitize(said.text)
        if said.edited is None:
            turn = _take_text(context, before, text)
        else:
            turn = take_edit(context, before, read_message(text), said.edited, _take_text)
            if not turn.replies:
                return turn._replace(session=session)
    turn = add_person_notes(context, said.text, turn)
    turn = remember_told(context, turn)
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
    """Store the offered options and the supports of the last list in the session of the turn."""
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
    return turn._replace(session=session)


def _has_support(offered: Sequence[Option]) -> bool:
    return any(option.id.startswith("s:") for option in offered)


# -- text --------------------------------------------------------------------------------------


def _take_text(context: TurnContext, session: Session, sanitized: str) -> Turn:
    """Return the turn of a text. Personal numbers in it are dropped with a warning, before
    anything is stored."""
    kept = without_personal_numbers(sanitized)
    if kept == sanitized:
        return _take_harmless(context, session, sanitized)
    warning = actions.run_command(context, session, "contact_warning")
    if not has_content(context.parser.clean(kept)):
        return warning
    turn = _take_harmless(context, session, kept)
    said = warning.replies[0]._replace(choices=())
    if any(reply.text == said.text for reply in turn.replies):
        return turn
    return turn._replace(replies=(said, *turn.replies))


def _take_harmless(context: TurnContext, session: Session, sanitized: str) -> Turn:
    if stands_for_no_text(sanitized):
        return actions.run_command(context, session, "nontext")
    plain = strip_expressions(sanitized)
    if plain != sanitized and is_empty(context.parser.clean(plain)):
        return _not_understood(context, session, phrase_id("nod"))
    background, part = split_long_message(context, session.profile, read_message(plain))
    session, notes = store_background(context, session, background)
    session, about = turn_to_person(context, session, part)
    if about and only_turns(context, session, part):
        turn = actions.run_command(context, session, "results" if session.profile else "start")
    else:
        turn = _take_part(context, session, part)
    return addressed(context, with_notes(turn, notes + about))


def _take_part(context: TurnContext, session: Session, text: str) -> Turn:
    parser = context.parser
    if is_empty(parser.clean(text)):
        return _not_understood(context, session, phrase_id("nothing"))
    confirmation = actions.confirmation(parser.confirmation(text), session)
    if confirmation:
        return actions.run_command(context, session, confirmation)
    picked = parser.select(text, session.offered)
    if picked:
        return _tap_all(context, session, picked)
    reference = resolve_list_reference(text, parser, session)
    if reference:
        return _show_referenced(context, session, reference)
    slot_id = edit_slot(text, parser)
    if slot_id:
        return actions.run_command(context, session, f"edit:{slot_id}")
    command = _command(context, session, text)
    if command:
        return actions.run_command(context, session, command)
    request = context.list_requests.detect(session, text)
    if request:
        return actions.show_list(context, session, request)
    number = corrected_number(text)
    if number and (corrected := _correct_last_answer(context, session, number)):
        return corrected
    if parser.is_invalid_number(text, session.offered):
        return _not_understood(context, session, phrase_id("bad_number"))
    return take_acts(context, session, text, _answer_message) or _answer_message(
        context, session, text
    )


def _answer_message(context: TurnContext, session: Session, text: str) -> Turn:
    """Return the turn of a message that is no command, without an earlier reply."""
    return vary_repeated(context, session, take_message(context, session, text))


def _command(context: TurnContext, session: Session, text: str) -> str:
    """Return the command that a message is in this session; "" if it is none."""
    parser = context.parser
    if bureaus := parser.asked_bureaus(text):
        return f"bureau:{'+'.join(bureaus)}"
    if bureaus := parser.located_bureaus(text):
        return f"office:{'+'.join(bureaus)}"
    if parser.asks_for_phone_number(text):
        named = [b for b in parser.named_bureaus(text) if context.knowledge.bureaus[b].has_office]
        if named:
            return f"bureau:{'+'.join(named)}"
        return f"field:who:{session.focus}" if session.focus else "human"
    if session.interviewing and session.pending:
        if parser.is_undecided(text, session.pending):
            return "unsure"
        if parser.wants_all(text):
            return "all"
        # The slot identity has a choice for "都不是".
        if session.pending != IDENTITY and parser.rejects_all(text):
            return "none_fits"
    return parser.command(text)


def _correct_last_answer(context: TurnContext, session: Session, number: int) -> Turn | None:
    """Answer the last question with another number: "不对，是1". Return None if there is no last
    question or no such number."""
    asked = actions.run_command(context, session, "back")
    choices = asked.replies[-1].choices
    if asked.session == session or not 1 <= number <= len(choices):
        return None
    kind, _, rest = choices[number - 1].id.partition(":")
    slot_id, _, choice = rest.partition(":")
    slot = context.knowledge.slots.get(slot_id) if kind == "a" else None
    if slot is None:
        return None
    return interview.take_answer(context, asked.session, slot, [choice], typed=True)


def _show_referenced(context: TurnContext, session: Session, reference: ListReference) -> Turn:
    """Show the list items that a message refers to, or their asked fields."""
    if not reference.supports:
        return _not_understood(context, session, phrase_id("bad_number"))
    known = context.knowledge.supports
    supports = [known[s] for s in reference.supports if s in known]
    if not supports:
        return _not_understood(context, session, phrase_id("stale"))
    first = supports[0]
    if reference.fields:
        return actions.show_fields(context, session, first, *reference.fields)
    if len(supports) > 1:
        return _tap_all(context, session, [f"s:{support.id}" for support in supports])
    form, aspects = context.read_question(reference.rest)
    if context.facts.silent_topic(form, aspects, first):
        found, answer = context.facts.answer(form, aspects, first)
        return actions.show_reply(
            context, session, found, context.renderer.fact_reply(found, answer)
        )
    return actions.show_support(context, session, first)


def _tap_all(context: TurnContext, session: Session, picked: Sequence[str]) -> Turn:
    """Tap several options: choices of one slot are one answer; the replies of other options are
    joined."""
    answers = [option.split(":", 2) for option in picked if option.startswith("a:")]
    if len(answers) == len(picked) and len({slot for _, slot, _ in answers}) == 1:
        choices = "+".join(choice for _, _, choice in answers)
        return actions.tap(context, session, f"a:{answers[0][1]}:{choices}")
    turn = actions.tap(context, session, picked[0])
    for option in picked[1:MAX_CANDIDATES]:
        following = actions.tap(context, turn.session, option)
        before = tuple(reply._replace(choices=()) for reply in turn.replies)
        turn = following._replace(
            replies=(*before, *following.replies),
            cites=tuple(dict.fromkeys((*turn.cites, *following.cites))),
        )
    return turn


def _not_understood(context: TurnContext, session: Session, phrase: PhraseId) -> Turn:
    phrasebook = context.phrasebook
    reply = Reply(phrasebook.say_id(phrase), main_options(phrasebook))
    if not session.interviewing and session.offered and phrase == "bad_number":
        reply = reply._replace(choices=session.offered)
    return interview.ask_pending(context, Turn(session, (reply,)))
