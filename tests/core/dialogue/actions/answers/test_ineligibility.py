"""Lists of the supports of a topic, and the reasons for their verdicts."""

from __future__ import annotations

from bot.core.dialogue.actions.answers.ineligibility import explain, topic_findings
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.dialogue.single_turn import ask
from bot.core.domain.session import Session
from tests.core.small_knowledge import ids_of, talk
from tests.knowledge_base import DAY


def test_each_support_of_a_topic_has_the_reason_for_its_verdict(base: KnowledgeBase) -> None:
    context = base.context(DAY)
    session = Session().with_answer("identity", ("student",))
    turn = explain(context, session, "贷款", topic_findings(context, session, "贷款"))
    text = turn.replies[0].text
    assert "农民工创业担保贷款：不适合——这项给“农民工”，您选的是在校学生" in text
    assert "大学生网店创业小额担保贷款和贴息：对得上" in text
    assert {"3.2", "3.4"} <= set(turn.cites)
    assert turn.session.focus == ""


def test_an_unknown_topic_has_no_supports(base: KnowledgeBase) -> None:
    assert not topic_findings(base.context(DAY), Session(), "月亮")


def test_a_topic_list_has_what_applies_first(base: KnowledgeBase) -> None:
    turn = talk(base, "s:startup-university", "有哪些贷款")[-1]
    assert turn.outcome == "clarify"
    offered = [i for i in ids_of(turn) if i.startswith("s:")]
    assert "s:migrant-startup-loan" in offered
    named = [base.knowledge.supports[i[2:]].title for i in offered]
    assert all("贷款" in title for title in named)
    student = talk(base, "我是大学生，有什么贷款")[-1]
    assert ids_of(student)[0] == "s:online-shop-loan"


def test_an_item_of_a_topic_list_opens_by_its_number(base: KnowledgeBase) -> None:
    turn = talk(base, "有哪些贷款", "2")[-1]
    assert turn.session.focus == "online-shop-loan"


def test_a_topic_without_supports_is_not_answered(base: KnowledgeBase) -> None:
    assert talk(base, "c:topic:月亮")[-1].outcome is None


def test_a_single_question_on_a_topic_has_its_supports_as_matches(base: KnowledgeBase) -> None:
    said = ask("有哪些贷款", base, DAY)
    assert said["outcome"] == "clarify"
    assert said["matches"][0]["support"] == "startup-guarantee-loan"


def test_a_topic_list_for_an_identity_leaves_out_what_does_not_apply(
    base: KnowledgeBase,
) -> None:
    turn = talk(base, "我是农民工", "大学生有哪些贷款")[-1]
    assert turn.session.profile == {"identity": ("migrant_worker",)}
    told = turn.replies[0].text
    assert "大学生网店创业小额担保贷款和贴息：对得上" in told
    assert "农民工创业担保贷款" not in told
    assert "您选的" not in told
