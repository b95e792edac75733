"""Mentions of the choices of all slots in a text."""

from __future__ import annotations

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.knowledge import Choice, Slot
from bot.core.nlu.facts.gazetteer import Gazetteer, Mention
from tests.core.small_knowledge import LEXICON

IDENTITY = "identity"


@pytest.fixture
def words(base: KnowledgeBase) -> Gazetteer:
    return base.reader.gazetteer


def choices(words: Gazetteer, text: str, slot: str = IDENTITY) -> list[str]:
    return [mention.choice for mention in words.find(text, slot)]


@pytest.mark.parametrize(
    "text",
    [
        "从英国读完master回来",
        "英国硕士毕业回来",
        "在德国念了三年书回国",
        "从英国回来",
        "在澳洲读完书，上个月刚回国",
    ],
)
def test_a_split_mention_of_a_return_is_found(text: str, words: Gazetteer) -> None:
    assert "returnee" in choices(words, text)


@pytest.mark.parametrize(
    "text", ["英国的货卖不动。我想把店拿回来", "回来", "英国", "日本打工回来"]
)
def test_a_country_alone_is_no_return(text: str, words: Gazetteer) -> None:
    assert "returnee" not in choices(words, text)


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("不是学生", "student"),
        ("我没留过学", "returnee"),
        ("冇留过学", "returnee"),
        ("我未留过学", "returnee"),
        ("我不是搞孵化器的", "operator"),
        ("我没得公司", "company"),
    ],
)
def test_a_denied_choice_is_not_named(text: str, choice: str, base: KnowledgeBase) -> None:
    assert choice in choices(base.reader.gazetteer, text)
    assert base.reader.named(text, base.knowledge.slots[IDENTITY]) == ()


def test_a_negation_inside_a_word_belongs_to_the_word(base: KnowledgeBase) -> None:
    slots = base.knowledge.slots
    assert base.reader.named("我没毕业", slots[IDENTITY]) == ("student",)
    assert base.reader.named("我没注册", slots["stage"]) == ("idea",)


def test_a_lack_states_a_need(base: KnowledgeBase) -> None:
    assert base.reader.named("没场地", base.knowledge.slots["needs"]) == ("venue",)
    assert base.reader.named("不要场地", base.knowledge.slots["needs"]) == ()


def test_a_decoy_is_not_a_mention(words: Gazetteer) -> None:
    found = words.find_all("我在众创空间租工位")[IDENTITY]
    assert [mention.choice for mention in found.decoys] == ["operator"]
    assert not found.mentions


def test_split_words_and_decoys_are_found() -> None:
    choice = Choice("host", "老板", ("开基地", "空间...上班"), not_words=("不开基地",))
    words = Gazetteer([Slot("s", "", "", "", (choice,))], LEXICON)
    assert words.find("我开基地", "s") == (Mention(1, 4, "host"),)
    assert words.find("在空间里头上班", "s") == (Mention(1, 7, "host"),)
    assert words.find("空间，上班", "s") == ()
    assert words.find("我不开基地", "s") == ()
