"""The evaluation of one support for a profile."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.core.domain.knowledge import (
    Basis,
    Condition,
    Knowledge,
    PolicyStatus,
    Support,
    SupportStatus,
)
from bot.core.domain.session import Profile
from bot.core.eligibility.verdicts import (
    Change,
    Finding,
    State,
    Verdict,
    check_condition,
    evaluate,
    evaluate_all,
    rank,
    what_if,
)
from tests.core.small_knowledge import knowledge, support
from tests.knowledge_base import DAY

KNOWLEDGE = knowledge()
SLOTS = KNOWLEDGE.slots


def verdict(name: str, profile: Profile) -> Verdict:
    return evaluate(KNOWLEDGE.supports[name], profile, KNOWLEDGE, DAY).verdict


def closed(*identities: str) -> Condition:
    """Return a condition whose list the paper closes."""
    return Condition("identity", identities, basis=Basis.PAPER, closed=True)


def ranked_findings(profile: Profile) -> tuple[Finding, ...]:
    return rank(evaluate_all(KNOWLEDGE, profile, DAY), profile)


def test_an_unanswered_slot_leaves_the_verdict_open() -> None:
    assert verdict("enrolment", {}) is Verdict.MAYBE


def test_an_allowed_answer_applies() -> None:
    assert verdict("enrolment", {"identity": ("student",)}) is Verdict.APPLIES


def test_one_allowed_answer_of_several_is_enough() -> None:
    assert verdict("shop", {"identity": ("operator", "graduate")}) is Verdict.APPLIES


def test_an_answer_that_is_not_allowed_does_not_apply() -> None:
    assert verdict("enrolment", {"identity": ("graduate",)}) is Verdict.NOT_APPLICABLE


def test_a_support_without_conditions_applies() -> None:
    assert verdict("open", {}) is Verdict.APPLIES


def test_a_skipped_slot_leaves_the_verdict_open() -> None:
    assert verdict("desk", {"stage": ()}) is Verdict.MAYBE


def test_a_failed_condition_outweighs_an_open_one() -> None:
    assert verdict("firm", {"stage": ("idea",)}) is Verdict.NOT_APPLICABLE


def test_needs_do_not_decide_the_verdict() -> None:
    assert verdict("desk", {"stage": ("idea",), "needs": ("funding",)}) is Verdict.APPLIES


def test_a_failed_check_names_the_answer() -> None:
    found = check_condition(closed("student"), {"identity": ("graduate",)}, SLOTS)
    assert (found.state, found.answers) == (State.FAILED, ("graduate",))


def test_a_met_check_names_only_the_allowed_answers() -> None:
    found = check_condition(
        closed("student", "graduate"), {"identity": ("none", "graduate")}, SLOTS
    )
    assert (found.state, found.answers) == (State.MET, ("graduate",))


@pytest.mark.parametrize(
    ("stage", "state", "missing"),
    [
        ((), State.OPEN, "stage"),
        (("startup",), State.OPEN, "identity"),
        (("idea",), State.FAILED, ""),
    ],
)
def test_a_student_may_also_be_a_company_once_registered(
    stage: tuple[str, ...], state: State, missing: str
) -> None:
    profile = {"identity": ("student",), "stage": stage}
    found = check_condition(closed("company"), profile, SLOTS)
    assert (found.state, found.missing) == (state, missing)


def test_a_missing_slot_is_named_once() -> None:
    found = evaluate(KNOWLEDGE.supports["firm"], {"identity": ("student",)}, KNOWLEDGE, DAY)
    assert found.missing == ("stage",)


def test_background_is_not_evaluated() -> None:
    assert "goals" not in [f.support.id for f in ranked_findings({})]


def test_the_order_is_verdict_then_needs_then_identity() -> None:
    profile = {"identity": ("student",), "stage": ("idea",), "needs": ("venue",)}
    order = [f.support.id for f in ranked_findings(profile)]
    assert order == ["desk", "enrolment", "shop", "open", "subsidy", "firm"]


def test_without_needs_supports_for_the_identity_come_first() -> None:
    order = [f.support.id for f in ranked_findings({"identity": ("operator",)})]
    assert order[:2] == ["subsidy", "open"]


def test_a_change_of_the_stage_is_proposed() -> None:
    change = what_if(KNOWLEDGE.supports["desk"], {"stage": ("established",)}, KNOWLEDGE, DAY)
    assert change == Change((("stage", "idea"),), Verdict.APPLIES)


def test_a_change_of_the_identity_is_never_proposed() -> None:
    assert (
        what_if(KNOWLEDGE.supports["enrolment"], {"identity": ("none",)}, KNOWLEDGE, DAY) is None
    )


def test_a_support_that_applies_needs_no_change() -> None:
    assert what_if(KNOWLEDGE.supports["desk"], {"stage": ("idea",)}, KNOWLEDGE, DAY) is None


def test_two_answers_change_only_if_one_is_not_enough() -> None:
    both = support("both", given={"stage": ("startup",), "district": ("liubei",)})
    profile = {"stage": ("idea",), "district": ("elsewhere",)}
    change = what_if(both, profile, KNOWLEDGE, DAY)
    assert change is not None
    assert dict(change.answers) == {"stage": "startup", "district": "liubei"}
    assert change.verdict is Verdict.APPLIES


def test_a_change_from_not_applicable_to_maybe_is_proposed() -> None:
    firm = KNOWLEDGE.supports["firm"]
    change = what_if(firm, {"identity": ("student",), "stage": ("idea",)}, KNOWLEDGE, DAY)
    assert change == Change((("stage", "startup"),), Verdict.MAYBE)


class CountingProfile(dict[str, tuple[str, ...]]):
    """A profile that counts how often an answer is looked up."""

    lookups = 0

    def get(self, slot: str, default: object = None) -> object:  # type: ignore[override]
        self.lookups += 1
        return super().get(slot, default)


def test_equal_conditions_are_checked_once() -> None:
    given = {"identity": ("student",), "stage": ("idea",)}
    alike = [support(f"alike-{n}", given=given) for n in range(300)]
    other = support("other", given={"identity": ("operator",)})
    many = knowledge(supports={s.id: s for s in (*alike[:150], other, *alike[150:])})
    profile = CountingProfile(identity=("student",))
    found = evaluate_all(many, profile, DAY)
    assert profile.lookups == 3
    assert found == tuple(evaluate(s, profile, many, DAY) for s in many.benefits)
    assert found[150].verdict is Verdict.NOT_APPLICABLE


def open_list(*identities: str) -> Condition:
    """Return a condition whose list the paper leaves open."""
    return Condition("identity", identities, basis=Basis.PAPER, quote="众创空间等社会力量")


def founders_only(*barred: str, perhaps: tuple[str, ...] = ()) -> Condition:
    """Return a condition that everybody meets except these."""
    return Condition(
        "identity", anyone=True, barred=barred, perhaps=perhaps, basis=Basis.PAPER, closed=True
    )


def state(condition: Condition, *identities: str, **more: tuple[str, ...]) -> State:
    """Return the state of a condition for these identities; without any, for no answer."""
    return check_condition(condition, {"identity": identities, **more}, SLOTS).state


def test_an_open_list_fails_nobody() -> None:
    assert state(open_list("operator"), "operator") is State.MET
    assert state(open_list("operator"), "graduate") is State.UNCLEAR
    assert state(open_list("operator"), "none") is State.UNCLEAR


def test_an_open_list_that_names_nobody_leaves_everybody_open() -> None:
    assert state(open_list(), "graduate") is State.UNCLEAR
    assert state(open_list()) is State.UNCLEAR  # no answer would settle it


def test_a_choice_of_which_the_paper_means_some_is_unclear() -> None:
    some = Condition("identity", ("student",), perhaps=("graduate",), closed=True)
    assert state(some, "graduate") is State.UNCLEAR
    assert state(some, "graduate", "student") is State.MET
    assert state(some, "operator") is State.FAILED


def test_a_condition_that_restricts_nobody_fails_only_those_whom_the_paper_excludes() -> None:
    condition = founders_only("operator", perhaps=("company",))
    assert state(condition) is State.OPEN
    assert state(condition, "student") is State.MET
    assert state(condition, "none") is State.MET
    assert state(condition, "company") is State.UNCLEAR
    assert state(condition, "operator") is State.FAILED
    assert state(condition, "operator", "student") is State.MET


def test_a_university_is_not_presumed_to_be_a_company() -> None:
    company = replace(SLOTS["identity"].choices[3], not_with=("operator",))
    choices = (*SLOTS["identity"].choices[:3], company, *SLOTS["identity"].choices[4:])
    slots = {**SLOTS, "identity": replace(SLOTS["identity"], choices=choices)}
    profile: Profile = {"identity": ("operator",), "stage": ("startup",)}
    assert check_condition(closed("company"), profile, slots).state is State.FAILED
    both: Profile = {"identity": ("operator", "student"), "stage": ("startup",)}
    assert check_condition(closed("company"), both, slots).state is State.OPEN


# -- what is not available -----------------------------------------------------------------------


def with_policy(**changes: Any) -> Knowledge:
    policy = replace(KNOWLEDGE.policies["paper"], **changes)
    return knowledge(policies={"paper": policy})


def ended(given: Support, held: Knowledge, day: date = DAY) -> Verdict:
    return evaluate(given, {"identity": ("student",), "stage": ("idea",)}, held, day).verdict


@pytest.mark.parametrize(
    "status", [SupportStatus.EXPIRED, SupportStatus.EXHAUSTED, SupportStatus.SUSPENDED]
)
def test_a_support_that_is_not_available_is_closed(status: SupportStatus) -> None:
    for name in ("enrolment", "subsidy", "open"):
        assert ended(replace(KNOWLEDGE.supports[name], status=status), KNOWLEDGE) is Verdict.CLOSED


@pytest.mark.parametrize("status", [SupportStatus.OPEN, SupportStatus.UNVERIFIED])
def test_a_support_that_may_be_available_is_evaluated(status: SupportStatus) -> None:
    given = replace(KNOWLEDGE.supports["enrolment"], status=status)
    assert ended(given, KNOWLEDGE) is Verdict.APPLIES


@pytest.mark.parametrize("status", [PolicyStatus.EXPIRED, PolicyStatus.SUPERSEDED])
def test_all_supports_of_a_policy_that_ended_are_closed(status: PolicyStatus) -> None:
    held = with_policy(status=status)
    assert {f.verdict for f in evaluate_all(held, {}, DAY)} == {Verdict.CLOSED}


@pytest.mark.parametrize(("day", "verdict"), [(0, Verdict.APPLIES), (1, Verdict.CLOSED)])
def test_the_last_day_closes_support_and_policy(day: int, verdict: Verdict) -> None:
    today = DAY + timedelta(days=day)
    enrolment = KNOWLEDGE.supports["enrolment"]
    assert ended(replace(enrolment, valid_until=DAY), KNOWLEDGE, today) is verdict
    assert ended(enrolment, with_policy(valid_until=DAY), today) is verdict


def test_a_closed_support_comes_last_and_no_change_helps() -> None:
    supports = {s.id: s for s in KNOWLEDGE.supports.values()}
    supports["enrolment"] = replace(supports["enrolment"], status=SupportStatus.EXPIRED)
    held = knowledge(supports=supports)
    profile: Profile = {"identity": ("student",), "stage": ("idea",)}
    assert rank(evaluate_all(held, profile, DAY), profile)[-1].support.id == "enrolment"
    assert what_if(supports["enrolment"], profile, held, DAY) is None
