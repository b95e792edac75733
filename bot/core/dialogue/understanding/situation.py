"""What a recogniser sees: a text, and the conversation in which it is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from bot.core.dialogue.actions.supports import siblings
from bot.core.dialogue.context import TurnContext
from bot.core.dialogue.understanding.question_search import Search, search_question
from bot.core.dialogue.whose_matter import read_facts
from bot.core.domain.knowledge import NEEDS, Support
from bot.core.domain.session import Session
from bot.core.nlu.classifiers.acts import ActScore
from bot.core.nlu.patterns import has_content, question_without_negated
from bot.core.nlu.profile_extractor import Facts
from bot.core.nlu.understanding import Act
from bot.core.retrieval.index import SearchResult
from bot.core.text.normalizer import segments
from bot.core.text.question_form import QuestionForm


@dataclass(frozen=True)
class Situation:
    """A text in a conversation. What several recognisers use is computed once, on demand.

    `text`: the part of the message that is not understood yet. `whole`: the message, where facts
    were taken from it; `rest_text`: the part that states no facts. `informed`: these facts;
    `before`: the session before they were stored.
    """

    context: TurnContext
    session: Session
    text: str
    whole: str = ""
    rest_text: str = ""
    informed: Facts | None = None
    before: Session = field(default_factory=Session)

    @cached_property
    def clean(self) -> str:
        """The normalized text."""
        return self.context.parser.clean(self.text)

    @cached_property
    def facts(self) -> Facts:
        """The facts of the text about the person whose matter this is."""
        return read_facts(self.context, self.session, self.text).of(self.session.about)

    @cached_property
    def score(self) -> ActScore:
        """The scores of the text by the act model."""
        return self.context.acts.score(self.clean)

    @cached_property
    def requests(self) -> Mapping[str, float]:
        """The probability of each kind of request, the likeliest first."""
        return self.context.acts.score(self.asked_clean).requests

    @cached_property
    def rest_requests(self) -> Mapping[str, float]:
        """The probability of each kind of request of what a message says besides facts."""
        clean = self.context.parser.clean(self.rest_text)
        return self.context.acts.score(clean).requests if clean else {}

    @cached_property
    def clauses(self) -> list[str]:
        """The clauses of the text."""
        return segments(self.clean)

    @cached_property
    def focus(self) -> Support | None:
        """The support in focus."""
        return self.context.knowledge.supports.get(self.session.focus)

    @cached_property
    def near(self) -> tuple[Support, ...]:
        """The other supports of the clause of the one in focus."""
        return siblings(self.context, self.focus) if self.focus else ()

    @cached_property
    def whole_clean(self) -> str:
        """The normalized text of `whole`."""
        return self.context.parser.clean(self.whole)

    @cached_property
    def asked(self) -> str:
        """The text without negations that are no part of the question."""
        return question_without_negated(self.clean) or self.text

    @cached_property
    def asked_clean(self) -> str:
        """The normalized text of `asked`."""
        return self.context.parser.clean(self.asked)

    @cached_property
    def _fields(self) -> tuple[tuple[str, ...], str]:
        return self.context.parser.fields(self.asked)

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that the question asks for."""
        return self._fields[0]

    @property
    def rest(self) -> str:
        """The question without the words for these fields."""
        return self._fields[1]

    @cached_property
    def names_nothing(self) -> bool:
        """Whether the question has no content besides its fields."""
        return not has_content(self.rest)

    @cached_property
    def _form(self) -> tuple[QuestionForm, tuple[str, ...]]:
        return self.context.read_question(self.asked)

    @property
    def form(self) -> QuestionForm:
        """The form of the question."""
        return self._form[0]

    @property
    def aspects(self) -> tuple[str, ...]:
        """The aspects that the question asks for, outside a frame such as “听说”."""
        return self._form[1]

    @property
    def read_form(self) -> QuestionForm | None:
        """The form of the question if a recogniser needed it."""
        return self._form[0] if "_form" in self.__dict__ else None

    @cached_property
    def search(self) -> Search:
        """The search for the question."""
        return search_question(
            self.context,
            self.session.profile,
            self.asked,
            self.fields,
            lambda: self._form,
            in_talk=self.in_talk,
        )

    @property
    def in_talk(self) -> bool:
        """Whether the conversation is about supports: one is in focus or was shown, some are
        listed, a question of the interview is open, or something was known of the person before
        this message."""
        session = self.before if self.whole else self.session
        supports = session.focus or session.shown or session.listed
        return bool(supports or session.pending or session.profile)

    def refuses(self, support: str) -> bool:
        """Return whether all of the message denies a need that a support is for: 我不想贷款."""
        found, stated = self.context.knowledge.supports.get(support), self.informed
        if found is None or stated is None or self.text != self.whole:
            return False
        return bool(set(stated.denied.get(NEEDS, ())) & set(found.needs))

    def resolve(self, query: str, field: str = "") -> SearchResult:
        """Search a query for the person whose matter this is."""
        context = self.context
        profile, in_talk = self.session.profile, self.in_talk
        return context.resolver.resolve(query, profile, context.today, field, in_talk=in_talk)

    def finds_nothing(self, query: str) -> bool:
        """Return whether a query finds neither a support nor an out-of-scope topic."""
        return self.context.resolver.finds_nothing(query, self.session.profile)


class Reading(NamedTuple):
    """What a recogniser found. `acts`: none if it only prepares the text. `rest`: what other
    recognisers still have to understand; None if that is nothing. `then`: the situation in which
    they do; the present one if it is None."""

    acts: Sequence[Act] = ()
    rest: str | None = None
    then: Situation | None = None


Found = Act | Reading | None


class Recogniser(NamedTuple):
    """A named function that recognises acts of one kind."""

    name: str
    find: Callable[[Situation], Found]
