"""Replies about a support, questions of the interview, and the summary of the profile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import pytest

from bot.core.domain.replies import Line, Reply, Role
from bot.core.domain.session import Option, Profile, Session
from bot.core.domain.told import age_key, told_key
from bot.core.responses.phrasebook import Phrasebook
from bot.core.responses.support_answer import AnswerRenderer
from bot.core.responses.support_fields import render_field
from tests.core.small_knowledge import knowledge, support

KNOWLEDGE = knowledge()
TODAY = date(2026, 1, 1)
PHRASEBOOK = Phrasebook(KNOWLEDGE, TODAY)
RENDERER = AnswerRenderer(PHRASEBOOK)
SUPPORTS = KNOWLEDGE.supports
STUDENT: Profile = {"identity": ("student",)}


def ids(options: Iterable[Option]) -> list[str]:
    return [option.id for option in options]


def test_a_first_answer_has_summary_quote_source_lead_and_age_in_order() -> None:
    text = RENDERER.full_answer(SUPPORTS["enrolment"], {"identity": ("student",)}).text
    in_order = ["enrolment的内容", "“在校大学生创业可保留学籍休学”", "依据", "市教育局", "2020 年"]
    places = [text.index(part) for part in in_order]
    assert places == sorted(places)
    assert "没有写" not in text


def test_a_whole_answer_adds_the_unstated_topics() -> None:
    text = RENDERER.whole_answer(SUPPORTS["enrolment"], {}).text
    in_order = ["enrolment的内容", "“在校大学生创业可保留学籍休学”", "没有写", "市教育局", "依据"]
    places = [text.index(part) for part in in_order]
    assert places == sorted(places)


def test_a_first_answer_leaves_out_what_was_said() -> None:
    support = SUPPORTS["enrolment"]
    told = frozenset({told_key(support.quote), age_key(support.policy)})
    text = replace(RENDERER, told=told).full_answer(support, {}).text
    assert text == support.summary


def test_a_first_answer_begins_with_the_answer_to_the_question() -> None:
    lead = (Line(Role.ANSWER, "不一定。"),)
    text = RENDERER.full_answer(SUPPORTS["enrolment"], {}, lead=lead).text
    assert text.startswith("不一定。\nenrolment的内容")


def test_a_first_answer_names_every_requirement_however_long_it_is() -> None:
    demand = "要有" + "材料" * 90
    long = replace(SUPPORTS["shop"], also_requires=(demand,))
    text = RENDERER.full_answer(long, {}).text
    assert f"文件还要求：{demand}" in text
    assert "说“后来的规定”就能看" in text


def test_each_line_of_an_answer_has_its_role() -> None:
    rule = replace(SUPPORTS["shop"].updates[0], about=("amount",))
    reply = RENDERER.field_answer(replace(SUPPORTS["shop"], updates=(rule,)), {}, "amount")
    roles = [role for role, _ in reply.layout()]
    assert roles[0] is Role.ANSWER
    assert roles.count(Role.ANSWER) == 1
    assert Role.LATER in roles


def test_an_empty_profile_gets_no_verdict() -> None:
    assert "对您来说" not in RENDERER.full_answer(SUPPORTS["enrolment"], {}).text


def test_a_profile_gets_the_verdict() -> None:
    assert "对您来说：适合" in RENDERER.full_answer(SUPPORTS["enrolment"], STUDENT).text
    assert "对您来说：不适合" in RENDERER.full_answer(SUPPORTS["subsidy"], STUDENT).text


def test_a_support_without_conditions_says_that_anyone_may_ask() -> None:
    text = RENDERER.full_answer(SUPPORTS["open"], STUDENT).text
    assert "对您来说：可以问，文件没有限定身份和阶段\n" in text
    more = replace(SUPPORTS["open"], also_requires=("要有事迹",))
    demanding = AnswerRenderer(Phrasebook(knowledge(supports={**SUPPORTS, "open": more}), TODAY))
    assert "还要看文件的其他要求" in demanding.full_answer(more, STUDENT).text
    assert "对您来说" not in RENDERER.full_answer(SUPPORTS["open"], {}).text


def test_background_gets_no_verdict() -> None:
    assert "对您来说" not in RENDERER.full_answer(SUPPORTS["goals"], STUDENT).text


def test_the_asked_field_comes_first() -> None:
    text = RENDERER.full_answer(SUPPORTS["subsidy"], {}, "amount").text
    assert text.startswith("文件写的是：最多不超过55万元/年")


@pytest.mark.parametrize(
    ("name", "field", "words"),
    [
        ("enrolment", "amount", "原文没有写金额或比例——请问学校教务处"),
        ("enrolment", "steps", "原文没有写怎么办理——请问学校教务处"),
        ("enrolment", "materials", "原文没有写要什么材料——请问学校教务处"),
        ("enrolment", "deadline", "（只写了目标年 2020 年）——请问学校教务处"),
        ("open", "conditions", "原文没有写具体条件——请问12345"),
    ],
)
def test_an_unstated_field_says_so_and_whom_to_ask(name: str, field: str, words: str) -> None:
    assert words in render_field(PHRASEBOOK, SUPPORTS[name], {}, field)


def test_a_stated_field_is_shown() -> None:
    rich = support(
        "rich",
        steps=("先登记", "再申请"),
        materials=("身份证",),
        valid_until=date(2026, 12, 31),
        amount="三成",
    )
    assert "先登记；再申请" in render_field(PHRASEBOOK, rich, {}, "steps")
    assert "身份证" in render_field(PHRASEBOOK, rich, {}, "materials")
    assert "2026-12-31" in render_field(PHRASEBOOK, rich, {}, "deadline")
    assert "三成" in render_field(PHRASEBOOK, rich, {}, "amount")


def test_the_clause_is_shown_verbatim() -> None:
    text = render_field(PHRASEBOOK, SUPPORTS["desk"], {}, "text")
    assert KNOWLEDGE.clauses["1.1"].text in text


def test_conditions_include_the_further_requirements() -> None:
    text = render_field(PHRASEBOOK, SUPPORTS["desk"], {}, "conditions")
    assert "文件写的条件：给还在想/筹备、刚注册" in text
    assert "入驻众创空间" in text


def test_the_reason_proposes_the_change_that_helps() -> None:
    text = render_field(PHRASEBOOK, SUPPORTS["desk"], {"stage": ("established",)}, "why")
    assert "如果创业阶段变成“还在想/筹备”，这项就适合" in text


def test_the_reason_never_proposes_another_identity() -> None:
    text = render_field(PHRASEBOOK, SUPPORTS["enrolment"], {"identity": ("operator",)}, "why")
    assert "换个条件" not in text


def test_a_change_of_two_answers_names_both() -> None:
    both = support("both", given={"stage": ("startup",), "district": ("liubei",)})
    profile = {"stage": ("established",), "district": ("elsewhere",)}
    changed = replace(KNOWLEDGE, supports={**SUPPORTS, "both": both})
    text = render_field(Phrasebook(changed, TODAY), both, profile, "why").split("换个条件")[1]
    assert "刚注册" in text
    assert "柳北区" in text


def test_the_shown_field_is_not_offered_again() -> None:
    assert "f:who:desk" not in ids(RENDERER.field_answer(SUPPORTS["desk"], {}, "who").choices)
    assert "f:who:desk" in ids(RENDERER.field_answer(SUPPORTS["desk"], {}, "text").choices)


def test_only_fields_with_content_are_offered() -> None:
    assert "f:updates:shop" in ids(RENDERER.field_options(SUPPORTS["shop"]))
    assert "f:updates:desk" not in ids(RENDERER.field_options(SUPPORTS["desk"]))
    assert "f:why:open" not in ids(RENDERER.field_options(SUPPORTS["open"]))


def test_a_card_has_six_sections_and_the_verdict() -> None:
    card = RENDERER.full_answer(SUPPORTS["shop"], STUDENT).cards[0]
    assert (card.support, card.verdict) == ("shop", "applies")
    headings = [s.heading for s in card.sections]
    assert len(headings) == len(set(headings)) == 6
    assert all(s.body for s in card.sections)


def test_candidates_can_be_tapped_or_declined() -> None:
    reply = RENDERER.clarification([SUPPORTS["desk"], SUPPORTS["shop"]])
    assert ids(reply.choices) == ["s:desk", "s:shop", "c:none"]


def test_an_out_of_scope_answer_names_a_hotline() -> None:
    assert "12333" in RENDERER.unknown_answer("wages", other_city=False).text
    assert "12345" in RENDERER.unknown_answer("", other_city=False).text
    assert "别的城市" in RENDERER.unknown_answer("", other_city=True).text


def test_a_named_hotline_has_a_link_to_dial_it() -> None:
    def links(reply: Reply) -> list[tuple[str, str]]:
        return [(link.label, link.url) for link in reply.links]

    assert links(RENDERER.unknown_answer("wages", other_city=False)) == [
        ("拨打 12333", "tel:12333")
    ]
    assert links(RENDERER.unknown_answer("", other_city=False)) == [("拨打 12345", "tel:12345")]
    assert links(RENDERER.unknown_answer("", other_city=True)) == []
    for reply in (
        RENDERER.field_answer(SUPPORTS["subsidy"], {}, "who"),
        RENDERER.full_answer(SUPPORTS["subsidy"], {}, "who"),
    ):
        assert links(reply) == [("拨打 12345", "tel:12345")]
    assert links(RENDERER.field_answer(SUPPORTS["subsidy"], {}, "amount")) == []


def test_the_profile_summary_lists_each_answer_with_an_edit_option() -> None:
    session = Session().with_answer("identity", ("student", "company")).with_answer("stage", ())
    reply = RENDERER.profile_summary(session)
    assert "身份：在校学生、企业" in reply.text
    assert "创业阶段：跳过了" in reply.text
    assert {"c:edit:identity", "c:edit:stage", "c:forget"} <= set(ids(reply.choices))


def test_the_profile_summary_says_that_there_are_no_answers() -> None:
    assert "还没有" in RENDERER.profile_summary(Session()).text


def test_the_profile_summary_leaves_out_unknown_slots() -> None:
    session = Session().with_answer("gone", ("x",)).with_answer("stage", ("idea",))
    assert "创业阶段" in RENDERER.profile_summary(session).text
    assert "gone" not in RENDERER.profile_summary(session).text


def test_a_question_offers_its_choices_skip_and_back() -> None:
    reply = RENDERER.question(KNOWLEDGE.slots["needs"])
    assert ids(reply.choices) == ["a:needs:funding", "a:needs:venue", "c:skip", "c:back"]
    assert reply.multiple


def test_the_first_question_does_not_offer_back() -> None:
    reply = RENDERER.question(KNOWLEDGE.slots["stage"], first=True)
    assert "c:back" not in ids(reply.choices)
    assert not reply.multiple


def test_several_fields_are_answered_in_order_without_later_rules() -> None:
    text = RENDERER.field_answer(SUPPORTS["shop"], {}, "amount", "materials").text
    assert text.index("金额") < text.index("材料")
    assert "最高30万元" not in text
    assert "后来的规定" in text


def test_the_reason_says_that_no_change_is_needed_if_the_support_applies() -> None:
    assert "不用换条件" in RENDERER.field_answer(SUPPORTS["enrolment"], STUDENT, "why").text
    assert "不用换条件" not in RENDERER.field_answer(SUPPORTS["subsidy"], STUDENT, "why").text


# -- later rules ---------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["amount", "deadline", "conditions", "steps", "materials"])
def test_a_later_rule_is_shown_with_its_field(field: str) -> None:
    about = replace(SUPPORTS["shop"].updates[0], about=(field,))
    shop = replace(SUPPORTS["shop"], updates=(about,))
    asked = RENDERER.field_answer(shop, {}, field).text
    assert "最高30万元" in asked
    assert "说“后来的规定”就能看" not in asked


@pytest.mark.parametrize("field", ["amount", "deadline", "conditions", "steps", "materials"])
def test_other_fields_only_hint_at_later_rules(field: str) -> None:
    others = [f for f in ("amount", "deadline") if f != field]
    for about in ((), tuple(others)):
        rule = replace(SUPPORTS["shop"].updates[0], about=about)
        shop = replace(SUPPORTS["shop"], updates=(rule,))
        asked = RENDERER.field_answer(shop, {}, field).text
        assert "最高30万元" not in asked
        assert "说“后来的规定”就能看" in asked
        assert "最高30万元" in RENDERER.field_answer(shop, {}, "updates").text


def test_a_full_answer_shows_a_later_rule_once() -> None:
    rule = replace(SUPPORTS["shop"].updates[0], about=("amount",))
    shop = replace(SUPPORTS["shop"], updates=(rule,))
    renderer = AnswerRenderer(Phrasebook(knowledge(supports={"shop": shop}), TODAY))
    text = renderer.full_answer(shop, {}, "amount").text
    assert text.count("最高30万元") == 1
    assert "说“后来的规定”就能看" not in text
    assert "说“后来的规定”就能看" in renderer.full_answer(shop, {}).text
