"""Decide whether the live knowledge still does not answer an entry of the inbox well."""

from __future__ import annotations

from datetime import date

from bot.content.checks.text_rules import normal
from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.domain.inbox import EntryKind, InboxEntry
from bot.core.domain.session import Mode, Session, Utterance
from bot.core.text.scrubbing import without_placeholders
from bot.workshop.effects.answers import Answer, Kind, answer_to


class OpenEntries:
    """Judges entries with one knowledge version and day; each text is asked once."""

    def __init__(self, base: KnowledgeBase, today: date) -> None:
        self._base = base
        self._today = today
        self._answers: dict[str, Answer] = {}

    def is_open(self, entry: InboxEntry) -> bool:
        """Return whether an entry is still work for an admin.

        A question that nothing answered, or whose offer nobody took, is closed once a support, an
        out-of-scope topic or talk answers it; a vote, once its question leads to another support;
        what an out-of-scope topic answered, once something else does or the topic lists it as a
        sample.
        """
        if not entry.text:
            return True
        answer = self._answer(without_placeholders(entry.text))
        if entry.kind is EntryKind.UNHELPFUL:
            other = answer.kind is Kind.ANSWERED and answer.shown[:1] != (entry.subject,)
            return not other
        if entry.kind is EntryKind.OUT_OF_SCOPE:
            same = answer.kind is Kind.OUT_OF_SCOPE and answer.shown == (entry.subject,)
            return answer.kind is Kind.UNKNOWN or (same and not self._is_sample(entry))
        unanswered = answer.kind in (Kind.UNKNOWN, Kind.OFFERED)
        return unanswered and not self._is_answered_in_focus(entry)

    def _answer(self, text: str) -> Answer:
        if text not in self._answers:
            self._answers[text] = answer_to(text, self._base, self._today)
        return self._answers[text]

    def _is_sample(self, entry: InboxEntry) -> bool:
        """Return whether the topic of an entry lists its text."""
        topic = self._base.knowledge.signposts.get(entry.subject)
        said = normal(entry.text)
        return topic is not None and any(normal(q) == said for q in topic.questions)

    def _is_answered_in_focus(self, entry: InboxEntry) -> bool:
        """Return whether an unknown follow-up is answered now beside the support it came after."""
        if entry.kind is not EntryKind.UNKNOWN:
            return False
        if entry.subject not in self._base.knowledge.supports:
            return False
        session = Session(mode=Mode.DETAIL, focus=entry.subject)
        turn = step(session, Utterance(without_placeholders(entry.text)), self._base, self._today)
        return turn.outcome == "answer" and not turn.effects.entries
