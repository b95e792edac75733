"""Questions on who is eligible, and topics that no clause states."""

from __future__ import annotations

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.nlu.unstated_topics import (
    asks_about_eligibility,
    find_unwritten_topic,
)


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
