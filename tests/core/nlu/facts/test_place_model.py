"""The place of a business is learnt from samples: a text need not be one of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.knowledge import FactSample
from bot.core.nlu.facts.entities import Situation, entity_words
from bot.core.nlu.facts.place_model import OTHER, OWN, place_set
from tests.core.small_knowledge import talk

# Texts that are no samples, with the district that they state.
OWN_PLACE = {
    "铺子租的，柳北那头": "liubei",
    "厂房盘在阳和，干了六七年": "yanghe",
    "打工打够了，转回三江老屋弄个茶坊": "sanjiang",
    "我们两公婆在柳江卖早点": "liujiang",
    "住柳北，店开在鱼峰": "yufeng",
    "我的店开在桂林": "elsewhere",
}
OTHER_PLACE = [
    "我表哥在柳东开修理厂",
    "以前在桂林读大专",
    "我的单车在柳南被人骑走了",
    "融安的金桔几时上市",
    "我姐夫在鹿寨养猪",
]


@pytest.mark.parametrize(("text", "district"), OWN_PLACE.items())
def test_the_place_of_the_business_is_stated(
    text: str, district: str, base: KnowledgeBase
) -> None:
    assert base.reader.facts(text).stated.get("district") == (district,)


@pytest.mark.parametrize("text", OTHER_PLACE)
def test_another_place_is_not_stated(text: str, base: KnowledgeBase) -> None:
    assert "district" not in base.reader.facts(text).stated


def test_a_question_without_a_person_states_no_place(base: KnowledgeBase) -> None:
    assert "district" not in base.reader.facts("柳江水位现在多少").stated


def test_a_denied_place_is_not_stated(base: KnowledgeBase) -> None:
    found = base.reader.facts("店不在城中，在鱼峰")
    assert found.stated["district"] == ("yufeng",)
    assert found.denied["district"] == ("chengzhong",)


def test_the_open_question_makes_a_place_likelier(base: KnowledgeBase) -> None:
    found = base.reader.facts("三江吧", Situation(pending="district"))
    assert found.stated["district"] == ("sanjiang",)


def test_the_place_of_another_person_is_that_persons(base: KnowledgeBase) -> None:
    found = base.reader.facts("我儿子在柳城开店，我在柳北")
    assert found.stated["district"] == ("liubei",)
    assert found.others["儿子"].stated["district"] == ("liucheng",)


def test_a_message_that_states_a_place_stores_it(base: KnowledgeBase) -> None:
    session = talk(base, "场地在柳北，租的，一年租金四十来万")[-1].session
    assert session.profile["district"] == ("liubei",)


def test_every_place_of_a_sample_is_an_example(base: KnowledgeBase) -> None:
    said = (FactSample("住柳北，店在鱼峰", {"district": ("yufeng",)}), FactSample("我大三的", {}))
    knowledge = replace(base.knowledge, fact_samples=said)
    words = entity_words(knowledge, base.index.analyzer.lexicon)
    found = place_set(words, ["柳江今天落雨吗"] * 2)
    assert found.labels == (OWN, OTHER)
    assert found.wanted.tolist() == [[1, 0], [0, 1], [0, 1], [0, 1]]


def test_without_samples_the_words_alone_decide(base: KnowledgeBase) -> None:
    words = entity_words(replace(base.knowledge, fact_samples=()), base.index.analyzer.lexicon)
    assert place_set(words, []).labels == ()


def test_the_texts_of_these_tests_are_no_samples(base: KnowledgeBase) -> None:
    said = {sample.text for sample in base.knowledge.fact_samples}
    assert not said & {*OWN_PLACE, *OTHER_PLACE}
