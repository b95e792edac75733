"""Fact units: the parts of a support, and the unit that answers a question."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.responses.fact_units import COVERS, FactUnits, UnitKind


@pytest.fixture(scope="module")
def units(base: KnowledgeBase) -> FactUnits:
    """Return the units of the knowledge that is served."""
    return base.units


def test_every_statement_of_a_support_is_a_unit(units: FactUnits, base: KnowledgeBase) -> None:
    for support in base.knowledge.supports.values():
        texts = {unit.text for unit in units.of(support)}
        assert {support.summary, *support.also_requires, *support.unstated} <= texts
        for update in support.updates:
            assert all(part in texts for part in update.say.split("；"))


@pytest.mark.parametrize(
    ("support", "question", "kind", "words"),
    [
        ("startup-university", "是免费的吗", UnitKind.SUMMARY, "免费"),
        ("startup-guarantee-loan", "利息高不高", UnitKind.LATER, "LPR"),
        ("leave-and-keep-enrolment", "奖助学金还发吗", UnitKind.UNSTATED, "奖助学金"),
        ("leave-and-keep-enrolment", "复学能不能换个专业读", UnitKind.LATER, "转专业"),
        ("one-licence-registration", "认缴的注册资本几年到位", UnitKind.LATER, "5年内实缴"),
        ("makerspace-operating-grant", "是哪年能连续拿几年", UnitKind.UNSTATED, "连续"),
    ],
)
def test_the_unit_that_covers_the_question_comes_first(
    support: str, question: str, kind: UnitKind, words: str, units: FactUnits, base: KnowledgeBase
) -> None:
    best = units.hits(question, (), (base.knowledge.supports[support],))[0]
    assert best.coverage >= COVERS
    assert best.unit.kind is kind
    assert words in best.unit.text


def test_the_choice_is_the_same_in_a_new_process(units: FactUnits, base: KnowledgeBase) -> None:
    support = base.knowledge.supports["startup-guarantee-loan"]
    again = KnowledgeBase(base.knowledge, base.index).units
    assert again.hits("利息高不高", (), (support,)) == units.hits("利息高不高", (), (support,))


def test_a_question_without_words_of_the_support_has_no_unit(
    units: FactUnits, base: KnowledgeBase
) -> None:
    hits = units.hits("月亮上种土豆", (), (base.knowledge.supports["startup-university"],))
    assert all(hit.coverage < COVERS for hit in hits)


def test_the_questions_of_a_later_rule_are_about_its_first_part(
    units: FactUnits, base: KnowledgeBase
) -> None:
    known = base.knowledge.supports["leave-and-keep-enrolment"]
    rule = replace(
        known.updates[0], say="学籍可以延长2年；回来以后免修军训", questions=("学籍能延长几年",)
    )
    support = replace(known, id="other", updates=(rule,))
    first, second = rule.say.split("；")[:2]
    hits = units.hits(base.reader.clean(rule.questions[0]), (), (support,))
    covered = {hit.unit.text: hit.literal for hit in hits}
    assert covered[first] == 1.0
    assert covered.get(second, 0.0) < COVERS


@pytest.mark.parametrize(
    ("support", "question", "words"),
    [
        ("one-licence-registration", "填的资本要不要当场拿现钱出来", "5年内实缴"),
        ("pooled-loans", "贷得太少是不是没得贴", "10万元"),
        ("startup-guarantee-loan", "工资没按时发过的厂够格不", "拖欠工资"),
        ("startup-guarantee-loan", "创业担保贷款", ""),
        ("leave-and-keep-enrolment", "食堂的饭好不好吃", ""),
    ],
)
def test_a_rule_is_found_by_the_sample_that_asks_most_alike(
    support: str, question: str, words: str, units: FactUnits, base: KnowledgeBase
) -> None:
    found = units.asked_for(question, (base.knowledge.supports[support],))
    assert (words in found.text) if found and words else found is None and not words
