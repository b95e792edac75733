"""Unstated topics: details on which the policy is silent."""

from __future__ import annotations

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.nlu.unstated_topics import (
    asks_about_eligibility,
    find_unstated_topic,
    find_unwritten_topic,
)


@pytest.mark.parametrize(
    ("support", "text", "topic"),
    [
        ("migrant-startup-loan", "要不要抵押", "要不要担保或抵押"),
        ("migrant-startup-loan", "哪家银行", "哪家银行办"),
        ("migrant-startup-loan", "利息高吗", "利率"),
        ("become-a-mentor", "有没有工资", "有没有报酬"),
        ("migrant-startup-park", "那个园在哪点", "园区地址"),
        ("startup-university", "发证书吗", "发不发证书"),
        ("startup-guarantee-loan", "要抵押吗", "要不要找担保人、交哪些材料"),
        ("leave-and-keep-enrolment", "研究生可以吗", "研究生是否适用"),
    ],
)
def test_an_unstated_topic_is_found_by_its_words_and_phrases(
    support: str, text: str, topic: str, base: KnowledgeBase
) -> None:
    assert find_unstated_topic(text, base.knowledge.supports[support], base.knowledge) == topic


@pytest.mark.parametrize(
    "text", ["今天吃什么", "贷款怎么样", "", "有没有农民工", "要不要抵押" * 8, "大学生能贷吗"]
)
def test_other_questions_find_no_unstated_topic(text: str, base: KnowledgeBase) -> None:
    support = base.knowledge.supports["migrant-startup-loan"]
    assert find_unstated_topic(text, support, base.knowledge) == ""


@pytest.mark.parametrize(
    ("text", "without_identity"),
    [
        ("什么人能贷", "什么人能贷"),
        ("哪些人可以参加呢", "哪些人可以参加呢"),
        ("大学生能进吗", "能进吗"),
        ("那农民工可以申请不", "那可以申请不"),
        ("我能贷吗", "我能贷吗"),
        ("能申请吗", "能申请吗"),
        ("那我能不能办", "那我能不能办"),
    ],
)
def test_a_question_about_eligibility_is_detected(text: str, without_identity: str) -> None:
    assert asks_about_eligibility(text, without_identity)


@pytest.mark.parametrize(
    ("text", "without_identity"),
    [
        ("可以吗", "可以吗"),
        ("能贷多少", "能贷多少"),
        ("大学生能贷多少", "能贷多少"),
        ("大学生开网店能贷款吗", "开网店能贷款吗"),
        ("我是大学生", "我是"),
    ],
)
def test_other_questions_are_not_about_eligibility(text: str, without_identity: str) -> None:
    assert not asks_about_eligibility(text, without_identity)


@pytest.mark.parametrize(
    ("text", "topic", "rest"),
    [
        ("可以重复申请吗", "能不能重复申请", "可以吗"),
        ("要本人到场吗", "要不要本人到场", "要吗"),
        ("要准备什么", "", "要准备什么"),
        (
            "这个贷款我去年已经拿过了今年可以重复申请吗",
            "",
            "这个贷款我去年已经拿过了今年可以重复申请吗",
        ),
    ],
)
def test_an_unwritten_topic_is_found(
    text: str, topic: str, rest: str, base: KnowledgeBase
) -> None:
    assert find_unwritten_topic(text, base.knowledge) == (topic, rest)


def test_phrases_of_unwritten_topics_are_in_no_clause(base: KnowledgeBase) -> None:
    phrases = [p for group in base.knowledge.unwritten.values() for p in group]
    clauses = [clause.text for clause in base.knowledge.clauses.values()]
    assert phrases
    assert [p for p in phrases if any(p in clause for clause in clauses)] == []
