"""Texts that do not lead to their own entry are found, and those that do are not."""

from __future__ import annotations

from dataclasses import replace

from bot.content.checks.reach import check_reach
from bot.content.readers.build_context import Places
from bot.core.dialogue.manager import KnowledgeBase
from tests.knowledge_base import DAY

SUPPORT = "leave-and-keep-enrolment"
TOPIC = "driving"


def with_texts(base: KnowledgeBase, questions: tuple[str, ...]) -> KnowledgeBase:
    """Return the base with other sample questions of one support; the search stays the same."""
    known = base.knowledge
    changed = replace(known.supports[SUPPORT], questions=questions, keywords=())
    supports = {**known.supports, SUPPORT: changed}
    return KnowledgeBase(replace(known, supports=supports), base.index, base.act_model)


def messages(base: KnowledgeBase, only: str) -> list[str]:
    return [problem.message for problem in check_reach(base, Places(), DAY, only)]


def test_a_question_about_itself_reaches_its_support(base: KnowledgeBase) -> None:
    assert messages(with_texts(base, ("休学创业能保留学籍吗",)), SUPPORT) == []


def test_a_question_about_something_else_is_named(base: KnowledgeBase) -> None:
    asked = ("驾照丢了去哪里补", "众创空间的运营补助是多少", "我是农民工")
    found = messages(with_texts(base, asked), SUPPORT)
    assert len(found) == len(asked)
    assert any("“驾照丢了去哪里补”" in told and "没有写" in told for told in found)
    assert any("“众创空间的运营补助是多少”" in told and "答成了" in told for told in found)
    assert any("“我是农民工”" in told and "自己的情况" in told for told in found)


def test_the_title_of_an_out_of_scope_topic_reaches_it(base: KnowledgeBase) -> None:
    assert not any(told.startswith("title") for told in messages(base, TOPIC))


def test_a_synonym_that_leads_elsewhere_is_named(base: KnowledgeBase) -> None:
    synonyms = {**base.knowledge.synonyms, "休学": ("运营补助", "停学")}
    known = replace(base.knowledge, synonyms=synonyms)
    found = messages(KnowledgeBase(known, base.index, base.act_model), "休学")
    assert [told for told in found if "“运营补助”" in told]
