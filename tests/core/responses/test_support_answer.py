"""Replies about a support, the results, and what a founder told us."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.core.domain.replies import Reply
from bot.core.domain.session import Profile, Session
from bot.core.responses.support_answer import AnswerRenderer
from tests.core.small_knowledge import knowledge, support

KNOWLEDGE = knowledge()
TODAY = date(2026, 1, 1)
ANSWERER = AnswerRenderer(KNOWLEDGE, TODAY)
SUPPORTS = KNOWLEDGE.supports
STUDENT: Profile = {"identity": ("student",)}


def ids(options: object) -> list[str]:
    return [o.id for o in options]  # type: ignore[attr-defined]  # options of any reply


def test_an_answer_has_the_benefit_the_clause_the_lead_the_basis_and_the_age() -> None:
    said = ANSWERER.support(SUPPORTS["enrolment"], {}).text
    in_order = ["enrolment的内容", "“在校大学生创业可保留学籍休学”", "没有写", "市教育局", "依据"]
    places = [said.index(part) for part in in_order]
    assert places == sorted(places)
    assert "2020 年" in said


def test_a_stranger_gets_no_verdict() -> None:
    assert "对您来说" not in ANSWERER.support(SUPPORTS["enrolment"], {}).text


def test_who_told_us_something_gets_the_verdict() -> None:
    assert "对您来说：适合" in ANSWERER.support(SUPPORTS["enrolment"], STUDENT).text
    assert "对您来说：不适合" in ANSWERER.support(SUPPORTS["subsidy"], STUDENT).text


def test_where_the_paper_leaves_nobody_out_a_founder_is_told_so() -> None:
    said = ANSWERER.support(SUPPORTS["open"], STUDENT).text
    assert "对您来说：可以问，文件没有限定身份和阶段\n" in said
    more = replace(SUPPORTS["open"], also_requires=("要有事迹",))
    demanding = AnswerRenderer(knowledge(supports={**SUPPORTS, "open": more}), TODAY)
    assert "还要看文件的其他要求" in demanding.support(more, STUDENT).text
    assert "对您来说" not in ANSWERER.support(SUPPORTS["open"], {}).text


def test_background_is_no_benefit_and_gets_no_verdict() -> None:
    assert "对您来说" not in ANSWERER.support(SUPPORTS["goals"], STUDENT).text


def test_the_side_that_was_asked_for_comes_first() -> None:
    said = ANSWERER.support(SUPPORTS["subsidy"], {}, "amount").text
    assert said.startswith("文件写的是：最多不超过55万元/年")


@pytest.mark.parametrize(
    ("name", "field", "words"),
    [
        ("enrolment", "amount", "原文没有写金额或比例。请问学校教务处"),
        ("enrolment", "steps", "原文没有写怎么办理。请问学校教务处"),
        ("enrolment", "materials", "原文没有写要什么材料。请问学校教务处"),
        ("enrolment", "deadline", "只写了目标年 2020 年。请问学校教务处"),
        ("open", "conditions", "原文没有写具体条件。请问12345"),
    ],
)
def test_where_the_paper_is_silent_that_is_said_with_whom_to_ask(
    name: str, field: str, words: str
) -> None:
    assert words in ANSWERER.sides.text(SUPPORTS[name], {}, field)


def test_what_the_knowledge_holds_is_said() -> None:
    rich = support(
        "rich",
        steps=("先登记", "再申请"),
        materials=("身份证",),
        valid_until=date(2026, 12, 31),
        amount="三成",
    )
    assert "先登记；再申请" in ANSWERER.sides.text(rich, {}, "steps")
    assert "身份证" in ANSWERER.sides.text(rich, {}, "materials")
    assert "2026-12-31" in ANSWERER.sides.text(rich, {}, "deadline")
    assert "三成" in ANSWERER.sides.text(rich, {}, "amount")


def test_the_whole_clause_is_shown_word_for_word() -> None:
    said = ANSWERER.sides.text(SUPPORTS["desk"], {}, "text")
    assert KNOWLEDGE.clauses["1.1"].text in said


def test_conditions_are_named_with_what_no_answer_settles() -> None:
    said = ANSWERER.sides.text(SUPPORTS["desk"], {}, "conditions")
    assert "创业阶段：还在想/筹备、刚注册" in said
    assert "入驻众创空间" in said


def test_why_proposes_the_change_that_would_help() -> None:
    said = ANSWERER.sides.text(SUPPORTS["desk"], {"stage": ("established",)}, "why")
    assert "如果创业阶段变成“还在想/筹备”，这项就适合" in said


def test_why_never_proposes_to_be_somebody_else() -> None:
    said = ANSWERER.sides.text(SUPPORTS["enrolment"], {"identity": ("operator",)}, "why")
    assert "换个条件" not in said


def test_a_change_that_takes_two_answers_names_both() -> None:
    both = support("both", given={"stage": ("startup",), "district": ("liubei",)})
    profile = {"stage": ("established",), "district": ("elsewhere",)}
    held = replace(KNOWLEDGE, supports={**SUPPORTS, "both": both})
    said = AnswerRenderer(held, TODAY).sides.text(both, profile, "why").split("换个条件")[1]
    assert "刚注册" in said
    assert "柳北区" in said


def test_the_side_just_shown_is_not_offered_again() -> None:
    assert "f:who:desk" not in ids(ANSWERER.field(SUPPORTS["desk"], {}, "who").choices)
    assert "f:who:desk" in ids(ANSWERER.field(SUPPORTS["desk"], {}, "text").choices)


def test_only_sides_that_exist_are_offered() -> None:
    assert "f:updates:shop" in ids(ANSWERER.support_options(SUPPORTS["shop"]))
    assert "f:updates:desk" not in ids(ANSWERER.support_options(SUPPORTS["desk"]))
    assert "f:why:open" not in ids(ANSWERER.support_options(SUPPORTS["open"]))


def test_a_card_says_what_the_text_says() -> None:
    card = ANSWERER.support(SUPPORTS["shop"], STUDENT).cards[0]
    assert (card.support, card.verdict) == ("shop", "applies")
    headings = [s.heading for s in card.sections]
    assert len(headings) == len(set(headings)) == 6
    assert all(s.body for s in card.sections)


def test_candidates_can_be_tapped_and_refused() -> None:
    reply = ANSWERER.clarify([SUPPORTS["desk"], SUPPORTS["shop"]])
    assert ids(reply.choices) == ["s:desk", "s:shop", "c:none"]


def test_an_uncovered_topic_names_the_line_that_may_know() -> None:
    assert "12333" in ANSWERER.unknown("wages", elsewhere=False).text
    assert "12345" in ANSWERER.unknown("", elsewhere=False).text
    assert "别的城市" in ANSWERER.unknown("", elsewhere=True).text


def test_a_line_that_is_named_can_be_called_with_one_tap() -> None:
    def links(reply: Reply) -> list[tuple[str, str]]:
        return [(link.label, link.url) for link in reply.links]

    assert links(ANSWERER.unknown("wages", elsewhere=False)) == [("拨打 12333", "tel:12333")]
    assert links(ANSWERER.unknown("", elsewhere=False)) == [("拨打 12345", "tel:12345")]
    assert links(ANSWERER.unknown("", elsewhere=True)) == []
    for reply in (
        ANSWERER.field(SUPPORTS["subsidy"], {}, "who"),
        ANSWERER.support(SUPPORTS["subsidy"], {}, "who"),
    ):
        assert links(reply) == [("拨打 12345", "tel:12345")]
    assert links(ANSWERER.field(SUPPORTS["subsidy"], {}, "amount")) == []


def test_my_answers_are_listed_with_a_button_each() -> None:
    session = Session().with_answer("identity", ("student", "company")).with_answer("stage", ())
    reply = ANSWERER.me(session)
    assert "身份：在校学生、企业" in reply.text
    assert "创业阶段：跳过了" in reply.text
    assert {"c:edit:identity", "c:edit:stage", "c:forget"} <= set(ids(reply.choices))


def test_who_told_nothing_is_told_so() -> None:
    assert "还没有" in ANSWERER.me(Session()).text


def test_answers_to_questions_that_are_gone_are_passed_over() -> None:
    session = Session().with_answer("gone", ("x",)).with_answer("stage", ("idea",))
    assert "创业阶段" in ANSWERER.me(session).text
    assert "gone" not in ANSWERER.me(session).text


def test_a_question_offers_its_choices_and_a_way_round() -> None:
    reply = ANSWERER.question(KNOWLEDGE.slots["needs"])
    assert ids(reply.choices) == ["a:needs:funding", "a:needs:venue", "c:skip", "c:back"]
    assert reply.multiple


def test_the_first_question_has_nothing_to_go_back_to() -> None:
    reply = ANSWERER.question(KNOWLEDGE.slots["stage"], first=True)
    assert "c:back" not in ids(reply.choices)
    assert not reply.multiple


def test_sides_are_told_one_after_the_other_in_short() -> None:
    said = ANSWERER.field(SUPPORTS["shop"], {}, "amount", "materials").text
    assert said.index("金额") < said.index("材料")
    assert "最高30万元" not in said
    assert "后来的规定" in said


def test_what_fits_needs_no_other_condition() -> None:
    assert "不用换条件" in ANSWERER.field(SUPPORTS["enrolment"], STUDENT, "why").text
    assert "不用换条件" not in ANSWERER.field(SUPPORTS["subsidy"], STUDENT, "why").text


# -- later rules ---------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["amount", "deadline", "conditions", "steps", "materials"])
def test_a_later_rule_is_told_with_the_side_that_it_is_about(field: str) -> None:
    about = replace(SUPPORTS["shop"].updates[0], about=(field,))
    shop = replace(SUPPORTS["shop"], updates=(about,))
    asked = ANSWERER.field(shop, {}, field).text
    assert "最高30万元" in asked
    assert "说“后来的规定”就能看" not in asked


@pytest.mark.parametrize("field", ["amount", "deadline", "conditions", "steps", "materials"])
def test_other_sides_only_say_that_there_are_later_rules(field: str) -> None:
    others = [f for f in ("amount", "deadline") if f != field]
    for about in ((), tuple(others)):
        rule = replace(SUPPORTS["shop"].updates[0], about=about)
        shop = replace(SUPPORTS["shop"], updates=(rule,))
        asked = ANSWERER.field(shop, {}, field).text
        assert "最高30万元" not in asked
        assert "说“后来的规定”就能看" in asked
        assert "最高30万元" in ANSWERER.field(shop, {}, "updates").text


def test_in_a_whole_answer_the_later_rule_is_told_once() -> None:
    rule = replace(SUPPORTS["shop"].updates[0], about=("amount",))
    shop = replace(SUPPORTS["shop"], updates=(rule,))
    answerer = AnswerRenderer(knowledge(supports={"shop": shop}), date(2026, 1, 1))
    said = answerer.support(shop, {}, "amount").text
    assert said.count("最高30万元") == 1
    assert "说“后来的规定”就能看" not in said
    assert "说“后来的规定”就能看" in answerer.support(shop, {}).text
