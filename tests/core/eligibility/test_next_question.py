"""Which question comes next."""

from __future__ import annotations

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.knowledge import Knowledge, Slot
from bot.core.domain.session import Session
from bot.core.eligibility.next_question import next_question, reachable, settled
from bot.core.eligibility.verdicts import evaluate_all, judge
from tests.core.small_knowledge import knowledge, support

KNOWLEDGE = knowledge()


def slot_after(knowledge: Knowledge, session: Session) -> Slot | None:
    return next_question(knowledge, session, evaluate_all(knowledge, session.profile))


def asked_after(**answers: str) -> str | None:
    session = Session()
    for name, choice in answers.items():
        session = session.with_answer(name, (choice,) if choice else ())
    slot = slot_after(KNOWLEDGE, session)
    return slot.id if slot else None


def test_the_first_question_settles_the_most_supports() -> None:
    assert asked_after() == "identity"


def test_an_answered_question_is_not_asked_again() -> None:
    assert asked_after(identity="operator") == "stage"


def test_a_skipped_question_is_not_asked_again() -> None:
    assert asked_after(identity="") == "stage"


def test_what_settles_verdicts_comes_before_what_only_orders() -> None:
    assert asked_after(identity="student", stage="idea") == "needs"


def test_the_district_is_asked_where_a_county_government_has_a_part() -> None:
    assert asked_after(identity="student", stage="idea", needs="funding") == "district"


def test_the_district_is_not_asked_where_none_has() -> None:
    city_only = knowledge(
        supports={"enrolment": KNOWLEDGE.supports["enrolment"]},
    )
    session = Session().with_answer("identity", ("student",))
    assert slot_after(city_only, session) is None


def test_nothing_is_asked_that_would_change_nothing() -> None:
    everybody = knowledge(supports={"open": KNOWLEDGE.supports["open"]})
    assert slot_after(everybody, Session()) is None


def test_what_is_ruled_out_already_asks_nothing_more() -> None:
    both = support("both", given={"identity": ("student",), "stage": ("idea",)})
    one = knowledge(supports={"both": both})
    session = Session().with_answer("identity", ("operator",))
    assert slot_after(one, session) is None


def test_the_last_answer_leaves_nothing_to_ask() -> None:
    assert (
        asked_after(identity="student", stage="idea", needs="funding", district="liubei") is None
    )


def test_a_slot_that_nobody_is_ever_asked_is_seen() -> None:
    needless = knowledge(supports={"open": KNOWLEDGE.supports["open"]})
    assert reachable(needless) == set()


def test_every_real_slot_is_asked_of_somebody(base: KnowledgeBase) -> None:
    assert reachable(base.knowledge) == set(base.knowledge.slots)


def test_most_people_are_asked_four_questions_at_most(base: KnowledgeBase) -> None:
    for choice in base.knowledge.slots["identity"].choices:
        session = Session().with_answer("identity", (choice.id,))
        count = 1
        while slot := slot_after(base.knowledge, session):
            session = session.with_answer(slot.id, (slot.choices[0].id,))
            count += 1
        assert count <= 4, choice.id


def test_a_finding_is_settled_once_nothing_is_open() -> None:
    firm = KNOWLEDGE.supports["firm"]
    told = {"identity": ("company",)}
    assert not settled(judge(firm, told, KNOWLEDGE.slots))
    assert settled(judge(firm, {**told, "stage": ("startup",)}, KNOWLEDGE.slots))


def test_how_far_a_firm_is_is_not_asked_of_those_for_whom_it_changes_nothing(
    base: KnowledgeBase,
) -> None:
    def second(*who: str) -> str:
        slot = slot_after(base.knowledge, Session().with_answer("identity", who))
        return slot.id if slot else ""

    for who in ("mentor", "investor", "institution", "operator"):
        assert second(who) != "stage", who
    assert second("student") == second("mentor", "company") == "stage"
    assert second() == "stage"
