"""Facts are learnt from samples: a text need not be one of them, nor have a word of a choice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.nlu.facts.entities import Situation
from bot.core.nlu.message_parser import MessageParser

# Texts that are no samples and have no word of the choice, with the fact that they state.
UNSEEN = {
    "我还差一年才读完，住学校宿舍": ("identity", "student"),
    "我在惠州的鞋厂踩了十五年缝纫机，现在回屯里": ("identity", "migrant_worker"),
    "本钱还差一大截，凑不齐": ("needs", "funding"),
    "招了半年都招不到懂技术的师傅": ("needs", "talent"),
    "房东要收铺，得另外找个门面": ("needs", "venue"),
}
# Texts that have words of choices in another role: they state nothing of the speaker.
OTHER_ROLES = [
    "我没出过国门",
    "我住的那栋楼下面有个孵化器",
]


@pytest.mark.parametrize(("text", "fact"), UNSEEN.items())
def test_an_unseen_wording_states_its_fact(
    text: str, fact: tuple[str, str], base: KnowledgeBase
) -> None:
    without = MessageParser(base.knowledge, base.index.analyzer.lexicon)
    slot, choice = fact
    assert choice in base.reader.facts(text).stated.get(slot, ())
    assert choice not in without.facts(text).stated.get(slot, ())


@pytest.mark.parametrize("text", OTHER_ROLES)
def test_a_word_in_another_role_states_nothing(text: str, base: KnowledgeBase) -> None:
    assert not base.reader.facts(text).stated.keys() & {"identity", "stage", "needs"}


def test_samples_do_not_contain_the_texts_of_these_tests(base: KnowledgeBase) -> None:
    said = {sample.text for sample in base.knowledge.fact_samples}
    assert not said & {*UNSEEN, *OTHER_ROLES}


def test_a_stage_agrees_with_the_duration_beside_it(base: KnowledgeBase) -> None:
    for text, stage in (("铺子摆到现在七个月", "startup"), ("铺子摆到现在十一年", "established")):
        found = base.reader.facts(text, Situation(year=2026, pending="stage")).stated
        assert found.get("stage", (stage,)) == (stage,)


def test_a_question_about_people_states_nothing(base: KnowledgeBase) -> None:
    assert not base.reader.facts("技校读完出来的人去厂里干活，有补贴吗").stated


def test_an_asked_slot_makes_its_choices_likelier(base: KnowledgeBase) -> None:
    text = "卖糖水，慢慢来"
    asked = base.reader.facts(text, Situation(pending="stage")).stated
    assert asked.get("stage", ()) >= base.reader.facts(text).stated.get("stage", ())


def test_samples_of_another_knowledge_teach_other_facts(base: KnowledgeBase) -> None:
    acts = replace(base.acts, trained=base.acts.model._replace(facts=base.acts.model.gate))
    reader = MessageParser(base.knowledge, base.index.analyzer.lexicon, acts)
    assert "funding" not in reader.facts("本钱还差一大截，凑不齐").stated.get("needs", ())
