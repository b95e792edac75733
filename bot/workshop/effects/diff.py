"""The difference between two versions of the knowledge, in what founders and clerks see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from bot.content.readers.scenarios import Scenario
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.knowledge import Knowledge
from bot.workshop.effects.answers import Answer, answers_to
from bot.workshop.effects.fact_changes import FactChange, compare_facts
from bot.workshop.effects.profile_changes import ProfileChange, compare_profiles
from bot.workshop.effects.question_changes import Group, QuestionChange, compare_answers
from bot.workshop.effects.questions import Question, collect


@dataclass(frozen=True, slots=True)
class Diff:
    """What differs between the versions `old` and `new` of the knowledge.

    `asked`: how many questions both were asked. `slots`: the interview's names and labels, for
    reports: slot → (name, choice → label).
    """

    old: str
    new: str
    asked: int = 0
    questions: tuple[QuestionChange, ...] = ()
    profiles: tuple[ProfileChange, ...] = ()
    facts: tuple[FactChange, ...] = ()
    slots: Mapping[str, tuple[str, Mapping[str, str]]] | None = None

    @property
    def changes(self) -> bool:
        """Return whether anything differs for founders."""
        return bool(self.questions or self.profiles or self.facts)

    def counts(self) -> dict[str, int]:
        """Return the number of changed questions by group (every group), of supports whose
        verdict changes for some profiles, that some lose and that some gain, of changed facts, and
        of regressions."""
        groups = Counter(change.group for change in self.questions)
        lost = regressions(self)
        return {
            **{group.value: groups[group] for group in Group},
            "supports_changed": sum(len(p.supports) for p in self.profiles),
            "supports_lost": sum(len(p.supports) for p in self.profiles if p.lost),
            "supports_gained": sum(len(p.supports) for p in self.profiles if p.gained),
            "facts": len(self.facts),
            "regressions": len(lost.questions) + sum(len(p.supports) for p in lost.profiles),
        }


@dataclass(frozen=True, slots=True)
class Regressions:
    """What founders lose by a change: answers to questions, and supports for some profiles."""

    questions: tuple[QuestionChange, ...] = ()
    profiles: tuple[ProfileChange, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.questions or self.profiles)


def regressions(diff: Diff) -> Regressions:
    """Return what founders lose: questions that were answered and are now unknown, out of scope or
    answered with another support, and supports that some profiles cannot get any more. What an
    editor wrote on purpose is none: a question that is a sample of what it is answered with now,
    and a support that is closed by a status."""
    return Regressions(
        tuple(change for change in diff.questions if change.is_regression),
        tuple(change for change in diff.profiles if change.is_regression),
    )


def compare(
    old: KnowledgeBase,
    new: KnowledgeBase,
    today: date,
    *,
    scenarios: Iterable[Scenario] = (),
    more: Iterable[Question] = (),
) -> Diff:
    """Return what differs on this day between two versions, for their samples, the first messages
    of the scenarios and further questions (of the inbox, of files). A pure function; it takes
    about 3 ms a question and version (`folders.compare_folders` is faster)."""
    sources = collect((new.knowledge, old.knowledge), scenarios, more)
    if old.knowledge.version == new.knowledge.version:
        return Diff(old.knowledge.version, new.knowledge.version, len(sources))
    before, after = (answers_to(sources, base, today) for base in (old, new))
    return combine(old.knowledge, new.knowledge, before, after, sources, today)


def combine(
    old: Knowledge,
    new: Knowledge,
    before: Mapping[str, Answer],
    after: Mapping[str, Answer],
    sources: Mapping[str, tuple[str, ...]],
    today: date,
) -> Diff:
    """Return what differs, from the answers of both versions to all texts of `sources`."""
    slots = {**old.slots, **new.slots}
    return Diff(
        old.version,
        new.version,
        len(sources),
        compare_answers(old, new, before, after, sources),
        compare_profiles(old, new, today),
        compare_facts(old, new, today),
        {s.id: (s.name, {c.id: c.label for c in s.choices}) for s in slots.values()},
    )
