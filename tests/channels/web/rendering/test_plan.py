"""The plan on the result page: the first three supports, with what to ask."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from bot.app.composition import result_cards
from bot.channels.web.app import build_web
from bot.channels.web.http.signing import SharedResult, short_result
from bot.channels.web.rendering.plan_items import MAX_ITEMS, Plan, plan_of
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.responses.phrasebook import Phrasebook
from tests.channels.web.scripted_guide import CARDS, ScriptedGuide, scripted_deps
from tests.channels.web.web_client import client_of

TODAY = date(2026, 11, 23)
KEY = b"a key for tests, thirty-two long"
PROFILE = {"identity": ("graduate",), "stage": ("startup",), "needs": ("funding",)}


def planned(base: KnowledgeBase) -> Plan:
    """Return the plan for PROFILE."""
    cards = result_cards(base, PROFILE, TODAY)
    return plan_of(cards, Phrasebook(base.knowledge, TODAY), base.knowledge, PROFILE)


def test_the_plan_has_the_best_three_with_clause_bureau_and_open_questions(
    base: KnowledgeBase,
) -> None:
    knowledge, plan = base.knowledge, planned(base)
    for item in plan.items:
        support = knowledge.supports[item.card.support]
        assert item.gets == support.summary
        assert item.questions == support.unstated
        assert knowledge.clauses[support.clause].place in item.place
        assert item.whom
        assert support.title in plan.phone_line
    fitting = [
        card.support
        for card in result_cards(base, PROFILE, TODAY)
        if card.verdict in ("applies", "fits")
    ]
    assert len(plan.items) == MAX_ITEMS
    assert [item.card.support for item in plan.items] == fitting[:MAX_ITEMS]


def test_cards_that_the_knowledge_does_not_have_make_no_plan(base: KnowledgeBase) -> None:
    assert plan_of(CARDS, Phrasebook(base.knowledge, TODAY), base.knowledge, PROFILE) == Plan()


async def test_the_page_opens_the_plan_and_folds_the_rest(base: KnowledgeBase) -> None:
    deps = replace(
        scripted_deps(ScriptedGuide()),
        knowledge=lambda: base.knowledge,
        result_card=lambda profile, day: result_cards(base, profile, day),
    )
    shared = SharedResult(PROFILE, TODAY, base.knowledge.version)
    code = short_result(KEY, shared, base.knowledge.slots)
    assert len(code) <= 40
    async with client_of(build_web(deps)) as http:
        page = (await http.get(f"/r/{code}")).text
    plan, _, rest = page.partition("</section>")
    items = planned(base).items
    assert plan.count('<article class="plan') == len(items)
    for item in items:
        for words in (item.card.title, item.gets, item.whom, item.place, *item.questions):
            assert words in plan
        assert f'<span class="name">{item.card.title}' not in rest
    boxes = len(items) + sum(len(item.questions) for item in items)
    assert plan.count('type="checkbox"') == boxes
    assert re.search(r'<details class="group"><summary><h2>也适合您的（\d+）', rest)
