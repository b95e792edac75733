"""The topic of a question why a support is refused."""

from __future__ import annotations

import pytest

from bot.core.nlu.refused_topic import refused_topic


@pytest.mark.parametrize(
    ("said", "topic"),
    [
        ("为什么没有贷款", "贷款"),
        ("为什么没有55万", "55万"),
        ("为啥我不能拿补贴", "补贴"),
        ("怎么不给我场地", "场地"),
        ("贷款为什么我不能申请", "贷款"),
        ("为什么贷款不适合我", "贷款"),
        ("55万怎么没有我的份", "55万"),
    ],
)
def test_the_topic_is_what_is_refused(said: str, topic: str) -> None:
    assert refused_topic(said) == topic


@pytest.mark.parametrize(
    "said", ["为什么", "为什么不适合", "为什么不能贷", "怎么贷款", "没有贷款", "怎么办"]
)
def test_a_question_without_a_topic_has_none(said: str) -> None:
    assert refused_topic(said) == ""
