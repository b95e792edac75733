"""Compare the answers of two versions of the knowledge, question by question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.core.domain.knowledge import Knowledge
from bot.workshop.effects.answers import OTHER_CITY, Answer, Kind
from bot.workshop.effects.questions import samples


class Group(StrEnum):
    """How the answer to a question changes, in the order of reports: the gravest first."""

    NOW_UNKNOWN = "now_unknown"
    NOW_OUT_OF_SCOPE = "now_out_of_scope"
    OTHER_SUPPORT = "other_support"
    NOW_OFFERED = "now_offered"
    OTHER_OFFER = "other_offer"
    OTHER_TOPIC = "other_topic"
    STILL_UNANSWERED = "still_unanswered"
    NOW_DIRECT = "now_direct"
    NOW_ANSWERED = "now_answered"
    OTHER_WORDS = "other_words"


@dataclass(frozen=True, slots=True)
class Shown:
    """A support or an out-of-scope topic that an answer shows. `clause`: "" for a topic."""

    id: str
    title: str
    clause: str = ""


@dataclass(frozen=True, slots=True)
class QuestionChange:
    """A question whose answer changes.

    `sources`: see `questions.collect`. `was`, `now`: what the two answers show. `intended`: the
    new knowledge lists this very question as a sample of what it is answered with now.
    """

    text: str
    sources: tuple[str, ...]
    group: Group
    before: Answer
    after: Answer
    was: tuple[Shown, ...]
    now: tuple[Shown, ...]
    intended: bool = False

    @property
    def is_regression(self) -> bool:
        """Return whether an answer got lost: what was answered or offered is unknown or out of
        scope, is answered with another support, or is not among the offered ones any more."""
        if self.intended:
            return False
        if self.group in (Group.NOW_UNKNOWN, Group.NOW_OUT_OF_SCOPE):
            return self.before.kind in (Kind.ANSWERED, Kind.OFFERED)
        if self.group is Group.OTHER_SUPPORT:
            return True
        return (
            self.group is Group.NOW_OFFERED
            and self.before.shown[:1] != ()
            and not ({*self.before.shown} <= {*self.after.shown})
        )


def compare_answers(
    old: Knowledge,
    new: Knowledge,
    before: Mapping[str, Answer],
    after: Mapping[str, Answer],
    sources: Mapping[str, tuple[str, ...]],
) -> tuple[QuestionChange, ...]:
    """Return the questions whose answers differ, by group and in the order of `sources`."""
    owners: dict[str, set[str]] = {}
    for text, owner in samples(new):
        owners.setdefault(text.strip(), set()).add(owner)
    changes = []
    for text, where in sources.items():
        first, second = before[text], after[text]
        group = group_of(first, second)
        if group is not None:
            was, now = _shown(first, old), _shown(second, new)
            intended = not owners.get(text, set()).isdisjoint(second.shown)
            changes.append(QuestionChange(text, where, group, first, second, was, now, intended))
    order = {group: place for place, group in enumerate(Group)}
    return tuple(sorted(changes, key=lambda change: order[change.group]))


def group_of(before: Answer, after: Answer) -> Group | None:
    """Return how an answer changes; None if founders see the same."""
    if (before.kind, before.shown) == (after.kind, after.shown):
        return None if before.reply == after.reply else Group.OTHER_WORDS
    if after.kind is Kind.ANSWERED:
        return {Kind.ANSWERED: Group.OTHER_SUPPORT, Kind.OFFERED: Group.NOW_DIRECT}.get(
            before.kind, Group.NOW_ANSWERED
        )
    if after.kind is Kind.OFFERED:
        return {Kind.ANSWERED: Group.NOW_OFFERED, Kind.OFFERED: Group.OTHER_OFFER}.get(
            before.kind, Group.NOW_ANSWERED
        )
    if after.kind is Kind.OUT_OF_SCOPE:
        same = before.kind is Kind.OUT_OF_SCOPE
        return Group.OTHER_TOPIC if same else Group.NOW_OUT_OF_SCOPE
    answered = before.kind in (Kind.ANSWERED, Kind.OFFERED)
    return Group.NOW_UNKNOWN if answered else Group.STILL_UNANSWERED


def _shown(answer: Answer, knowledge: Knowledge) -> tuple[Shown, ...]:
    if answer.kind is Kind.OUT_OF_SCOPE:
        return tuple(_topics(answer.shown, knowledge))
    supports = (knowledge.supports[name] for name in answer.shown if name in knowledge.supports)
    return tuple(Shown(each.id, each.title, each.clause) for each in supports)


def _topics(names: Iterable[str], knowledge: Knowledge) -> Iterable[Shown]:
    for name in names:
        topic = knowledge.signposts.get(name)
        if topic or name == OTHER_CITY:
            yield Shown(name, topic.title if topic else "别的城市")
