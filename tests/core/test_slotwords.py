"""What people say for the choices of a slot, found in a text."""

from __future__ import annotations

import pytest

from bot.core.dialogue import Base
from bot.core.slotwords import Named, SlotWords


@pytest.fixture(scope="module")
def identity(base: Base) -> SlotWords:
    return SlotWords(base.knowledge.slots["identity"], base.reader.lexicon)


@pytest.mark.parametrize(
    "said", ["从英国读完master回来", "英国硕士毕业回来", "在德国念了三年书回国", "从英国回来"]
)
def test_coming_back_from_abroad_may_hold_a_story(said: str, identity: SlotWords) -> None:
    assert "returnee" in identity.meant(identity.find(said))[0]


@pytest.mark.parametrize("said", ["英国的货卖不动，我想把店拿回来", "回来", "英国"])
def test_a_story_does_not_go_over_a_pause(said: str, identity: SlotWords) -> None:
    assert "returnee" not in identity.meant(identity.find(said))[0]


def test_what_is_denied_is_found_as_denied(identity: SlotWords) -> None:
    (name,) = identity.find("不是学生")
    assert (name.choice, name.denied) == ("student", True)


def test_a_part_of_a_longer_name_is_inside_it() -> None:
    assert Named(2, 4, "x").inside(Named(0, 4, "y"))
    assert not Named(0, 4, "x").inside(Named(0, 4, "y"))
