"""Texts from the phrases of the knowledge."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.core.domain.knowledge import Knowledge, PolicyStatus, Support, SupportStatus
from bot.core.domain.replies import Line, Role
from bot.core.domain.session import Profile
from bot.core.eligibility.verdicts import evaluate
from bot.core.responses.phrasebook import Phrasebook
from tests.core.small_knowledge import knowledge, support

DAY = date(2026, 1, 1)
KNOWLEDGE = knowledge()
PHRASEBOOK = Phrasebook(KNOWLEDGE, DAY)
SUPPORTS = KNOWLEDGE.supports


def with_policy(**changes: object) -> Knowledge:
    paper = replace(KNOWLEDGE.policies["paper"], **changes)  # type: ignore[arg-type]  # any field
    return replace(KNOWLEDGE, policies={"paper": paper})


def verdict(given: Support, profile: Profile) -> str:
    return PHRASEBOOK.verdict(evaluate(given, profile, KNOWLEDGE, DAY), profile)


def reasons(given: Support, profile: Profile) -> str:
    return PHRASEBOOK.condition_report(evaluate(given, profile, KNOWLEDGE, DAY), profile)


def test_the_contacts_of_a_support_are_found_in_a_text_that_has_all_of_them() -> None:
    for each in SUPPORTS.values():
        contacts = PHRASEBOOK.contacts(each, {}, all_bureaus=False)
        assert PHRASEBOOK.contacts_in(f"牵头：{contacts}。", each, {}) == contacts
        assert PHRASEBOOK.contacts_in(contacts[:-1], each, {}) == ""
        assert PHRASEBOOK.contacts_in("没有", each, {}) == ""


def test_the_lead_bureau_comes_first_and_an_open_list_ends_in_deng() -> None:
    assert PHRASEBOOK.bureaus(SUPPORTS["enrolment"]) == "牵头：市教育局　配合：人社局等"


def test_the_other_bureaus_follow_in_the_order_of_the_clause() -> None:
    assert PHRASEBOOK.bureaus(SUPPORTS["desk"]).endswith("配合：财政局、各县区政府")


def test_a_clause_without_bureaus_names_the_hotline() -> None:
    assert "12345" in PHRASEBOOK.bureaus(SUPPORTS["open"])
    assert "12345" in PHRASEBOOK.contacts(SUPPORTS["open"], {})
    assert PHRASEBOOK.contact(SUPPORTS["open"]) == "12345"


def test_a_renamed_bureau_has_its_present_day_name() -> None:
    assert "市科技局（现在叫柳州市科学技术局）" in PHRASEBOOK.contacts(SUPPORTS["desk"], {})


def test_a_bureau_with_the_same_name_is_named_once() -> None:
    assert "现在叫" not in PHRASEBOOK.contacts(SUPPORTS["enrolment"], {})


def test_a_bureau_without_a_proven_name_needs_to_be_verified() -> None:
    unproven = replace(KNOWLEDGE, bureaus={})
    assert "叫什么请问 12345" in Phrasebook(unproven, DAY).contacts(SUPPORTS["enrolment"], {})


def test_the_county_government_is_named_if_the_clause_names_counties() -> None:
    assert "柳北区人民政府" in PHRASEBOOK.contacts(SUPPORTS["desk"], {"district": ("liubei",)})


@pytest.mark.parametrize("profile", [{}, {"district": ("elsewhere",)}, {"district": ("gone",)}])
def test_no_county_government_is_invented(profile: Profile) -> None:
    assert "您所在县区" not in PHRASEBOOK.contacts(SUPPORTS["desk"], profile)


def test_the_county_government_is_left_out_if_the_clause_names_no_counties() -> None:
    assert "柳北区" not in PHRASEBOOK.contacts(SUPPORTS["enrolment"], {"district": ("liubei",)})


def test_the_basis_has_title_date_and_place() -> None:
    assert PHRASEBOOK.basis(SUPPORTS["desk"]) == "依据：众创空间方案（2016-02-05）二（一）1"


def test_unstated_topics_are_listed_with_a_contact() -> None:
    said = PHRASEBOOK.unstated(SUPPORTS["enrolment"])
    assert "休学最长几年、要交什么材料" in said
    assert "学校教务处" in said
    assert PHRASEBOOK.unstated(SUPPORTS["shop"]) == ""


def test_whom_to_ask_first_names_the_lead_bureau_too_if_that_is_another() -> None:
    enrolment = SUPPORTS["enrolment"]
    lead = PHRASEBOOK.clause(enrolment).lead
    assert lead not in enrolment.ask
    assert PHRASEBOOK.first_contact(enrolment).startswith(enrolment.ask)
    assert f"由{lead}牵头" in PHRASEBOOK.first_contact(enrolment)
    led = replace(enrolment, ask=f"学校或{lead}")
    assert PHRASEBOOK.first_contact(led) == PHRASEBOOK.unstated_contact(led)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (PolicyStatus.UNVERIFIED, "文件目标年是 2020 年"),
        (PolicyStatus.EXPIRED, "已经到期"),
        (PolicyStatus.SUPERSEDED, "已被新文件代替"),
    ],
)
def test_the_status_of_the_policy_is_stated(status: PolicyStatus, words: str) -> None:
    said = Phrasebook(with_policy(status=status), DAY).validity(SUPPORTS["desk"])
    assert words in said
    assert "市科技局" in said


def test_a_policy_in_force_has_its_verification_date() -> None:
    fresh = with_policy(status=PolicyStatus.IN_FORCE, last_verified=date(2025, 12, 1))
    assert Phrasebook(fresh, DAY).validity(SUPPORTS["desk"]) == "最近核实：2025-12-01"


def test_a_policy_in_force_without_verification_states_nothing() -> None:
    assert (
        Phrasebook(with_policy(status=PolicyStatus.IN_FORCE), DAY).validity(SUPPORTS["desk"]) == ""
    )


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (SupportStatus.EXPIRED, "已经到期"),
        (SupportStatus.EXHAUSTED, "额度已经用完"),
        (SupportStatus.SUSPENDED, "暂停办理"),
        (SupportStatus.SUPERSEDED, "已被新文件代替"),
    ],
)
def test_a_support_that_is_not_available_says_so(status: SupportStatus, words: str) -> None:
    assert words in PHRASEBOOK.validity(support("x", status=status))


@pytest.mark.parametrize(("day", "over"), [(DAY, False), (date(2026, 1, 2), True)])
def test_a_support_expires_the_day_after_its_last_day(day: date, over: bool) -> None:
    until = support("x", valid_until=DAY)
    assert ("这一项已经到期" in Phrasebook(KNOWLEDGE, day).validity(until)) is over


def test_a_later_rule_has_date_source_and_grade() -> None:
    said = PHRASEBOOK.later_rules(SUPPORTS["shop"])
    assert "2024-05《贷款新办法》" in said
    assert "最高30万元" in said
    assert "（来源：政府网页）" in said


def test_a_card_has_the_address_of_the_source() -> None:
    said = PHRASEBOOK.rules_with_addresses(SUPPORTS["shop"].updates)
    assert "（来源：http://gx.example/1.html，政府网页）" in said


def test_the_cooperating_bureaus_are_left_out_if_only_the_lead_is_asked() -> None:
    assert "配合的有" in PHRASEBOOK.contacts(SUPPORTS["desk"], {})
    assert "配合的有" not in PHRASEBOOK.contacts(SUPPORTS["desk"], {}, all_bureaus=False)


def test_the_last_day_of_a_later_rule_is_stated() -> None:
    rule = replace(SUPPORTS["shop"].updates[0], valid_until=date(2027, 12, 31))
    assert "2027-12-31" in PHRASEBOOK.later_rules(support("x", updates=(rule,)))


def test_no_known_later_rule_does_not_mean_that_there_is_none() -> None:
    assert "不等于没有" in PHRASEBOOK.later_rules(SUPPORTS["desk"])


def test_the_verdict_names_the_deciding_answer() -> None:
    shop = SUPPORTS["shop"]
    yes = verdict(shop, {"identity": ("graduate",)})
    no = verdict(shop, {"identity": ("operator",)})
    maybe = verdict(shop, {})
    assert "适合" in yes
    assert "高校毕业生" in yes
    assert "不适合" in no
    assert "运营方" in no
    assert "可能适合" in maybe
    assert "身份" in maybe


def test_the_condition_report_has_the_state_of_each_condition() -> None:
    firm = SUPPORTS["firm"]
    assert "您还没说" in reasons(firm, {})
    assert "不符合" in reasons(firm, {"identity": ("student",), "stage": ("idea",)})
    assert "——符合" in reasons(firm, {"identity": ("company",)})
    assert "如果您也算" in reasons(firm, {"identity": ("student",), "stage": ("startup",)})


def test_the_condition_report_without_conditions_says_for_everyone() -> None:
    assert "谁都可以" in reasons(SUPPORTS["open"], {})


def test_further_requirements_are_listed_separately() -> None:
    assert "入驻众创空间" in reasons(SUPPORTS["desk"], {"stage": ("idea",)})


def test_an_unknown_choice_is_shown_by_its_id() -> None:
    assert PHRASEBOOK.labels("stage", ("gone",)) == "gone"
    assert PHRASEBOOK.labels("gone", ("idea",)) == "idea"


def test_braces_in_a_value_are_not_placeholders() -> None:
    assert "{lead}" in PHRASEBOOK.say("quote", quote="写作 {lead}")


def test_the_choice_none_is_left_out_of_stated_labels() -> None:
    assert PHRASEBOOK.stated_labels("identity", ("none",)) == ""
    assert PHRASEBOOK.stated_labels("identity", ("student",)) == "在校学生"
    assert "都不是" not in verdict(SUPPORTS["shop"], {"identity": ("none",)})
    assert "都不是" not in reasons(SUPPORTS["shop"], {"identity": ("none",)})


def test_a_requirement_that_an_answer_states_in_the_same_words_is_not_repeated() -> None:
    student = replace(SUPPORTS["enrolment"], also_requires=("须是在校学生", "须是团员"))
    assert PHRASEBOOK.further_requirements(student, {"identity": ("student",)}) == ("须是团员",)
    assert PHRASEBOOK.further_requirements(student, {}) == ("须是在校学生", "须是团员")


def test_a_requirement_that_is_narrower_than_the_answer_stays() -> None:
    student = replace(SUPPORTS["enrolment"], also_requires=("须是在校大学生",))
    told = {"identity": ("student",)}
    assert PHRASEBOOK.further_requirements(student, told) == ("须是在校大学生",)


def test_a_policy_summary_has_date_and_status() -> None:
    said = PHRASEBOOK.policy_summary(KNOWLEDGE.policies["paper"])
    assert said.startswith("依据：众创空间方案（2016-02-05）\n⚠ ")
    assert "2020 年" in said
    sure = with_policy(status=PolicyStatus.IN_FORCE)
    assert (
        Phrasebook(sure, DAY).policy_summary(sure.policies["paper"])
        == "依据：众创空间方案（2016-02-05）"
    )


def test_a_reply_gives_every_line_its_role_and_says_no_line_twice() -> None:
    line, fact = Line(Role.ANSWER, "能。"), Line(Role.FACT, "一行\n又一行")
    reply = PHRASEBOOK.reply(line, fact, Line(Role.HINT, ""), line)
    assert reply.text == "能。\n一行\n又一行"
    assert [x.role for x in reply.layout()] == [Role.ANSWER, Role.FACT, Role.FACT]
