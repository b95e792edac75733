"""Businesses named in a question: no topic, unless the policy covers them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.dialogue.single_turn import ask
from bot.core.nlu.business_mentions import BusinessMentions
from tests.core.small_knowledge import LEXICON, knowledge, talk
from tests.knowledge_base import DAY


@pytest.fixture
def businesses(base: KnowledgeBase) -> BusinessMentions:
    return BusinessMentions(base.knowledge, base.index.analyzer.lexicon)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("开个螺蛳粉店有什么补贴", "有什么补贴"),
        ("我想开一家民宿 有哪些扶持", "我 有哪些扶持"),
        ("做螺蛳粉生意能拿什么", "能拿什么"),
        ("奶茶店有什么政策", "有什么政策"),
    ],
)
def test_the_business_is_removed(text: str, rest: str, businesses: BusinessMentions) -> None:
    assert " ".join(businesses.remove(text).split()) == rest


@pytest.mark.parametrize(
    "text",
    [
        "开网店有什么补贴",
        "开淘宝店能贷款吗",
        "办孵化器有什么补贴",
        "有什么店能开",
        "开车去",
        "农业合作社补贴",
    ],
)
def test_a_business_of_the_policy_and_other_nouns_stay(
    text: str, businesses: BusinessMentions
) -> None:
    assert businesses.remove(text) == ""


def test_named_excludes_a_business_without_a_name(businesses: BusinessMentions) -> None:
    assert businesses.remove("开店能贷款吗")
    assert businesses.remove("开店能贷款吗", named=True) == ""
    assert businesses.remove("开奶茶店能贷款吗", named=True).strip() == "能贷款吗"


def test_online_shops_are_a_business_of_the_policy(businesses: BusinessMentions) -> None:
    assert "网店" in businesses.policy_businesses


@pytest.mark.parametrize(
    "text",
    [
        "螺蛳粉店能贷款吗",
        "开鞋店能不能贷款",
        "大学生开奶茶店能贷款吗",
        "我是大学生 开奶茶店能贷款吗",
    ],
)
def test_a_loan_for_another_business_is_the_general_loan(text: str, base: KnowledgeBase) -> None:
    assert talk(base, text)[-1].session.focus == "startup-guarantee-loan"


@pytest.mark.parametrize("text", ["开网店能贷款吗", "学生开taobao店贷款", "大学生开店贷款贴息"])
def test_a_loan_for_an_online_shop_is_the_loan_for_online_shops(
    text: str, base: KnowledgeBase
) -> None:
    assert talk(base, text)[-1].session.focus == "online-shop-loan"


def test_without_business_kinds_no_business_is_found() -> None:
    assert (
        BusinessMentions(replace(knowledge(), questions={}), LEXICON).remove("开个粉店有什么补贴")
        == ""
    )


@pytest.mark.parametrize("text", ["开个螺蛳粉店有什么补贴", "开厂有什么优惠政策"])
def test_a_request_for_a_business_starts_the_interview(text: str, base: KnowledgeBase) -> None:
    assert talk(base, text)[-1].session.pending == "identity"
    assert "现在是哪种情况" in ask(text, base, DAY)["reply"]


def test_a_request_with_an_identity_gets_results(base: KnowledgeBase) -> None:
    turn = talk(base, "我是农民工 开个螺蛳粉店有什么补贴")[-1]
    assert turn.session.profile == {"identity": ("migrant_worker",)}
    assert turn.findings


def test_a_wish_to_open_a_business_is_stored(base: KnowledgeBase) -> None:
    turn = talk(base, "我想开个早餐店 政府有什么帮助")[-1]
    assert turn.session.profile == {"stage": ("idea",)}
    assert turn.session.pending == "identity"
