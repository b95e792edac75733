"""The evaluation of one support for a profile."""

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
    found = check_condition(
        Condition("identity", ("student",)), {"identity": ("graduate",)}, SLOTS
    )
    assert (found.state, found.answers) == (State.FAILED, ("graduate",))


def test_a_met_check_names_only_the_allowed_answers() -> None:
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
def test_a_student_may_also_be_a_company_once_registered(
    stage: tuple[str, ...], state: State, missing: str
) -> None:
    profile = {"identity": ("student",), "stage": stage}
    found = check_condition(Condition("identity", ("company",)), profile, SLOTS)
    assert (found.state, found.missing) == (state, missing)


def test_a_missing_slot_is_named_once() -> None:
    found = evaluate(KNOWLEDGE.supports["firm"], {"identity": ("student",)}, SLOTS)
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
    change = what_if(KNOWLEDGE.supports["desk"], {"stage": ("established",)}, KNOWLEDGE)
    assert change == Change((("stage", "idea"),), Verdict.APPLIES)


def test_a_change_of_the_identity_is_never_proposed() -> None:
    assert what_if(KNOWLEDGE.supports["enrolment"], {"identity": ("none",)}, KNOWLEDGE) is None


def test_a_support_that_applies_needs_no_change() -> None:
    assert what_if(KNOWLEDGE.supports["desk"], {"stage": ("idea",)}, KNOWLEDGE) is None


def test_two_answers_change_only_if_one_is_not_enough() -> None:
    both = support("both", given={"stage": ("startup",), "district": ("liubei",)})
    profile = {"stage": ("idea",), "district": ("elsewhere",)}
    change = what_if(both, profile, KNOWLEDGE)
    assert change is not None
    assert dict(change.answers) == {"stage": "startup", "district": "liubei"}
    assert change.verdict is Verdict.APPLIES


def test_a_change_from_not_applicable_to_maybe_is_proposed() -> None:
    firm = KNOWLEDGE.supports["firm"]
    change = what_if(firm, {"identity": ("student",), "stage": ("idea",)}, KNOWLEDGE)
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
    found = evaluate_all(many, profile)
    assert profile.lookups == 3
    assert found == tuple(evaluate(s, profile, SLOTS) for s in many.benefits)
    assert found[150].verdict is Verdict.NOT_APPLICABLE
