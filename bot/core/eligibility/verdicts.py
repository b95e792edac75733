"""Evaluate supports for a profile: which conditions are met, open or failed, and the verdict.

An unanswered slot never fails a condition: it leaves the verdict open and is named as missing.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations, product

from bot.core.domain.knowledge import IDENTITY, NEEDS, Condition, Knowledge, Slot, Support
from bot.core.domain.session import Profile


class Verdict(StrEnum):
    """The result of evaluating one support for one profile."""

    APPLIES = "applies"
    MAYBE = "maybe"
    NOT_APPLICABLE = "not_applicable"


class State(StrEnum):
    """The result of checking one condition."""

    MET = "met"
    OPEN = "open"
    FAILED = "failed"


_VERDICT_RANK = {verdict: rank for rank, verdict in enumerate(Verdict)}


@dataclass(frozen=True, slots=True)
class Check:
    """A checked condition. `answers` are the choices that met or failed it; `missing` is the slot
    whose answer settles an open condition."""

    condition: Condition
    state: State
    answers: tuple[str, ...] = ()
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict for a support, with the checks of its conditions."""

    support: Support
    verdict: Verdict
    checks: tuple[Check, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the slots that keep the verdict open, each once."""
        return tuple(dict.fromkeys(c.missing for c in self.checks if c.state is State.OPEN))


@dataclass(frozen=True, slots=True)
class Change:
    """Changed answers, as pairs of slot and choice, and the verdict that they lead to."""

    answers: tuple[tuple[str, str], ...]
    verdict: Verdict


def check_condition(condition: Condition, profile: Profile, slots: Mapping[str, Slot]) -> Check:
    """Check one condition for a profile."""
    given = profile.get(condition.slot, ())
    if not given:
        return Check(condition, State.OPEN, (), condition.slot)
    met = tuple(choice for choice in given if choice in condition.allowed)
    if met:
        return Check(condition, State.MET, met)
    for choice_id in condition.allowed:
        slot = slots.get(condition.slot)
        choice = slot.choice(choice_id) if slot else None
        if choice and choice.possible_if:
            related = profile.get(choice.possible_if.slot, ())
            if not related:
                return Check(condition, State.OPEN, given, choice.possible_if.slot)
            if any(choice_id in choice.possible_if.allowed for choice_id in related):
                return Check(condition, State.OPEN, given, condition.slot)
    return Check(condition, State.FAILED, given)


def evaluate(support: Support, profile: Profile, slots: Mapping[str, Slot]) -> Finding:
    """Evaluate one support for a profile: a failed condition rules it out; otherwise an open
    condition leaves it open."""
    return Finding(support, *_evaluate_conditions(support.conditions, profile, slots))


def _evaluate_conditions(
    conditions: Sequence[Condition], profile: Profile, slots: Mapping[str, Slot]
) -> tuple[Verdict, tuple[Check, ...]]:
    checks = tuple(check_condition(condition, profile, slots) for condition in conditions)
    states = {c.state for c in checks}
    if State.FAILED in states:
        return Verdict.NOT_APPLICABLE, checks
    if State.OPEN in states:
        return Verdict.MAYBE, checks
    return Verdict.APPLIES, checks


def evaluate_all(knowledge: Knowledge, profile: Profile) -> tuple[Finding, ...]:
    """Evaluate every benefit for the profile, in the order of the policy text.

    Many supports have the same conditions; these are checked once.
    """
    slots = knowledge.slots
    results = [_evaluate_conditions(c, profile, slots) for c in knowledge.distinct_conditions]
    pairs = zip(knowledge.benefits, knowledge.benefit_conditions, strict=True)
    return tuple([Finding(support, *results[place]) for support, place in pairs])


def decision_key(knowledge: Knowledge, profile: Profile) -> Hashable:
    """Return the part of the profile that decides verdicts: profiles with equal keys have equal
    findings."""
    return tuple([tuple(profile.get(slot, ())) for slot in knowledge.deciding_any])


def rank(findings: Iterable[Finding], profile: Profile) -> tuple[Finding, ...]:
    """Return the findings in display order: by verdict, then those that meet a stated need, then
    those with a condition on the identity that the profile meets. Equal ones keep their order."""
    needs = tuple(profile.get(NEEDS, ()))
    return tuple(sorted(findings, key=lambda f: _sort_key(f, needs)))


def _sort_key(finding: Finding, wanted: Sequence[str]) -> tuple[int, bool, int]:
    needs = finding.support.needs
    relevant = any(need in needs for need in wanted)
    specific = sum(c.condition.slot == IDENTITY and c.state is State.MET for c in finding.checks)
    return (_VERDICT_RANK[finding.verdict], not relevant, -specific)


def what_if(support: Support, profile: Profile, knowledge: Knowledge) -> Change | None:
    """Return the smallest change of answers that improves the verdict, or None.

    Only slots marked as changeable are varied; the identity is not one of them.
    """
    current = evaluate(support, profile, knowledge.slots).verdict
    if current is Verdict.APPLIES:
        return None
    slots = [s for s in knowledge.slots.values() if s.changeable]
    for size in range(1, len(slots) + 1):
        best: Change | None = None
        for change in _changes(slots, size, profile):
            verdict = evaluate(
                support, {**profile, **{s: (c,) for s, c in change}}, knowledge.slots
            ).verdict
            if verdict is Verdict.APPLIES:
                return Change(change, verdict)
            if current is Verdict.NOT_APPLICABLE and verdict is Verdict.MAYBE and best is None:
                best = Change(change, verdict)
        if best:
            return best
    return None


def _changes(
    slots: list[Slot], size: int, profile: Profile
) -> Iterator[tuple[tuple[str, str], ...]]:
    for chosen in combinations([s for s in slots if profile.get(s.id)], size):
        options = [
            [(s.id, c.id) for c in s.choices if c.id not in profile.get(s.id, ())] for s in chosen
        ]
        yield from product(*options)
