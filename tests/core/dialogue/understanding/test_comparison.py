"""Comparisons that name supports."""

from __future__ import annotations

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.nlu.comparison import ComparisonParser
from tests.core.small_knowledge import talk, text_of


def supports_of(base: KnowledgeBase, *said: str) -> list[str]:
    options = [o.id for o in talk(base, *said)[-1].replies[-1].choices]
    return [option[2:] for option in options if option.startswith("s:")]


@pytest.mark.parametrize(
    ("said", "named"),
    [
        (
            "农民工创业园和农民工创业担保贷款有啥区别",
            {"migrant-startup-park", "migrant-startup-loan"},
        ),
        ("创业大学还是创业导师辅导，哪样合算", {"startup-university", "startup-mentoring"}),
        ("三证合一跟一址多照是一回事吗", {"one-licence-registration", "flexible-address"}),
    ],
)
def test_named_supports_are_compared(said: str, named: set[str], base: KnowledgeBase) -> None:
    turn = talk(base, said)[-1]
    assert [act.act for act in turn.acts] == ["compare"]
    assert set(supports_of(base, said)) == named
    assert {base.knowledge.supports[s].clause for s in named} == set(turn.cites)


@pytest.mark.parametrize(
    "said", ["跟创业大学比哪个好", "这个和创业大学有什么区别", "和创业大学相比呢，哪样划算"]
)
def test_what_is_not_named_is_the_support_in_focus(said: str, base: KnowledgeBase) -> None:
    compared = supports_of(base, "农民工创业园怎么进", said)
    assert compared == ["migrant-startup-park", "startup-university"]


def test_facts_beside_a_comparison_are_stored_and_judged(base: KnowledgeBase) -> None:
    turn = talk(base, "我是农民工，创业园跟创业大学先去哪头，帮我比一比")[-1]
    assert turn.session.profile == {"identity": ("migrant_worker",)}
    turn = talk(base, "我是大学生，农民工创业园跟创业大学哪个划算")[-1]
    assert turn.session.profile == {"identity": ("student",)}
    assert "对您来说：不适合" in text_of(turn)


def test_a_part_of_one_word_is_taken_from_the_last_list(base: KnowledgeBase) -> None:
    said = ("我是农民工", "贷款和创业大学先办哪样")
    assert supports_of(base, *said)[0] == "migrant-startup-loan"
    compared = supports_of(base, "我是农民工", "创业园和贷款哪个先办")
    assert compared == ["migrant-startup-park", "migrant-startup-loan"]


@pytest.mark.parametrize(
    "said",
    ["学校不同意我休学怎么办", "地址和执照不一样行吗", "贷款怎么办", "园区跟贷款归哪个部门"],
)
def test_other_questions_are_no_comparison(said: str, base: KnowledgeBase) -> None:
    assert "compare" not in [act.act for act in talk(base, said)[-1].acts]


def test_only_the_clause_that_joins_is_split(base: KnowledgeBase) -> None:
    parser = ComparisonParser(base.knowledge)
    assert parser.parts("我刚回来，贷款和园区哪个划算，帮帮忙") == ("贷款", "园区")
    assert parser.parts("贷款哪个划算") == ()


def test_a_comparison_is_remembered_for_advice(base: KnowledgeBase) -> None:
    said = ("农民工创业园和创业大学哪个划算", "各自找谁")
    turn = talk(base, *said)[-1]
    assert set(turn.cites) == {"3.4", "4.1"}
    compared = talk(base, said[0])[-1].session
    assert set(compared.shown) == {"migrant-startup-park", "startup-university"}


def test_a_plan_is_filled_with_what_suits_best(base: KnowledgeBase) -> None:
    turn = talk(base, "我是农民工", "创业大学", "c:plan")[-1]
    planned = [o.id[2:] for o in turn.replies[-1].choices if o.id.startswith("s:")]
    assert planned[0] == "startup-university"
    assert "migrant-startup-loan" in planned
    assert len(planned) == 3
    assert "不适合" not in text_of(turn)


def test_results_offer_a_plan(base: KnowledgeBase) -> None:
    for said in ("我是农民工", "c:results"):
        choices = [o.id for o in talk(base, said)[-1].replies[-1].choices]
        assert "c:plan" in choices


def test_facts_with_a_request_get_a_recommendation(base: KnowledgeBase) -> None:
    turn = talk(base, "刚注册半年，推荐一个最合适我的")[-1]
    assert turn.acts[-1].act == "recommend" or turn.findings
    assert not turn.session.interviewing


def test_what_to_say_to_the_hotline_is_said_when_it_is_named(base: KnowledgeBase) -> None:
    turn = talk(base, "我是农民工", "农民工创业担保贷款", "c:next", "c:next:先打12345的话问咩好")[
        -1
    ]
    assert text_of(turn).startswith("打 12345 可以这样说")
