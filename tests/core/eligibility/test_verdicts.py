"""A support held against a profile."""

from __future__ import annotations

import pytest

from bot.core.domain.knowledge import Condition
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

KNOWLEDGE = knowledge()
SLOTS = KNOWLEDGE.slots


def verdict(name: str, profile: Profile) -> Verdict:
    return evaluate(KNOWLEDGE.supports[name], profile, SLOTS).verdict


def ranked_findings(profile: Profile) -> tuple[Finding, ...]:
    return rank(evaluate_all(KNOWLEDGE, profile), profile)


def test_an_unanswered_slot_is_no_no() -> None:
    assert verdict("enrolment", {}) is Verdict.MAYBE


def test_an_answer_that_is_allowed_is_a_yes() -> None:
    assert verdict("enrolment", {"identity": ("student",)}) is Verdict.APPLIES


def test_one_of_several_answers_is_enough() -> None:
    assert verdict("shop", {"identity": ("operator", "graduate")}) is Verdict.APPLIES


def test_an_answer_that_is_not_allowed_is_a_no() -> None:
    assert verdict("enrolment", {"identity": ("graduate",)}) is Verdict.NOT_APPLICABLE


def test_what_asks_for_nothing_is_for_everybody() -> None:
    assert verdict("open", {}) is Verdict.APPLIES


def test_a_skipped_slot_is_no_no_either() -> None:
    assert verdict("desk", {"stage": ()}) is Verdict.MAYBE


def test_a_failed_condition_outweighs_an_open_one() -> None:
    assert verdict("firm", {"stage": ("idea",)}) is Verdict.NOT_APPLICABLE


def test_needs_decide_nothing() -> None:
    assert verdict("desk", {"stage": ("idea",), "needs": ("funding",)}) is Verdict.APPLIES


def test_the_check_that_failed_names_the_answer() -> None:
    found = check_condition(
        Condition("identity", ("student",)), {"identity": ("graduate",)}, SLOTS
    )
    assert (found.state, found.answers) == (State.FAILED, ("graduate",))


def test_the_check_that_is_met_names_only_what_met_it() -> None:
    found = check_condition(
        Condition("identity", ("student", "graduate")), {"identity": ("none", "graduate")}, SLOTS
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
def test_a_student_may_be_a_company_too_once_registered(
    stage: tuple[str, ...], state: State, missing: str
) -> None:
    profile = {"identity": ("student",), "stage": stage}
    found = check_condition(Condition("identity", ("company",)), profile, SLOTS)
    assert (found.state, found.missing) == (state, missing)


def test_what_is_missing_is_named_once() -> None:
    found = evaluate(KNOWLEDGE.supports["firm"], {"identity": ("student",)}, SLOTS)
    assert found.missing == ("stage",)


def test_background_is_never_held_against_anybody() -> None:
    assert "goals" not in [f.support.id for f in ranked_findings({})]


def test_the_order_is_verdict_then_needs_then_what_speaks_to_you() -> None:
    profile = {"identity": ("student",), "stage": ("idea",), "needs": ("venue",)}
    order = [f.support.id for f in ranked_findings(profile)]
    assert order == ["desk", "enrolment", "shop", "open", "subsidy", "firm"]


def test_without_needs_what_speaks_to_you_comes_first() -> None:
    order = [f.support.id for f in ranked_findings({"identity": ("operator",)})]
    assert order[:2] == ["subsidy", "open"]


def test_a_stage_can_change() -> None:
    change = what_if(KNOWLEDGE.supports["desk"], {"stage": ("established",)}, KNOWLEDGE)
    assert change == Change((("stage", "idea"),), Verdict.APPLIES)


def test_who_somebody_is_cannot_change() -> None:
    assert what_if(KNOWLEDGE.supports["enrolment"], {"identity": ("none",)}, KNOWLEDGE) is None


def test_what_applies_needs_no_change() -> None:
    assert what_if(KNOWLEDGE.supports["desk"], {"stage": ("idea",)}, KNOWLEDGE) is None


def test_two_answers_change_together_only_where_one_is_not_enough() -> None:
    both = support("both", given={"stage": ("startup",), "district": ("liubei",)})
    profile = {"stage": ("idea",), "district": ("elsewhere",)}
    change = what_if(both, profile, KNOWLEDGE)
    assert change is not None
    assert dict(change.answers) == {"stage": "startup", "district": "liubei"}
    assert change.verdict is Verdict.APPLIES


def test_from_no_to_maybe_is_worth_saying() -> None:
    firm = KNOWLEDGE.supports["firm"]
    change = what_if(firm, {"identity": ("student",), "stage": ("idea",)}, KNOWLEDGE)
    assert change == Change((("stage", "startup"),), Verdict.MAYBE)
