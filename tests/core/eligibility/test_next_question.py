"""The selection of the slot to ask next."""

from __future__ import annotations

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.knowledge import Knowledge, Slot
from bot.core.domain.session import Session
from bot.core.eligibility.next_question import select_next_slot
from bot.core.eligibility.verdicts import Verdict, evaluate, evaluate_all
from tests.core.small_knowledge import knowledge, support
from tests.knowledge_base import DAY

KNOWLEDGE = knowledge()


def next_slot(knowledge: Knowledge, session: Session) -> Slot | None:
    return select_next_slot(knowledge, session, evaluate_all(knowledge, session.profile, DAY))


def reachable_slots(knowledge: Knowledge) -> set[str]:
    """Return the slots that some interview asks; every choice of a new slot is followed."""
    seen: set[str] = set()
    sessions = [Session()]
    while sessions:
        session = sessions.pop()
        slot = next_slot(knowledge, session)
        if slot is None:
            continue
        choices = slot.choices if slot.id not in seen else slot.choices[:1]
        seen.add(slot.id)
        answers = [(choice.id,) for choice in choices]
        sessions += [session.with_answer(slot.id, answer) for answer in (*answers, ())]
    return seen


def asked_after(**answers: str) -> str | None:
    session = Session()
    for name, choice in answers.items():
        session = session.with_answer(name, (choice,) if choice else ())
    slot = next_slot(KNOWLEDGE, session)
    return slot.id if slot else None


def test_the_first_question_settles_most_supports() -> None:
    assert asked_after() == "identity"


def test_an_answered_question_is_not_asked_again() -> None:
    assert asked_after(identity="operator") == "stage"


def test_a_skipped_question_is_not_asked_again() -> None:
    assert asked_after(identity="") == "stage"


def test_slots_that_settle_verdicts_come_before_slots_that_only_rank() -> None:
    assert asked_after(identity="student", stage="idea") == "needs"


def test_the_district_is_asked_if_a_county_government_is_responsible() -> None:
    assert asked_after(identity="student", stage="idea", needs="funding") == "district"


def test_the_district_is_not_asked_without_a_county_government() -> None:
    city_only = knowledge(
        supports={"enrolment": KNOWLEDGE.supports["enrolment"]},
    )
    session = Session().with_answer("identity", ("student",))
    assert next_slot(city_only, session) is None


def test_nothing_is_asked_if_no_answer_changes_a_verdict() -> None:
    everybody = knowledge(supports={"open": KNOWLEDGE.supports["open"]})
    assert next_slot(everybody, Session()) is None


def test_a_support_that_is_ruled_out_asks_nothing_more() -> None:
    both = support("both", given={"identity": ("student",), "stage": ("idea",)})
    one = knowledge(supports={"both": both})
    session = Session().with_answer("identity", ("operator",))
    assert next_slot(one, session) is None


def test_the_last_answer_leaves_nothing_to_ask() -> None:
    assert (
        asked_after(identity="student", stage="idea", needs="funding", district="liubei") is None
    )


def test_no_slot_is_reachable_without_conditions() -> None:
    without_conditions = knowledge(supports={"open": KNOWLEDGE.supports["open"]})
    assert reachable_slots(without_conditions) == set()


def test_every_slot_of_the_knowledge_is_reachable(base: KnowledgeBase) -> None:
    assert reachable_slots(base.knowledge) == set(base.knowledge.slots)


def test_each_identity_is_asked_at_most_four_questions(base: KnowledgeBase) -> None:
    for choice in base.knowledge.slots["identity"].choices:
        session = Session().with_answer("identity", (choice.id,))
        count = 1
        while slot := next_slot(base.knowledge, session):
            session = session.with_answer(slot.id, (slot.choices[0].id,))
            count += 1
        assert count <= 4, choice.id


def test_a_finding_is_open_until_all_conditions_are_decided() -> None:
    firm, company = KNOWLEDGE.supports["firm"], {"identity": ("company",)}
    decided = {**company, "stage": ("startup",)}
    assert evaluate(firm, company, KNOWLEDGE, DAY).verdict is Verdict.MAYBE
    assert evaluate(firm, decided, KNOWLEDGE, DAY).verdict is not Verdict.MAYBE


def test_the_stage_is_not_asked_of_identities_for_which_it_changes_nothing(
    base: KnowledgeBase,
) -> None:
    def second(*who: str) -> str:
        slot = next_slot(base.knowledge, Session().with_answer("identity", who))
        return slot.id if slot else ""

    for who in ("mentor", "investor", "institution", "operator"):
        assert second(who) != "stage", who
    assert second("student") == second("mentor", "company") == "stage"
    assert second() == "stage"
