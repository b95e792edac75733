"""What people say for the choices of a slot, found in a text."""

from __future__ import annotations

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.nlu.gazetteer import Gazetteer, Named


@pytest.fixture(scope="module")
def identity(base: KnowledgeBase) -> Gazetteer:
    return Gazetteer(base.knowledge.slots["identity"], base.reader.lexicon)


@pytest.mark.parametrize(
    "said", ["从英国读完master回来", "英国硕士毕业回来", "在德国念了三年书回国", "从英国回来"]
)
def test_coming_back_from_abroad_may_hold_a_story(said: str, identity: Gazetteer) -> None:
    assert "returnee" in identity.meant(identity.find(said))[0]


@pytest.mark.parametrize("said", ["英国的货卖不动，我想把店拿回来", "回来", "英国"])
def test_a_story_does_not_go_over_a_pause(said: str, identity: Gazetteer) -> None:
    assert "returnee" not in identity.meant(identity.find(said))[0]


def test_what_is_denied_is_found_as_denied(identity: Gazetteer) -> None:
    (name,) = identity.find("不是学生")
    assert (name.choice, name.denied) == ("student", True)


def test_a_part_of_a_longer_name_is_inside_it() -> None:
    assert Named(2, 4, "x").inside(Named(0, 4, "y"))
    assert not Named(0, 4, "x").inside(Named(0, 4, "y"))


@pytest.mark.parametrize(
    ("said", "choice"),
    [
        ("我没留过学", "returnee"),
        ("冇留过学", "returnee"),
        ("我未留过学", "returnee"),
        ("我不是搞孵化器的", "operator"),
        ("我没得公司", "company"),
    ],
)
def test_what_somebody_never_did_is_denied(said: str, choice: str, identity: Gazetteer) -> None:
    said_, denied = identity.meant(identity.find(said))
    assert choice in denied
    assert not said_


def test_a_no_inside_a_word_is_its_own(base: KnowledgeBase, identity: Gazetteer) -> None:
    assert identity.meant(identity.find("我没毕业"))[0] == ("student",)
    stage = Gazetteer(base.knowledge.slots["stage"], base.reader.lexicon)
    assert stage.meant(stage.find("我没注册"))[0] == ("idea",)


def test_what_is_lacked_is_needed(base: KnowledgeBase) -> None:
    needs = Gazetteer(base.knowledge.slots["needs"], base.reader.lexicon)
    assert needs.meant(needs.find("没场地"))[0] == ("venue",)


def test_what_sounds_like_a_choice_and_is_not_is_told_apart(identity: Gazetteer) -> None:
    assert [n.choice for n in identity.unlike("我在众创空间租工位")] == ["operator"]
    assert not identity.find("我在众创空间租工位")
