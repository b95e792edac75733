"""The real knowledge: every check and conversation holds, and none of them is idle: whatever is
changed in a condition, a quote, a clause or a lead bureau is noticed by at least one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache as once
from pathlib import Path

import pytest

from bench.quality import Mark, mark, ours, share
from bot.content.checks.scenario_runner import check_scenarios
from bot.content.documents.problems import Problems
from bot.content.readers.build_context import Reading
from bot.content.readers.loader import read_folder, scenarios
from bot.content.readers.scenarios import Scenario
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.knowledge import Condition, Knowledge, Support
from tests.knowledge_base import DAY, KNOWLEDGE, questions

SCENARIOS = scenarios(KNOWLEDGE)


def test_the_folder_passes_every_check() -> None:
    from bot.content.checks.run import check

    assert [str(problem) for problem in check(KNOWLEDGE, DAY)] == []


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: f"{Path(s.file).stem}:{s.line}")
def test_a_conversation_goes_as_it_is_written(scenario: Scenario, base: KnowledgeBase) -> None:
    assert [str(problem) for problem in check_scenarios([scenario], base, DAY)] == []


def test_there_are_conversations_for_every_support(base: KnowledgeBase) -> None:
    told = "\n".join(_named(scenario) for scenario in SCENARIOS)
    silent = [s.id for s in base.knowledge.benefits if s.id not in told and s.title not in told]
    assert silent == []


# -- nothing can change unnoticed ---------------------------------------------------------------


@dataclass(frozen=True)
class Mutant:
    """A support with one thing wrong in it."""

    what: str
    support: Support


@once
def _reading() -> Reading:
    return read_folder(KNOWLEDGE)[1]


def _named(scenario: Scenario) -> str:
    """Everything that a scenario names."""
    words: list[str] = []
    for step in scenario.talk:
        expect = step.expect
        words += [step.tap, expect.focus or "", *expect.says]
        words += [*(expect.applies or ()), *(expect.maybe or ()), *(expect.not_applicable or ())]
    return "\n".join(words)


def wrong_conditions(support: Support, knowledge: Knowledge) -> Iterator[Mutant]:
    """The support with one condition dropped, or one choice replaced by the next one."""
    for number, condition in enumerate(support.conditions):
        others = (*support.conditions[:number], *support.conditions[number + 1 :])
        yield Mutant(f"without {condition.slot}", replace(support, conditions=others))
        ids = [c.id for c in knowledge.slots[condition.slot].choices]
        for choice in condition.allowed:
            start = ids.index(choice)
            rest = (*ids[start + 1 :], *ids[:start])
            other = next((i for i in rest if i not in condition.allowed), None)
            if other is None:
                continue
            allowed = tuple(other if c == choice else c for c in condition.allowed)
            changed = (
                *support.conditions[:number],
                Condition(condition.slot, allowed),
                *support.conditions[number + 1 :],
            )
            yield Mutant(f"{choice} → {other}", replace(support, conditions=changed))


@pytest.fixture(scope="session")
def sound(base: KnowledgeBase) -> tuple[Scenario, ...]:
    """The scenarios that hold as the knowledge is: only they can notice a change."""
    return tuple(s for s in SCENARIOS if not check_scenarios([s], base, DAY))


def notices(mutant: Mutant, base: KnowledgeBase, sound: tuple[Scenario, ...]) -> bool:
    """Whether some conversation goes wrong; those that name the support are played first."""
    name, title = mutant.support.id, mutant.support.title
    supports = {**base.knowledge.supports, name: mutant.support}
    changed = KnowledgeBase(replace(base.knowledge, supports=supports), base.index)
    names = {
        s.name for s in sound if re.search(rf"\b{re.escape(name)}\b|{re.escape(title)}", _named(s))
    }
    ordered = sorted(sound, key=lambda s: s.name not in names)
    return any(check_scenarios([scenario], changed, DAY) for scenario in ordered)


def test_a_wrong_condition_is_noticed(base: KnowledgeBase, sound: tuple[Scenario, ...]) -> None:
    unnoticed = [
        f"{support.id}: {mutant.what}"
        for support in base.knowledge.benefits
        for mutant in wrong_conditions(support, base.knowledge)
        if not notices(mutant, base, sound)
    ]
    assert unnoticed == []


def problems_of(reading: Reading) -> Problems:
    """What the rules of the letter say of this reading."""
    from bot.content.checks.verbatim import check_verbatim

    check_verbatim(reading)
    return reading.problems


def test_a_quote_with_one_wrong_character_is_noticed() -> None:
    held = _reading()
    unnoticed = []
    for support in held.supports.values():
        for place in range(len(support.quote)):
            quote = f"{support.quote[:place]}〇{support.quote[place + 1 :]}"
            changed = {support.id: replace(support, quote=quote)}
            # the clauses are checked elsewhere: here only the one that is quoted
            clauses = {support.clause: held.clauses[support.clause]}
            reading = replace(
                held, problems=Problems(), supports=changed, clauses=clauses, papers={}
            )
            if not problems_of(reading):
                unnoticed.append(f"{support.id}: {quote}")
    assert unnoticed == []


def test_a_wrong_lead_bureau_is_noticed() -> None:
    held = _reading()
    assert not problems_of(replace(held, problems=Problems()))
    leads = {s.clause for s in held.supports.values()}
    unnoticed = []
    for name in leads:
        clause = held.clauses[name]
        if len(clause.bureaus) < 2:
            continue
        second, first, *rest = clause.bureaus
        swapped = replace(clause, bureaus=(first, second, *rest))
        reading = replace(
            held, problems=Problems(), clauses={name: swapped}, supports={}, papers={}
        )
        if not problems_of(reading):
            unnoticed.append(name)
    assert unnoticed == []


def test_a_wrong_character_in_a_clause_is_noticed() -> None:
    held = _reading()
    unnoticed = []
    for number, clause in enumerate(held.clauses.values()):
        place = (7 * number) % len(clause.text)
        changed = replace(clause, text=f"{clause.text[:place]}〇{clause.text[place + 1 :]}")
        reading = replace(held, problems=Problems(), clauses={clause.id: changed}, supports={})
        if not problems_of(reading):
            unnoticed.append(clause.id)
    assert unnoticed == []


# -- questions ----------------------------------------------------------------------------------


def marks(base: KnowledgeBase, name: str) -> list[Mark]:
    way = ours(base)
    return [mark(q, way(q.text)) for q in questions(name)]


def test_the_questions_of_set_a_are_found_and_answered(base: KnowledgeBase) -> None:
    found = marks(base, "a")
    inside = [m for m in found if m.first is not None]
    outside = [m for m in found if m.first is None]
    assert (share(m.first for m in inside) or 0) >= 95
    assert (share(m.three for m in inside) or 0) >= 99
    assert (share(m.unknown for m in inside) or 0) <= 5
    assert (share(m.served for m in outside) or 0) >= 93


def test_the_hard_questions_of_set_b_are_found(base: KnowledgeBase) -> None:
    found = marks(base, "b")
    assert (share(m.first for m in found) or 0) >= 88
    assert (share(m.three for m in found) or 0) >= 96


def plain(text: str) -> str:
    """Letters and figures only, whatever their width and case."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


def test_no_question_of_the_sets_was_learnt_by_heart(base: KnowledgeBase) -> None:
    supports, signposts = base.knowledge.supports, base.knowledge.signposts
    known = {plain(q) for support in supports.values() for q in support.questions}
    known |= {plain(q) for signpost in signposts.values() for q in signpost.questions}
    known |= {plain(step.say) for scenario in SCENARIOS for step in scenario.talk}
    learnt = [q.text for name in "ab" for q in questions(name) if plain(q.text) in known]
    # four characters and less are what a thing is called (休学, 贷款): no question to learn
    assert [text for text in learnt if len(plain(text)) > 4] == []
