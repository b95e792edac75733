"""A support held against a profile: does it apply, may it apply, or not, and which answer says so.

An unanswered slot is never a no: it leaves the verdict open and names what is still missing.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations, product

from bot.core.domain.knowledge import IDENTITY, NEEDS, Condition, Knowledge, Slot, Support
from bot.core.domain.session import Profile


class Verdict(StrEnum):
    """The conclusion for one support and one profile."""

    APPLIES = "applies"
    MAYBE = "maybe"
    NOT_APPLICABLE = "not_applicable"


class State(StrEnum):
    """How one condition stands."""

    MET = "met"
    OPEN = "open"
    FAILED = "failed"


_PLACE = {verdict: place for place, verdict in enumerate(Verdict)}


@dataclass(frozen=True, slots=True)
class Check:
    """One condition held against the profile. `missing` is the slot whose answer would settle an
    open one; `answers` are the choices that met or failed it."""

    condition: Condition
    state: State
    answers: tuple[str, ...] = ()
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A support, its verdict, and the checks that led there."""

    support: Support
    verdict: Verdict
    checks: tuple[Check, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """The slots that keep the verdict open, each once."""
        return tuple(dict.fromkeys(c.missing for c in self.checks if c.state is State.OPEN))


@dataclass(frozen=True, slots=True)
class Change:
    """An answer that would turn a verdict: slot, the new choice, and the verdict then."""

    answers: tuple[tuple[str, str], ...]
    verdict: Verdict


def check(condition: Condition, profile: Profile, slots: Mapping[str, Slot]) -> Check:
    """How this condition stands for this profile."""
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
            told = profile.get(choice.possible_if.slot, ())
            if not told:
                return Check(condition, State.OPEN, given, choice.possible_if.slot)
            if any(t in choice.possible_if.allowed for t in told):
                return Check(condition, State.OPEN, given, condition.slot)
    return Check(condition, State.FAILED, given)


def judge(support: Support, profile: Profile, slots: Mapping[str, Slot]) -> Finding:
    """The finding for one support: one failed condition is a no, else one open one is a maybe."""
    checks = tuple(check(condition, profile, slots) for condition in support.conditions)
    states = {c.state for c in checks}
    if State.FAILED in states:
        return Finding(support, Verdict.NOT_APPLICABLE, checks)
    if State.OPEN in states:
        return Finding(support, Verdict.MAYBE, checks)
    return Finding(support, Verdict.APPLIES, checks)


def evaluate_all(knowledge: Knowledge, profile: Profile) -> tuple[Finding, ...]:
    """Evaluate every benefit for the profile, in the order of the policy text."""
    return tuple([judge(support, profile, knowledge.slots) for support in knowledge.benefits])


def decision_key(knowledge: Knowledge, profile: Profile) -> Hashable:
    """Return the part of the profile that decides verdicts: profiles with equal keys have equal
    findings."""
    return tuple([tuple(profile.get(slot, ())) for slot in knowledge.deciding_any])


def ranked(found: Iterable[Finding], profile: Profile) -> tuple[Finding, ...]:
    """Return the findings in display order: by verdict, then those that meet a stated need, then
    those with a condition on the identity that the profile meets. Equal ones keep their order."""
    wanted = tuple(profile.get(NEEDS, ()))
    return tuple(sorted(found, key=lambda f: _order(f, wanted)))


def _order(finding: Finding, wanted: Sequence[str]) -> tuple[int, bool, int]:
    needs = finding.support.needs
    relevant = any(need in needs for need in wanted)
    specific = sum(c.condition.slot == IDENTITY and c.state is State.MET for c in finding.checks)
    return (_PLACE[finding.verdict], not relevant, -specific)


def what_if(support: Support, profile: Profile, knowledge: Knowledge) -> Change | None:
    """The smallest change of changeable answers that turns this finding for the better, or None.

    Who somebody is never counts as changeable.
    """
    now = judge(support, profile, knowledge.slots).verdict
    if now is Verdict.APPLIES:
        return None
    slots = [s for s in knowledge.slots.values() if s.changeable]
    for size in range(1, len(slots) + 1):
        best: Change | None = None
        for change in _changes(slots, size, profile):
            verdict = judge(
                support, {**profile, **{s: (c,) for s, c in change}}, knowledge.slots
            ).verdict
            if verdict is Verdict.APPLIES:
                return Change(change, verdict)
            if now is Verdict.NOT_APPLICABLE and verdict is Verdict.MAYBE and best is None:
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
