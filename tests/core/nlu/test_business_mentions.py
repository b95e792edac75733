"""A business beside a question is no topic of the paper, unless the paper speaks of it."""

from __future__ import annotations

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.dialogue.single_turn import ask
from bot.core.nlu.business_mentions import BusinessMentions
from tests.core.small_knowledge import LEXICON, knowledge, talk
from tests.knowledge_base import DAY


@pytest.fixture
def ventures(base: KnowledgeBase) -> BusinessMentions:
    return BusinessMentions(base.knowledge, base.index.analyzer.lexicon)


@pytest.mark.parametrize(
    ("said", "rest"),
    [
        ("开个螺蛳粉店有什么补贴", "有什么补贴"),
        ("我想开一家民宿 有哪些扶持", "我 有哪些扶持"),
        ("做螺蛳粉生意能拿什么", "能拿什么"),
        ("奶茶店有什么政策", "有什么政策"),
    ],
)
def test_the_business_is_left_out(said: str, rest: str, ventures: BusinessMentions) -> None:
    assert " ".join(ventures.without(said).split()) == rest


@pytest.mark.parametrize(
    "said",
    [
        "开网店有什么补贴",
        "开淘宝店能贷款吗",
        "办孵化器有什么补贴",
        "有什么店能开",
        "开车去",
        "农业合作社补贴",
    ],
)
def test_a_business_of_the_paper_and_what_is_none_stay(
    said: str, ventures: BusinessMentions
) -> None:
    assert ventures.without(said) == ""


def test_a_business_without_a_name_may_be_any(ventures: BusinessMentions) -> None:
    assert ventures.without("开店能贷款吗")
    assert ventures.without("开店能贷款吗", named=True) == ""
    assert ventures.without("开奶茶店能贷款吗", named=True).strip() == "能贷款吗"


def test_the_paper_speaks_of_online_shops(ventures: BusinessMentions) -> None:
    assert "网店" in ventures.of_the_paper


@pytest.mark.parametrize(
    "said",
    [
        "螺蛳粉店能贷款吗",
        "开鞋店能不能贷款",
        "大学生开奶茶店能贷款吗",
        "我是大学生 开奶茶店能贷款吗",
    ],
)
def test_a_loan_for_one_business_is_not_that_for_another(said: str, base: KnowledgeBase) -> None:
    assert talk(base, said)[-1].session.focus == "startup-guarantee-loan"


@pytest.mark.parametrize("said", ["开网店能贷款吗", "学生开taobao店贷款", "大学生开店贷款贴息"])
def test_a_loan_for_online_shops_is_still_found(said: str, base: KnowledgeBase) -> None:
    assert talk(base, said)[-1].session.focus == "online-shop-loan"


def test_a_knowledge_without_such_words_knows_no_business() -> None:
    assert BusinessMentions(knowledge(), LEXICON).without("开个粉店有什么补贴") == ""


@pytest.mark.parametrize("said", ["开个螺蛳粉店有什么补贴", "开厂有什么优惠政策"])
def test_what_there_is_for_a_business_begins_with_the_questions(
    said: str, base: KnowledgeBase
) -> None:
    assert talk(base, said)[-1].session.pending == "identity"
    assert "您现在是哪种情况" in ask(said, base, DAY)["reply"]


def test_who_asks_for_a_business_gets_what_fits(base: KnowledgeBase) -> None:
    turn = talk(base, "我是农民工 开个螺蛳粉店有什么补贴")[-1]
    assert turn.session.profile == {"identity": ("migrant_worker",)}
    assert turn.findings


def test_a_wish_to_open_one_is_kept(base: KnowledgeBase) -> None:
    turn = talk(base, "我想开个早餐店 政府有什么帮助")[-1]
    assert turn.session.profile == {"stage": ("idea",)}
    assert turn.session.pending == "identity"
