"""The values that all functions of a turn use."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from bot.core.dialogue.question_resolver import QuestionResolver
from bot.core.dialogue.ranking.ranker import RANKER, Ranker
from bot.core.domain.cache import Cache, CacheKind
from bot.core.domain.knowledge import Knowledge, Slot
from bot.core.domain.session import Profile, Session
from bot.core.eligibility.next_question import interview_progress, select_next_slot
from bot.core.eligibility.verdicts import Finding, decision_key, evaluate_all, rank
from bot.core.nlu.classifiers.acts import ActRecogniser
from bot.core.nlu.message_parser import MessageParser
from bot.core.nlu.question_form import QuestionReader
from bot.core.responses.fact_answer import FactAnswers
from bot.core.responses.phrasebook import Phrasebook
from bot.core.responses.support_answer import AnswerRenderer
from bot.core.retrieval.index import Index
from bot.core.text.question_form import QuestionForm


@dataclass(frozen=True)
class TurnContext:
    """One knowledge version on one day: its texts, its parsers and its search. The functions of
    this package take it as their first argument. `confirm`, `push`: see Utterance; `without`:
    recognisers that are left out."""

    knowledge: Knowledge
    index: Index
    parser: MessageParser
    resolver: QuestionResolver
    phrasebook: Phrasebook
    renderer: AnswerRenderer
    questions: QuestionReader
    facts: FactAnswers
    cache: Cache
    acts: ActRecogniser
    today: date
    confirm: bool = False
    push: bool = False
    without: frozenset[str] = frozenset()
    ranker: Ranker = RANKER

    def read_question(self, text: str) -> tuple[QuestionForm, tuple[str, ...]]:
        """Return the form of a question, and the aspects that it asks for."""
        form = self.questions.read(self.parser.clean(text))
        aspects, rest = self.parser.fields(form.clean)
        return replace(form, rest=rest if aspects else form.clean), aspects

    def findings(self, profile: Profile) -> tuple[Finding, ...]:
        """Return the findings of all benefits, in the order of the policy text."""
        return self.cache.get(
            CacheKind.FINDINGS,
            (self.today, decision_key(self.knowledge, profile)),
            lambda: evaluate_all(self.knowledge, profile, self.today),
        )

    def ranked_findings(self, profile: Profile) -> tuple[Finding, ...]:
        """Return the findings of all benefits, in display order."""
        return rank(self.findings(profile), profile, self.knowledge.slots)

    def next_slot(self, session: Session) -> Slot | None:
        """Return the slot to ask next, or None if nothing is left to ask."""
        return select_next_slot(self.knowledge, session, self.findings(session.profile))

    def progress(self, session: Session) -> tuple[int, int]:
        """Return the number of the pending question, from 1, and the number of questions; (0, 0)
        if none is pending."""
        return interview_progress(self.knowledge, session, self.findings(session.profile))
