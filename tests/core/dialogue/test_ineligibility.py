"""Why there is nothing: the topic, and the supports of it with what decided."""

from __future__ import annotations

import pytest

from bot.core.dialogue.ineligibility import IneligibilityExplainer, refused_topic
from bot.core.dialogue.interview import Interview
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.dialogue.single_turn import ask
from bot.core.domain.cache import Cache
from bot.core.domain.session import Session
from bot.core.responses.support_answer import AnswerRenderer
from tests.core.small_knowledge import ids_of, talk
from tests.knowledge_base import DAY


def explainer(base: KnowledgeBase) -> IneligibilityExplainer:
    return IneligibilityExplainer(Interview(AnswerRenderer(base.knowledge, DAY), Cache()))


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
def test_the_topic_is_what_was_refused(said: str, topic: str) -> None:
    assert refused_topic(said) == topic


@pytest.mark.parametrize(
    "said", ["为什么", "为什么不适合", "为什么不能贷", "怎么贷款", "没有贷款", "怎么办"]
)
def test_without_a_topic_there_is_none(said: str) -> None:
    assert refused_topic(said) == ""


def test_every_support_of_the_topic_says_what_decided(base: KnowledgeBase) -> None:
    refusals = explainer(base)
    session = Session().with_answer("identity", ("student",))
    about = refusals.about(session, "贷款")
    turn = refusals.explain(session, "贷款", about)
    text = turn.replies[0].text
    assert "农民工创业担保贷款：不适合——这项给农民工/返乡创业，您选的是在校学生" in text
    assert "大学生网店创业小额担保贷款和贴息：对得上" in text
    assert {"3.2", "3.4"} <= set(turn.cites)
    assert turn.session.focus == ""


def test_a_topic_that_nobody_knows_has_no_supports(base: KnowledgeBase) -> None:
    assert not explainer(base).about(Session(), "月亮")


def test_what_there_is_on_a_topic_is_listed_with_what_fits_first(base: KnowledgeBase) -> None:
    turn = talk(base, "s:startup-university", "有哪些贷款")[-1]
    assert turn.outcome == "clarify"
    offered = [i for i in ids_of(turn) if i.startswith("s:")]
    assert "s:migrant-startup-loan" in offered
    named = [base.knowledge.supports[i[2:]].title for i in offered]
    assert all("贷款" in title for title in named)
    student = talk(base, "我是大学生，有什么贷款")[-1]
    assert ids_of(student)[0] == "s:online-shop-loan"


def test_an_item_of_a_topic_opens_by_its_number(base: KnowledgeBase) -> None:
    turn = talk(base, "有哪些贷款", "2")[-1]
    assert turn.session.focus == "online-shop-loan"


def test_a_topic_that_no_support_is_named_for_is_gone(base: KnowledgeBase) -> None:
    assert talk(base, "c:topic:月亮")[-1].outcome is None


def test_one_question_alone_for_a_topic_names_its_supports(base: KnowledgeBase) -> None:
    said = ask("有哪些贷款", base, DAY)
    assert said["outcome"] == "clarify"
    assert said["matches"][0]["support"] == "startup-guarantee-loan"


def test_a_topic_for_a_kind_of_people_leaves_out_what_does_not_fit_them(
    base: KnowledgeBase,
) -> None:
    turn = talk(base, "我是农民工", "大学生有哪些贷款")[-1]
    assert turn.session.profile == {"identity": ("migrant_worker",)}
    told = turn.replies[0].text
    assert "大学生网店创业小额担保贷款和贴息：对得上" in told
    assert "农民工创业担保贷款" not in told
    assert "您选的" not in told
