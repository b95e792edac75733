"""Mentions of the choices of a slot in a text."""

from __future__ import annotations

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.nlu.gazetteer import Gazetteer, Mention


@pytest.fixture(scope="module")
def identity(base: KnowledgeBase) -> Gazetteer:
    return Gazetteer(base.knowledge.slots["identity"], base.reader.lexicon)


@pytest.mark.parametrize(
    "text", ["从英国读完master回来", "英国硕士毕业回来", "在德国念了三年书回国", "从英国回来"]
)
def test_a_split_mention_of_a_return_is_found(text: str, identity: Gazetteer) -> None:
    assert "returnee" in identity.resolve(identity.find(text))[0]


@pytest.mark.parametrize("text", ["英国的货卖不动，我想把店拿回来", "回来", "英国"])
def test_a_split_mention_has_no_punctuation_inside(text: str, identity: Gazetteer) -> None:
    assert "returnee" not in identity.resolve(identity.find(text))[0]


def test_a_negated_mention_is_marked(identity: Gazetteer) -> None:
    (mention,) = identity.find("不是学生")
    assert (mention.choice, mention.negated) == ("student", True)


def test_a_proper_part_of_a_mention_is_inside_it() -> None:
    assert Mention(2, 4, "x").inside(Mention(0, 4, "y"))
    assert not Mention(0, 4, "x").inside(Mention(0, 4, "y"))


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("我没留过学", "returnee"),
        ("冇留过学", "returnee"),
        ("我未留过学", "returnee"),
        ("我不是搞孵化器的", "operator"),
        ("我没得公司", "company"),
    ],
)
def test_a_past_action_can_be_negated(text: str, choice: str, identity: Gazetteer) -> None:
    stated, denied = identity.resolve(identity.find(text))
    assert choice in denied
    assert not stated


def test_a_negation_inside_a_word_belongs_to_the_word(
    base: KnowledgeBase, identity: Gazetteer
) -> None:
    assert identity.resolve(identity.find("我没毕业"))[0] == ("student",)
    stage = Gazetteer(base.knowledge.slots["stage"], base.reader.lexicon)
    assert stage.resolve(stage.find("我没注册"))[0] == ("idea",)


def test_a_lack_states_a_need(base: KnowledgeBase) -> None:
    needs = Gazetteer(base.knowledge.slots["needs"], base.reader.lexicon)
    assert needs.resolve(needs.find("没场地"))[0] == ("venue",)


def test_a_decoy_is_not_a_mention(identity: Gazetteer) -> None:
    assert [m.choice for m in identity.find_decoys("我在众创空间租工位")] == ["operator"]
    assert not identity.find("我在众创空间租工位")
