"""Evaluate supports for a profile: which conditions are met, open or failed, and the verdict.

An unanswered slot never fails a condition: it leaves the verdict open and is named as missing. A
support that is not available any more is closed for everybody.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import combinations, product

from bot.core.domain.knowledge import IDENTITY, NEEDS, Condition, Knowledge, Slot, Support
from bot.core.domain.session import Profile


class Verdict(StrEnum):
    """The result of evaluating one support for one profile."""

    APPLIES = "applies"
    MAYBE = "maybe"
    NOT_APPLICABLE = "not_applicable"
    CLOSED = "closed"


class State(StrEnum):
    """The result of checking one condition. OPEN: an answer is missing; UNCLEAR: the answer is
    given, and the paper does not settle it."""

    MET = "met"
    OPEN = "open"
    UNCLEAR = "unclear"
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

    @property
    def ruled_out(self) -> bool:
        """Return whether an answer fails a condition, whatever the verdict is."""
        return any(c.state is State.FAILED for c in self.checks)

    @property
    def open_to_anyone(self) -> bool:
        """Return whether only conditions that restrict nobody wait for an answer, and all others
        are met."""
        return all(
            c.state is State.MET or (c.state is State.OPEN and c.condition.anyone)
            for c in self.checks
        )


@dataclass(frozen=True, slots=True)
class Change:
    """Changed answers, as pairs of slot and choice, and the verdict that they lead to."""

    answers: tuple[tuple[str, str], ...]
    verdict: Verdict


def check_condition(condition: Condition, profile: Profile, slots: Mapping[str, Slot]) -> Check:
    """Check one condition for a profile."""
    given = profile.get(condition.slot, ())
    if not given:
        # No answer can settle a list that names nobody and excludes nobody.
        settles = condition.allowed or condition.anyone or condition.closed
        if not settles:
            return Check(condition, State.UNCLEAR)
        return Check(condition, State.OPEN, (), condition.slot)
    met = tuple(choice for choice in given if condition.meets(choice))
    if met:
        return Check(condition, State.MET, met)
    unsettled = tuple(choice for choice in given if not condition.fails(choice))
    if unsettled and condition.closed:
        return Check(condition, State.UNCLEAR, unsettled)
    for choice_id in condition.allowed:
        slot = slots.get(condition.slot)
        choice = slot.choice(choice_id) if slot else None
        if choice and choice.possible_if and not set(given) <= set(choice.not_with):
            related = profile.get(choice.possible_if.slot, ())
            if not related:
                return Check(condition, State.OPEN, given, choice.possible_if.slot)
            if any(choice_id in choice.possible_if.allowed for choice_id in related):
                return Check(condition, State.OPEN, given, condition.slot)
    if unsettled:
        return Check(condition, State.UNCLEAR, unsettled)
    return Check(condition, State.FAILED, given)


def evaluate(support: Support, profile: Profile, knowledge: Knowledge, today: date) -> Finding:
    """Evaluate one support for a profile on a day: what is not available is closed; a failed
    condition rules it out; otherwise an open or unclear condition leaves it open."""
    checked = _evaluate_conditions(support.conditions, profile, knowledge.slots)
    return _finding(support, *checked, knowledge, today)


def _evaluate_conditions(
    conditions: Sequence[Condition], profile: Profile, slots: Mapping[str, Slot]
) -> tuple[Verdict, tuple[Check, ...]]:
    checks = tuple(check_condition(condition, profile, slots) for condition in conditions)
    states = {c.state for c in checks}
    if State.FAILED in states:
        return Verdict.NOT_APPLICABLE, checks
    if states & {State.OPEN, State.UNCLEAR}:
        return Verdict.MAYBE, checks
    return Verdict.APPLIES, checks


def _finding(
    support: Support,
    verdict: Verdict,
    checks: tuple[Check, ...],
    knowledge: Knowledge,
    today: date,
) -> Finding:
    closed = knowledge.closure(support, today) is not None
    return Finding(support, Verdict.CLOSED if closed else verdict, checks)


def evaluate_all(knowledge: Knowledge, profile: Profile, today: date) -> tuple[Finding, ...]:
    """Evaluate every benefit for the profile, in the order of the policy text.

    Many supports have the same conditions; these are checked once.
    """
    slots = knowledge.slots
    results = [_evaluate_conditions(c, profile, slots) for c in knowledge.distinct_conditions]
    pairs = zip(knowledge.benefits, knowledge.benefit_conditions, strict=True)
    return tuple([_finding(s, *results[place], knowledge, today) for s, place in pairs])


def decision_key(knowledge: Knowledge, profile: Profile) -> Hashable:
    """Return the part of the profile that decides verdicts: profiles with equal keys have equal
    findings."""
    return tuple([tuple(profile.get(slot, ())) for slot in knowledge.deciding_any])


def rank(
    findings: Iterable[Finding], profile: Profile, slots: Mapping[str, Slot] | None = None
) -> tuple[Finding, ...]:
    """Return the findings in display order: what applies or may apply, then what does not, then
    what is closed; in each part those that meet a stated need first. Then those that are open to
    the user or to anyone; those that one can apply for; those that do not depend on an identity
    that is not known; those whose list of people does not leave the user out; those with a
    condition on the identity that the profile meets; then in the order of the needs in the
    interview, where `slots` are given. Equal ones keep their order."""
    needs = tuple(profile.get(NEEDS, ()))
    slot = (slots or {}).get(NEEDS)
    order = {choice.id: place for place, choice in enumerate(slot.choices)} if slot else {}
    return tuple(sorted(findings, key=lambda f: (*_sort_key(f, needs), _place(f, order))))


def _place(finding: Finding, order: Mapping[str, int]) -> int:
    return min((order.get(n, len(order)) for n in finding.support.needs), default=len(order))


def _sort_key(finding: Finding, wanted: Sequence[str]) -> tuple[int | bool, ...]:
    verdict = finding.verdict
    part = 0 if verdict in (Verdict.APPLIES, Verdict.MAYBE) else _VERDICT_RANK[verdict]
    relevant = any(need in finding.support.needs for need in wanted)
    unnamed = any(_is_unnamed(check) for check in finding.checks)
    general = finding.support.general
    specific = for_identity(finding)
    closed = not finding.open_to_anyone
    depends = IDENTITY in finding.missing
    return (part, not relevant, closed, general, depends, unnamed, not specific)


def for_identity(finding: Finding) -> bool:
    """Return whether the profile meets a condition on the identity that not everyone meets."""
    return any(
        c.condition.slot == IDENTITY and c.state is State.MET and not c.condition.anyone
        for c in finding.checks
    )


def _is_unnamed(check: Check) -> bool:
    """Return whether a check is unclear although the paper names people, none of them this one."""
    condition = check.condition
    named = (*condition.allowed, *condition.perhaps)
    return check.state is State.UNCLEAR and bool(named) and not set(check.answers) & set(named)


def what_if(
    support: Support, profile: Profile, knowledge: Knowledge, today: date
) -> Change | None:
    """Return the smallest change of answers that improves the verdict, or None.

    Only slots marked as changeable are varied; the identity is not one of them.
    """
    current = evaluate(support, profile, knowledge, today).verdict
    if current in (Verdict.APPLIES, Verdict.CLOSED):
        return None
    slots = [s for s in knowledge.slots.values() if s.changeable]
    for size in range(1, len(slots) + 1):
        best: Change | None = None
        for change in _changes(slots, size, profile):
            changed = {**profile, **{s: (c,) for s, c in change}}
            verdict = evaluate(support, changed, knowledge, today).verdict
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
