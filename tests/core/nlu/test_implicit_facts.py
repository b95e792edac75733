"""Facts from statements without a first person."""

from __future__ import annotations

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.nlu.implicit_facts import (
    extract_business_wish,
    extract_implicit_facts,
    extract_lacks,
)
from tests.core.small_knowledge import small_base, talk, text_of


@pytest.mark.parametrize(
    ("text", "profile"),
    [
        (
            "去年刚毕业 在柳北开了个奶茶店",
            {"identity": ("graduate",), "stage": ("startup",), "district": ("liubei",)},
        ),
        ("公司缺资金", {"identity": ("company",), "needs": ("funding",)}),
        ("大学生 柳北", {"identity": ("student",), "district": ("liubei",)}),
    ],
)
def test_a_statement_without_a_first_person_is_about_the_user(
    text: str, profile: dict[str, tuple[str, ...]], base: KnowledgeBase
) -> None:
    turn = talk(base, text)[-1]
    assert turn.session.profile == profile
    assert "记下了" in text_of(turn)


@pytest.mark.parametrize(
    "text",
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
def test_questions_intentions_and_searches_state_no_facts(text: str, base: KnowledgeBase) -> None:
    assert extract_implicit_facts(text, base.reader) is None


@pytest.mark.parametrize(
    "text", ["大学生创业园 柳北", "农民工工伤 三江", "退役军人在柳江开了个店"]
)
def test_a_text_with_a_search_result_states_no_facts(text: str, base: KnowledgeBase) -> None:
    assert talk(base, text)[-1].session.profile == {}


@pytest.mark.parametrize(
    ("text", "needs", "rest"),
    [
        ("缺钱，想开个店", ("funding",), "想开个店"),
        ("没场地", ("venue",), ""),
        ("没有场地", ("venue",), ""),
        ("没钱怎么办", (), "没钱怎么办"),
        ("没钱治病", (), "没钱治病"),
        ("想贷款", (), "想贷款"),
    ],
)
def test_a_lack_is_a_need(
    text: str, needs: tuple[str, ...], rest: str, base: KnowledgeBase
) -> None:
    assert extract_lacks(text, base.reader) == (needs, rest)


def test_a_question_beside_a_lack_is_answered(base: KnowledgeBase) -> None:
    turn = talk(base, "我是企业 缺资金 有哪些贷款")[-1]
    assert turn.session.profile == {"identity": ("company",), "needs": ("funding",)}
    assert "和“贷款”有关的" in text_of(turn)


def test_a_lack_in_a_statement_is_stored(base: KnowledgeBase) -> None:
    turn = talk(base, "我刚毕业 缺钱 想开个店")[-1]
    assert turn.session.profile == {
        "identity": ("graduate",),
        "stage": ("idea",),
        "needs": ("funding",),
    }


def test_a_place_beside_the_age_of_a_firm_is_stored(base: KnowledgeBase) -> None:
    turn = talk(base, "开了三年的汽修厂 在柳南 缺资金")[-1]
    assert turn.session.profile == {
        "stage": ("established",),
        "district": ("liunan",),
        "needs": ("funding",),
    }


def test_without_the_slot_of_needs_there_are_no_lacks() -> None:
    base = small_base()
    slots = {s: slot for s, slot in base.knowledge.slots.items() if s != "needs"}
    assert extract_lacks("缺钱", small_base(slots=slots).reader) == ((), "缺钱")


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("想在柳州开公司", {"stage": ("idea",)}),
        ("打算在三江办个厂", {"stage": ("idea",), "district": ("sanjiang",)}),
        ("准备回老家开民宿", {"stage": ("idea",)}),
    ],
)
def test_a_wish_for_a_business_is_the_stage_idea(
    text: str, facts: dict[str, tuple[str, ...]], base: KnowledgeBase
) -> None:
    found = extract_business_wish(text, base.reader)
    assert found is not None
    assert found.stated == facts


@pytest.mark.parametrize(
    "text", ["开公司要什么", "想开公司要什么手续", "我儿子想开个店", "想开网店", "开了个奶茶店"]
)
def test_questions_and_wishes_of_others_state_no_stage(text: str, base: KnowledgeBase) -> None:
    assert extract_business_wish(text, base.reader) is None
