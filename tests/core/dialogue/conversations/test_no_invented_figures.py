"""No reply contains an amount, a telephone number or a date without a source."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import pytest

from bot.core.dialogue.actions.commands import COMMANDS
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.knowledge import Knowledge, Support
from bot.core.domain.replies import Turn
from bot.core.domain.session import Session
from tests.core.small_knowledge import talk
from tests.knowledge_base import KNOWLEDGE, questions

FIGURE = re.compile(r"[0-9０-９]+(?:[.,][0-9]+)*|[一二三四五六七八九十百千]+万?元")
PROFILES: tuple[dict[str, str], ...] = (
    {},
    {"identity": "student", "stage": "idea", "needs": "funding", "district": "liubei"},
    {"identity": "operator", "stage": "established", "district": "elsewhere"},
    {"identity": "migrant_worker", "stage": "startup", "needs": "training"},
    {"identity": "none"},
)


def figures(texts: Iterable[str]) -> set[str]:
    return {figure for text in texts for figure in FIGURE.findall(text)}


def general_figures(knowledge: Knowledge) -> set[str]:
    """Return the figures that any reply may contain: those of phrases, labels, hotlines, titles
    and dates of policies, and later rules that warn wherever their matter is named."""
    texts = [*knowledge.phrases.values(), *knowledge.hotlines]
    for policy in knowledge.policies.values():
        texts += [policy.title, policy.issued.isoformat(), str(policy.target_year)]
    for slot in knowledge.slots.values():
        texts += [slot.name, slot.question, *(c.label for c in slot.choices)]
    texts += [topic.title for topic in knowledge.signposts.values()]
    for rule in knowledge.always_rules:
        texts += [rule.title, rule.dated, rule.say, rule.source]
    return figures(texts)


def support_figures(support: Support, knowledge: Knowledge) -> set[str]:
    """Return the figures of the clause and the later rules of a support."""
    clause = knowledge.clauses[support.clause]
    texts = [clause.text, clause.place, *(b.now for b in knowledge.bureaus.values())]
    for update in support.updates:
        texts += [update.title, update.dated, update.say, update.source]
        texts += [update.valid_until.isoformat() if update.valid_until else ""]
    return figures(texts)


def texts_of(turn: Turn) -> Iterator[str]:
    """Return every text of a turn that a user can read."""
    for reply in turn.replies:
        yield reply.text
        yield from (o.label for o in reply.choices)
        yield from (x.label for x in reply.links)
        for card in reply.cards:
            yield card.title
            for section in card.sections:
                yield f"{section.heading}\n{section.body}"


def session_of(base: KnowledgeBase, profile: dict[str, str]) -> Session:
    session = Session()
    for slot, choice in profile.items():
        assert base.knowledge.slots[slot].choice(choice)
        session = session.with_answer(slot, (choice,))
    return session


@pytest.mark.parametrize("profile", PROFILES, ids=str)
def test_a_reply_on_a_support_has_only_figures_of_its_clause_and_later_rules(
    base: KnowledgeBase, profile: dict[str, str]
) -> None:
    common = general_figures(base.knowledge)
    session = session_of(base, profile)
    for support in base.knowledge.supports.values():
        allowed = common | support_figures(support, base.knowledge)
        buttons = [f"s:{support.id}", *(f"f:{f}:{support.id}" for f in base.knowledge.fields)]
        for button in buttons:
            invented = figures(texts_of(talk(base, button, session=session)[-1])) - allowed
            assert not invented, (button, invented)


@pytest.mark.parametrize("profile", PROFILES, ids=str)
def test_no_command_invents_a_figure(base: KnowledgeBase, profile: dict[str, str]) -> None:
    knowledge = base.knowledge
    allowed = general_figures(knowledge).union(
        *(support_figures(s, knowledge) for s in knowledge.supports.values())
    )
    session = session_of(base, profile)
    for name in COMMANDS:
        for turn in talk(base, f"c:{name}", "c:more", "c:others", session=session):
            assert figures(texts_of(turn)) <= allowed, name


def test_no_answer_has_a_figure_without_a_source(base: KnowledgeBase) -> None:
    knowledge = base.knowledge
    allowed = general_figures(knowledge).union(
        *(support_figures(s, knowledge) for s in knowledge.supports.values())
    )
    for question in questions("development/everyday-wording")[::3]:
        turn = talk(base, question.text)[-1]
        assert figures(texts_of(turn)) <= allowed, question.text


def test_amounts_and_summaries_have_only_figures_of_the_clause(base: KnowledgeBase) -> None:
    source = "".join(f.read_text(encoding="utf-8") for f in KNOWLEDGE.glob("sources/*.txt"))
    written = figures([source])
    for support in base.knowledge.supports.values():
        promised = figures([support.quote, support.amount, support.summary])
        assert promised <= written, support.id


def test_every_quote_is_in_its_clause_and_is_shown(base: KnowledgeBase) -> None:
    for support in base.knowledge.supports.values():
        assert support.quote
        assert support.quote in base.knowledge.clauses[support.clause].text
        assert support.quote in "\n".join(texts_of(talk(base, f"s:{support.id}")[-1]))


def test_the_clause_is_shown_verbatim(base: KnowledgeBase) -> None:
    for support in base.knowledge.supports.values():
        shown = "\n".join(texts_of(talk(base, f"f:text:{support.id}")[-1]))
        assert base.knowledge.clauses[support.clause].text in shown


def test_the_lead_bureau_is_the_first_one_of_the_clause(base: KnowledgeBase) -> None:
    for support in base.knowledge.supports.values():
        clause = base.knowledge.clauses[support.clause]
        shown = "\n".join(texts_of(talk(base, f"f:who:{support.id}")[-1]))
        if clause.bureaus:
            assert f"牵头的是{clause.bureaus[0]}" in shown
        else:
            assert "12345" in shown
