"""Properties of verdicts for all profiles of the real knowledge."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import combinations, product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.knowledge import Condition, Knowledge, PolicyStatus, Slot, SupportStatus
from bot.core.domain.session import Profile, Session
from bot.core.eligibility.next_question import is_exempt, select_next_slot
from bot.core.eligibility.verdicts import (
    State,
    Verdict,
    evaluate,
    evaluate_all,
    rank,
    what_if,
)
from tests.knowledge_base import DAY

LIMITS = settings(max_examples=80, deadline=None)


def choices(slot: Slot, least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    """Draw at least this many choices of a slot; at most one if it takes one."""
    ids = st.sampled_from([c.id for c in slot.choices])
    most = 3 if slot.multiple else 1
    return st.lists(ids, min_size=least, max_size=most, unique=True).map(tuple)


def draw_profile(data: st.DataObject, knowledge: Knowledge) -> dict[str, tuple[str, ...]]:
    return {slot.id: data.draw(choices(slot), slot.id) for slot in knowledge.slots.values()}


def falsified(condition: Condition, profile: Profile, knowledge: Knowledge) -> bool:
    """Return whether the answers rule a condition out, computed without the code under test: the
    slot is answered, the paper's words exclude every answer, and no allowed choice is possible in
    addition."""
    answered = set(profile.get(condition.slot, ()))
    if not answered or not condition.closed:
        return False
    if condition.anyone:
        return answered <= set(condition.barred)
    if answered & {*condition.allowed, *condition.perhaps}:
        return False
    for choice_id in condition.allowed:
        choice = knowledge.slots[condition.slot].choice(choice_id)
        assert choice is not None
        if choice.possible_if is not None and not answered <= set(choice.not_with):
            told = profile.get(choice.possible_if.slot, ())
            if not told or set(told) & set(choice.possible_if.allowed):
                return False
    return True


@LIMITS
@given(st.data())
def test_a_negative_verdict_always_rests_on_a_given_answer(
    base: KnowledgeBase, data: st.DataObject
) -> None:
    profile = draw_profile(data, base.knowledge)
    findings = evaluate_all(base.knowledge, profile, DAY)
    assert findings == tuple(
        evaluate(s, profile, base.knowledge, DAY) for s in base.knowledge.benefits
    )
    for finding in findings:
        ruled_out = any(falsified(c, profile, base.knowledge) for c in finding.support.conditions)
        assert (finding.verdict is Verdict.NOT_APPLICABLE) == ruled_out, finding
        for check in finding.checks:
            if check.state is State.FAILED:
                assert set(check.answers) <= set(profile[check.condition.slot])
                assert check.answers


def test_an_empty_profile_rules_nothing_out(base: KnowledgeBase) -> None:
    assert Verdict.NOT_APPLICABLE not in {f.verdict for f in evaluate_all(base.knowledge, {}, DAY)}


@LIMITS
@given(st.data())
def test_a_first_answer_changes_only_open_verdicts(
    base: KnowledgeBase, data: st.DataObject
) -> None:
    knowledge = base.knowledge
    profile = draw_profile(data, knowledge)
    silent = [s for s in knowledge.slots.values() if not profile[s.id]]
    if not silent:
        return
    slot = data.draw(st.sampled_from(silent))
    told = {**profile, slot.id: data.draw(choices(slot, least=1))}
    for support in knowledge.benefits:
        before = evaluate(support, profile, knowledge, DAY).verdict
        after = evaluate(support, told, knowledge, DAY).verdict
        assert before is Verdict.MAYBE or after is before, (support.id, before, after)


@LIMITS
@given(st.data())
def test_a_settled_verdict_stays_with_more_answers(
    base: KnowledgeBase, data: st.DataObject
) -> None:
    knowledge = base.knowledge
    profile = draw_profile(data, knowledge)
    other = draw_profile(data, knowledge)
    more = {s: profile[s] or other[s] for s in knowledge.slots}
    for support in knowledge.benefits:
        before = evaluate(support, profile, knowledge, DAY)
        if before.verdict is not Verdict.MAYBE:
            assert evaluate(support, more, knowledge, DAY).verdict is before.verdict


@LIMITS
@given(st.data())
def test_each_proposed_change_works_and_is_the_smallest(
    base: KnowledgeBase, data: st.DataObject
) -> None:
    knowledge = base.knowledge
    profile = draw_profile(data, knowledge)
    for support in knowledge.benefits:
        change = what_if(support, profile, knowledge, DAY)
        if change is None:
            continue
        now = evaluate(support, profile, knowledge, DAY).verdict
        slots = [slot for slot, _ in change.answers]
        assert "identity" not in slots
        assert len(set(slots)) == len(slots)
        assert all(knowledge.slots[s].changeable and profile[s] for s in slots)
        changed = {**profile, **{s: (c,) for s, c in change.answers}}
        assert evaluate(support, changed, knowledge, DAY).verdict is change.verdict
        assert (now, change.verdict) in {
            (Verdict.NOT_APPLICABLE, Verdict.MAYBE),
            (Verdict.NOT_APPLICABLE, Verdict.APPLIES),
            (Verdict.MAYBE, Verdict.APPLIES),
        }
        for fewer in range(1, len(slots)):
            assert not any(
                better(now, evaluate(support, tried, knowledge, DAY).verdict)
                for tried in changes(knowledge, profile, fewer)
            )


def better(now: Verdict, then: Verdict) -> bool:
    rank = [Verdict.NOT_APPLICABLE, Verdict.MAYBE, Verdict.APPLIES]
    return rank.index(then) > rank.index(now)


def changes(knowledge: Knowledge, profile: Profile, size: int) -> list[Profile]:
    """Return the profiles in which this many changeable answers are changed."""
    slots = [s for s in knowledge.slots.values() if s.changeable and profile[s.id]]
    tried: list[Profile] = []
    for some in combinations(slots, size):
        for picks in product(*[[c.id for c in s.choices] for s in some]):
            pairs = zip(some, picks, strict=True)
            tried.append({**profile, **{s.id: (c,) for s, c in pairs}})
    return tried


@LIMITS
@given(st.data())
def test_an_interview_asks_each_slot_once_and_leaves_nothing_open(
    base: KnowledgeBase, data: st.DataObject
) -> None:
    knowledge, session = base.knowledge, Session()
    asked = []
    while slot := select_next_slot(
        knowledge, session, evaluate_all(knowledge, session.profile, DAY)
    ):
        asked.append(slot.id)
        session = session.with_answer(slot.id, data.draw(choices(slot), slot.id))
    assert len(asked) == len(set(asked))
    for finding in evaluate_all(knowledge, session.profile, DAY):
        if finding.verdict is Verdict.MAYBE:
            # An exempt slot is not asked, so it may stay open.
            assert all(
                session.answered(missing) or is_exempt(knowledge.slots[missing], session.profile)
                for missing in finding.missing
            )


@LIMITS
@given(st.data())
def test_more_answers_never_turn_a_no_into_a_yes(base: KnowledgeBase, data: st.DataObject) -> None:
    knowledge = base.knowledge
    profile = draw_profile(data, knowledge)
    other = draw_profile(data, knowledge)
    more = {s: profile[s] or other[s] for s in knowledge.slots}
    for support in knowledge.supports.values():
        before = evaluate(support, profile, knowledge, DAY).verdict
        after = evaluate(support, more, knowledge, DAY).verdict
        assert before is not Verdict.NOT_APPLICABLE or after is before, support.id


@LIMITS
@given(st.data())
def test_an_open_list_never_says_no(base: KnowledgeBase, data: st.DataObject) -> None:
    profile = draw_profile(data, base.knowledge)
    for support in base.knowledge.supports.values():
        finding = evaluate(support, profile, base.knowledge, DAY)
        for check in finding.checks:
            assert check.condition.closed or check.state is not State.FAILED, support.id
        if not any(c.closed for c in support.conditions):
            assert finding.verdict is not Verdict.NOT_APPLICABLE, support.id


ENDED: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {"status": SupportStatus.EXPIRED},
        {"status": SupportStatus.EXHAUSTED},
        {"status": SupportStatus.SUSPENDED},
        {"valid_until": DAY - timedelta(days=1)},
    ]
)


@LIMITS
@given(st.data())
def test_nothing_closed_is_ever_offered(base: KnowledgeBase, data: st.DataObject) -> None:
    profile = draw_profile(data, base.knowledge)
    support = data.draw(st.sampled_from(base.knowledge.benefits))
    changes: dict[str, Any] = data.draw(ENDED)
    closed = replace(support, **changes)
    supports = {**base.knowledge.supports, support.id: closed}
    changed = replace(base.knowledge, supports=supports)
    findings = rank(evaluate_all(changed, profile, DAY), profile)
    assert {f.verdict for f in findings if f.support is closed} == {Verdict.CLOSED}
    for support_id, policy in base.knowledge.policies.items():
        for status in (PolicyStatus.EXPIRED, PolicyStatus.SUPERSEDED):
            policies = {**base.knowledge.policies, support_id: replace(policy, status=status)}
            ended = replace(base.knowledge, policies=policies)
            assert {f.verdict for f in evaluate_all(ended, profile, DAY)} == {Verdict.CLOSED}
