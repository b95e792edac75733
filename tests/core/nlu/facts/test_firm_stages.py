"""The stages of a firm follow the roles and the limit of the interview."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.knowledge import STAGE, ChoiceRole, Slot
from bot.core.nlu.facts.firm_stages import FirmStages, firm_stages
from tests.core.small_knowledge import knowledge, talk

SMALL = knowledge()


def young_below(base: KnowledgeBase, years: int | None) -> KnowledgeBase:
    """Return the knowledge with another limit; None: without the roles of young and older."""
    slot = base.knowledge.slots[STAGE]

    def changed(role: ChoiceRole | None) -> ChoiceRole | None:
        return role if years is not None or role is ChoiceRole.PLANNED else None

    choices = [
        replace(c, role=changed(c.role), under_years=years if c.under_years else None)
        for c in slot.choices
    ]
    slots = {**base.knowledge.slots, STAGE: replace(slot, choices=tuple(choices))}
    return KnowledgeBase(replace(base.knowledge, slots=slots), base.index, base.act_model)


def stage_after(base: KnowledgeBase, text: str) -> tuple[str, ...]:
    return talk(base, text)[-1].session.profile.get(STAGE, ())


@pytest.mark.parametrize(
    ("years", "stage"), [(3, ("established",)), (5, ("startup",)), (None, ())]
)
def test_the_knowledge_says_how_many_years_a_firm_is_young(
    years: int | None, stage: tuple[str, ...], base: KnowledgeBase
) -> None:
    assert stage_after(young_below(base, years), "我的公司开了四年") == stage


def test_several_years_are_more_than_any_limit(base: KnowledgeBase) -> None:
    assert stage_after(young_below(base, 50), "我的公司开了好多年") == ("established",)


def test_a_choice_of_any_id_may_have_a_role() -> None:
    slot = SMALL.slots[STAGE]
    renamed = [replace(c, id=f"my-{c.id}") for c in slot.choices]
    found = firm_stages({STAGE: replace(slot, choices=tuple(renamed))})
    assert found == FirmStages("my-idea", "my-startup", "my-established", "", 3)
    assert [found.of_age(years) for years in (0, 2.9, 3)] == [
        "my-startup", "my-startup", "my-established",
    ]  # fmt: skip


def test_without_roles_no_stage_has_an_age() -> None:
    slots: dict[str, Slot] = {}
    assert firm_stages(slots).of_age(1) == ""
