"""The verdicts of two versions, against the evaluation of every single profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from bot.core.domain.knowledge import Basis, Condition, Knowledge, SupportStatus
from bot.core.eligibility.verdicts import Verdict, evaluate
from bot.workshop.effects.profile_changes import People, Transition, compare_profiles
from tests.core.small_knowledge import DISTRICT, IDENTITY, NEEDS, STAGE, SUPPORTS, knowledge
from tests.knowledge_base import DAY

BY_ID = {each.id: each for each in SUPPORTS}
SLOTS = (IDENTITY, STAGE, NEEDS, DISTRICT)


def condition(slot: str, *allowed: str, **more: Any) -> Condition:
    return Condition(slot, allowed, **{"basis": Basis.PAPER, "closed": True, **more})


CHANGES: dict[str, dict[str, tuple[Condition, ...]]] = {
    "one choice more": {"enrolment": (condition("identity", "student", "graduate"),)},
    "open instead of closed": {"enrolment": (condition("identity", "student", closed=False),)},
    "another slot": {"enrolment": (condition("stage", "idea"),)},
    "one condition more": {
        "desk": (condition("stage", "idea", "startup"), condition("district", "liubei"))
    },
    "no condition": {"subsidy": ()},
    "anyone but": {"open": (condition("identity", anyone=True, barred=("operator",)),)},
    "perhaps": {"subsidy": (condition("identity", "operator", perhaps=("company",)),)},
    "the presumed choice": {"firm": (condition("identity", "company", "operator"),)},
    "by need": {"shop": (condition("needs", "funding"),)},
}


def changed(change: Mapping[str, tuple[Condition, ...]], **more: Any) -> Knowledge:
    supports = {**BY_ID, **{k: replace(BY_ID[k], conditions=c) for k, c in change.items()}}
    return knowledge(version="new", **{"supports": supports, **more})


def every_profile(*knowledges: Knowledge) -> list[dict[str, tuple[str, ...]]]:
    slots: dict[str, dict[str, None]] = {}
    for each in knowledges:
        for slot in each.slots.values():
            choices = dict.fromkeys(choice.id for choice in slot.choices)
            slots.setdefault(slot.id, {}).update(choices)
    groups = [[(), *((choice,) for choice in choices)] for choices in slots.values()]
    return [
        {slot: given for slot, given in zip(slots, cell, strict=True) if given}
        for cell in product(*groups)
    ]


def belongs(profile: dict[str, tuple[str, ...]], people: People) -> bool:
    return all(profile.get(slot, ()) in answers for slot, answers in people.answers)


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("reverse", [False, True])
def test_the_described_people_are_exactly_those_with_another_verdict(
    name: str, reverse: bool
) -> None:
    old, new = knowledge(), changed(CHANGES[name])
    (support,) = CHANGES[name]
    check_people(*((new, old) if reverse else (old, new)), support)


def test_choices_that_differ_only_in_what_is_presumed_beside_them_are_told_apart() -> None:
    company = IDENTITY.choice("company")
    assert company

    def beside(*others: str) -> Knowledge:
        choice = replace(company, not_with=others)
        choices = tuple(choice if c.id == "company" else c for c in IDENTITY.choices)
        slots = (replace(IDENTITY, choices=choices), STAGE, NEEDS, DISTRICT)
        return knowledge(version="new", slots={s.id: s for s in slots})

    check_people(beside("graduate"), beside("student", "graduate"), "firm")


def check_people(old: Knowledge, new: Knowledge, support: str) -> None:
    """Check that the people that the changes describe are exactly those whose verdict changes."""
    found = compare_profiles(old, new, DAY)
    assert [s for each in found for s, _ in each.supports] == [support]
    transitions = found[0].transitions
    total = 0
    for profile in every_profile(old, new):
        before, after = (
            evaluate(k.supports[support], profile, k, DAY).verdict for k in (old, new)
        )
        total += before is not after
        told = [t for t in transitions if any(belongs(profile, p) for p in t.people)]
        used = {*old.deciding[support], *new.deciding[support]}
        if used <= {*profile}:
            assert bool(told) is (before is not after), profile
        for transition in told:
            assert before in transition.before
            assert after is transition.after
    assert total


def test_one_changed_condition_is_one_line() -> None:
    old, new = knowledge(), changed({"enrolment": (condition("identity", "student", "graduate"),)})
    (change,) = compare_profiles(old, new, DAY)
    assert [(t.people, t.before, t.after) for t in change.transitions] == [
        (
            (People((("identity", (("graduate",),)),)),),
            (Verdict.NOT_APPLICABLE,),
            Verdict.APPLIES,
        )
    ]
    assert (change.lost, change.gained) == (False, True)


def test_what_changes_only_for_the_unanswered_is_told() -> None:
    both = {"subsidy": (condition("identity", *(c.id for c in IDENTITY.choices)),)}
    (change,) = compare_profiles(changed({"subsidy": ()}), changed(both), DAY)
    assert [(t.people, t.before, t.after) for t in change.transitions] == [
        ((People((("identity", ((),)),)),), (Verdict.APPLIES,), Verdict.MAYBE)
    ]
    assert not change.lost


def test_what_changes_only_for_two_answers_together_is_told() -> None:
    rule = {"firm": (condition("identity", "company"), condition("stage", "idea"))}
    company = IDENTITY.choice("company")
    assert company

    def presumed_in(stage: str) -> Knowledge:
        choice = replace(company, possible_if=Condition("stage", (stage,)))
        choices = tuple(choice if c.id == "company" else c for c in IDENTITY.choices)
        slots = (replace(IDENTITY, choices=choices), replace(STAGE, multiple=True))
        return changed(rule, slots={s.id: s for s in slots})

    (change,) = compare_profiles(presumed_in("startup"), presumed_in("established"), DAY)
    assert [s for s, _ in change.supports] == ["firm"]
    others = tuple((c.id,) for c in IDENTITY.choices if c.id != "company")
    told = {t.people[0].answers: (t.before, t.after) for t in change.transitions}
    assert told[(("identity", others), ("stage", (("idea", "startup"),)))] == (
        (Verdict.MAYBE,),
        Verdict.NOT_APPLICABLE,
    )


def test_supports_that_change_alike_are_told_together() -> None:
    gone = {
        **BY_ID,
        **{
            name: replace(BY_ID[name], status=SupportStatus.EXHAUSTED)
            for name in ("subsidy", "enrolment", "open")
        },
    }
    (change,) = compare_profiles(knowledge(), knowledge(version="new", supports=gone), DAY)
    assert change.transitions == (Transition((People(),), (), Verdict.CLOSED),)
    assert {s for s, _ in change.supports} == {"subsidy", "enrolment", "open"}


def test_a_new_support_is_gained_by_those_who_fit_only() -> None:
    without = {k: s for k, s in BY_ID.items() if k != "enrolment"}
    old = knowledge(version="old", supports=without)
    (gained,) = compare_profiles(old, knowledge(), DAY)
    assert [(t.people, t.before, t.after) for t in gained.transitions] == [
        ((People((("identity", (("student",),)),)),), (None,), Verdict.APPLIES)
    ]
    (lost,) = compare_profiles(knowledge(), old, DAY)
    assert (gained.lost, gained.gained, lost.lost, lost.gained) == (False, True, True, False)
