"""The results list and the list of supports that do not apply."""

from __future__ import annotations

import json

from bot.core.domain.knowledge import Knowledge
from bot.core.domain.replies import MAX_FINDINGS, FindingLine, Reply, Role, Turn
from bot.core.domain.session import Profile, Session
from bot.core.eligibility.verdicts import Finding, evaluate_all, rank
from bot.core.responses.phrasebook import Phrasebook
from bot.core.responses.results_list import (
    BEST,
    PAGE_SIZE,
    best_list,
    ineligible_list,
    results_page,
)
from bot.core.responses.support_answer import AnswerRenderer
from tests.core.small_knowledge import knowledge, support
from tests.knowledge_base import DAY

KNOWLEDGE = knowledge()
STUDENT: Profile = {"identity": ("student",)}


def renderer(knowledge: Knowledge) -> AnswerRenderer:
    return AnswerRenderer(Phrasebook(knowledge, DAY))


def findings(knowledge: Knowledge, profile: Profile) -> tuple[Finding, ...]:
    return rank(evaluate_all(knowledge, profile, DAY), profile)


def results(
    profile: Profile, page: int = 0, knowledge: Knowledge = KNOWLEDGE
) -> tuple[Reply, tuple[FindingLine, ...]]:
    made = results_page(renderer(knowledge), profile, findings(knowledge, profile), page)
    return made.reply, made.findings


def ineligible(profile: Profile) -> tuple[Reply, tuple[str, ...]]:
    return ineligible_list(renderer(KNOWLEDGE), profile, findings(KNOWLEDGE, profile))


def test_results_are_grouped_without_supports_that_do_not_apply() -> None:
    reply, lines = results(STUDENT)
    phrases = KNOWLEDGE.phrases
    assert reply.text.index(phrases["group_applies"]) < reply.text.index("休学创业保留学籍")
    assert reply.text.index("休学创业保留学籍") < reply.text.index(phrases["group_maybe"])
    assert "众创空间补助" not in reply.text
    assert "c:others" in [o.id for o in reply.choices]
    assert [x.support for x in lines if x.verdict == "not_applicable"] == ["subsidy"]
    assert len(lines) == len(KNOWLEDGE.benefits)


def test_results_state_the_age_of_the_policy() -> None:
    assert "2020 年" in results({})[0].text


def test_results_note_that_the_user_is_outside_the_city() -> None:
    assert "不在柳州" in results({"district": ("elsewhere",)})[0].text


def test_pages_show_each_support_that_may_apply_once() -> None:
    many = {f"s{n}": support(f"s{n}") for n in range(2 * PAGE_SIZE + 1)}
    shown = []
    for page in range(3):
        reply, _ = results({}, page, knowledge(supports=many))
        shown += [i for i in [o.id for o in reply.choices] if i.startswith("s:")]
        assert ("c:more" in [o.id for o in reply.choices]) is (page < 2)
    assert shown == [f"s:{name}" for name in many]


def test_a_page_after_the_last_says_that_there_is_no_more() -> None:
    assert "没有更多" in results({}, 99)[0].text


def test_the_list_of_ineligible_supports_states_the_reason() -> None:
    reply, cites = ineligible(STUDENT)
    assert "众创空间补助" in reply.text
    assert "运营方" in reply.text
    assert cites == ("1.1",)


def test_the_list_of_ineligible_supports_has_a_text_when_it_is_empty() -> None:
    assert ineligible({})[0].text


def test_supports_that_meet_a_need_have_their_own_heading() -> None:
    text = results({**STUDENT, "needs": ("funding",)})[0].text
    phrases = KNOWLEDGE.phrases
    assert text.index(phrases["group_wanted"]) < text.index("开网店贴息")
    assert text.index("开网店贴息") < text.index(phrases["group_also"])
    assert text.index(phrases["group_also"]) < text.index("休学创业保留学籍")


def test_a_turn_carries_200_findings_and_counts_all_of_them() -> None:
    open_to_all = [support(f"open-{n}", "9.9") for n in range(500)]
    for_operators = [support(f"op-{n}", given={"identity": ("operator",)}) for n in range(300)]
    many = knowledge(supports={s.id: s for s in (*open_to_all, *for_operators)})
    ranked = findings(many, STUDENT)
    page = results_page(renderer(many), STUDENT, ranked)

    shown = [option.id[2:] for option in page.reply.choices if option.id.startswith("s:")]
    assert [line.support for line in page.findings] == [
        f.support.id for f in ranked[:MAX_FINDINGS]
    ]
    assert shown == [line.support for line in page.findings[:PAGE_SIZE]]
    assert dict(page.counts) == {"applies": 500, "not_applicable": 300}

    last = results_page(renderer(many), STUDENT, ranked, 500 // PAGE_SIZE - 1)
    shown = [o.id for o in last.reply.choices][:PAGE_SIZE]
    assert shown[-2:] == ["s:open-498", "s:open-499"]

    turn = Turn(Session(), (page.reply,), findings=page.findings, finding_counts=page.counts)
    assert turn.record()["finding_counts"] == dict(page.counts)
    assert len(json.dumps(turn.record())) < 30_000


def test_only_turns_with_results_count_findings() -> None:
    assert "finding_counts" not in Turn(Session(), (Reply("您好"),)).record()


def test_the_best_list_says_what_each_support_gives_and_names_no_one_else() -> None:
    profile = {**STUDENT, "needs": ("funding",)}
    reply = best_list(renderer(KNOWLEDGE), profile, findings(KNOWLEDGE, profile)).reply
    items = [line.text for line in reply.layout() if line.role is Role.ITEM]
    assert items[0].startswith("· 开网店贴息")
    assert len(items) <= BEST
    assert KNOWLEDGE.supports["subsidy"].title not in reply.text
    assert [line.role for line in reply.layout()][-1] is Role.WARNING


def test_what_nobody_can_apply_for_is_listed_last_of_its_kind() -> None:
    held = {name: support(name, general=name == "first") for name in ("first", "second")}
    order = [f.support.id for f in findings(knowledge(supports=held), {})]
    assert order == ["second", "first"]
