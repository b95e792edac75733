"""Facts told without “I”: kept where nothing else was meant, never where something is asked."""

from __future__ import annotations

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.nlu.implicit_facts import hoped, lacked, told_plainly
from tests.core.small_knowledge import small_base, talk, text_of


@pytest.mark.parametrize(
    ("said", "profile"),
    [
        (
            "去年刚毕业 在柳北开了个奶茶店",
            {"identity": ("graduate",), "stage": ("startup",), "district": ("liubei",)},
        ),
        ("公司缺资金", {"identity": ("company",), "needs": ("funding",)}),
        ("大学生 柳北", {"identity": ("student",), "district": ("liubei",)}),
    ],
)
def test_a_story_without_i_is_the_founder_s(
    said: str, profile: dict[str, tuple[str, ...]], base: KnowledgeBase
) -> None:
    turn = talk(base, said)[-1]
    assert turn.session.profile == profile
    assert "记下了" in text_of(turn)


@pytest.mark.parametrize(
    "said",
    [
        "公司缺资金怎么办",
        "大学生在柳北开了店能贷款吗",
        "我儿子去年毕业 在柳北开了个奶茶店",
        "想在柳北开个奶茶店 刚毕业",
        "公司没钱发工资",
        "大学生创业园 柳北",
        "奶茶店",
        "柳北的孵化基地",
    ],
)
def test_what_asks_hopes_or_searches_tells_nothing(said: str, base: KnowledgeBase) -> None:
    assert told_plainly(said, base.reader) is None


@pytest.mark.parametrize(
    "said", ["大学生创业园 柳北", "农民工工伤 三江", "退役军人在柳江开了个店"]
)
def test_what_was_found_or_has_a_signpost_is_no_fact(said: str, base: KnowledgeBase) -> None:
    assert talk(base, said)[-1].session.profile == {}


@pytest.mark.parametrize(
    ("said", "needs", "rest"),
    [
        ("缺钱，想开个店", ("funding",), "想开个店"),
        ("没场地", ("venue",), ""),
        ("没有场地", ("venue",), ""),
        ("没钱怎么办", (), "没钱怎么办"),
        ("没钱治病", (), "没钱治病"),
        ("想贷款", (), "想贷款"),
    ],
)
def test_what_somebody_lacks_is_a_need(
    said: str, needs: tuple[str, ...], rest: str, base: KnowledgeBase
) -> None:
    assert lacked(said, base.reader) == (needs, rest)


def test_what_is_asked_beside_a_lack_is_answered(base: KnowledgeBase) -> None:
    turn = talk(base, "我是企业 缺资金 有哪些贷款")[-1]
    assert turn.session.profile == {"identity": ("company",), "needs": ("funding",)}
    assert "和“贷款”有关的" in text_of(turn)


def test_a_lack_said_in_passing_is_kept(base: KnowledgeBase) -> None:
    turn = talk(base, "我刚毕业 缺钱 想开个店")[-1]
    assert turn.session.profile == {
        "identity": ("graduate",),
        "stage": ("idea",),
        "needs": ("funding",),
    }


def test_a_place_beside_how_long_a_firm_runs_is_kept(base: KnowledgeBase) -> None:
    turn = talk(base, "开了三年的汽修厂 在柳南 缺资金")[-1]
    assert turn.session.profile == {
        "stage": ("established",),
        "district": ("liunan",),
        "needs": ("funding",),
    }


def test_a_knowledge_without_needs_lacks_nothing() -> None:
    base = small_base()
    slots = {s: slot for s, slot in base.knowledge.slots.items() if s != "needs"}
    assert lacked("缺钱", small_base(slots=slots).reader) == ((), "缺钱")


@pytest.mark.parametrize(
    ("said", "facts"),
    [
        ("想在柳州开公司", {"stage": ("idea",)}),
        ("打算在三江办个厂", {"stage": ("idea",), "district": ("sanjiang",)}),
        ("准备回老家开民宿", {"stage": ("idea",)}),
    ],
)
def test_who_only_wishes_for_a_business_is_at_the_start(
    said: str, facts: dict[str, tuple[str, ...]], base: KnowledgeBase
) -> None:
    found = hoped(said, base.reader)
    assert found is not None
    assert found.said == facts


@pytest.mark.parametrize(
    "said", ["开公司要什么", "想开公司要什么手续", "我儿子想开个店", "想开网店", "开了个奶茶店"]
)
def test_a_question_another_s_wish_and_a_topic_of_the_paper_are_no_hope(
    said: str, base: KnowledgeBase
) -> None:
    assert hoped(said, base.reader) is None
