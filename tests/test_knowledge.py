"""The knowledge that is served: checks, scenarios, sensitivity to errors, quality of answers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache as cached
from pathlib import Path
from typing import NamedTuple

import pytest

from bench.quality import Mark, Way, chat, mark, ours, share
from bot.content.checks.run import check
from bot.content.checks.scenario_runner import check_as_written, check_scenarios
from bot.content.checks.truth.verbatim import check_verbatim
from bot.content.documents.problems import Problems
from bot.content.readers.build_context import BuildContext
from bot.content.readers.loader import read_folder, scenarios
from bot.content.readers.scenarios import Scenario
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.knowledge import Basis, Condition, Knowledge, Support, SupportStatus
from tests.knowledge_base import DAY, KNOWLEDGE, question_sets, questions

SCENARIOS = scenarios(KNOWLEDGE)
# Characters of the longest line of a file of the knowledge.
LINE = 200


def test_the_folder_passes_every_check() -> None:
    assert [str(problem) for problem in check(KNOWLEDGE, DAY)] == []


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: f"{Path(s.file).stem}:{s.line}")
def test_a_scenario_holds(scenario: Scenario, base: KnowledgeBase) -> None:
    assert [str(problem) for problem in check_scenarios([scenario], base, DAY)] == []


def test_no_line_is_too_long_to_read() -> None:
    long = [
        f"{file.relative_to(KNOWLEDGE)}:{number}"
        for file in sorted(KNOWLEDGE.rglob("*.yaml"))
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if len(line) > LINE
    ]
    assert long == []


def test_every_support_is_named_by_a_scenario(base: KnowledgeBase) -> None:
    named = "\n".join(_names(scenario) for scenario in SCENARIOS)
    missing = [s.id for s in base.knowledge.benefits if s.id not in named and s.title not in named]
    assert missing == []


# -- sensitivity: each planted error must be noticed ---------------------------------------------


@dataclass(frozen=True)
class Mutant:
    """A support with one error in it, and a description of the error."""

    error: str
    support: Support


@cached
def _context() -> BuildContext:
    return read_folder(KNOWLEDGE)[1]


def _names(scenario: Scenario) -> str:
    """Return all ids, labels and texts that a scenario expects, one per line."""
    words: list[str] = []
    for step in scenario.talk:
        expect = step.expect
        words += [step.tap, expect.focus or "", *expect.says, *expect.judged]
    return "\n".join(words)


def wrong_conditions(support: Support, knowledge: Knowledge) -> Iterator[Mutant]:
    """Yield the support without one condition, and with one error in a condition."""
    for number, condition in enumerate(support.conditions):
        before, after = support.conditions[:number], support.conditions[number + 1 :]
        yield Mutant(f"without {condition.slot}", replace(support, conditions=before + after))
        for error, wrong in wrong_forms(condition, knowledge):
            changed = replace(support, conditions=(*before, wrong, *after))
            yield Mutant(f"{condition.slot}: {error}", changed)


def wrong_forms(condition: Condition, knowledge: Knowledge) -> Iterator[tuple[str, Condition]]:
    """Yield the condition with one choice replaced by the next one or left out, with the other
    basis, closed or opened, and without its quote, each with a description."""
    ids = [c.id for c in knowledge.slots[condition.slot].choices]
    named = {*condition.allowed, *condition.perhaps}
    for choice in condition.allowed:
        start = ids.index(choice)
        rest = (*ids[start + 1 :], *ids[:start])
        other = next((i for i in rest if i not in named), None)
        if other is not None:
            allowed = tuple(other if c == choice else c for c in condition.allowed)
            yield f"{choice} → {other}", replace(condition, allowed=allowed)
    for choice in condition.perhaps:
        left = tuple(c for c in condition.perhaps if c != choice)
        yield f"without perhaps {choice}", replace(condition, perhaps=left)
    for choice in condition.barred:
        barred = tuple(c for c in condition.barred if c != choice)
        yield f"without barred {choice}", replace(condition, barred=barred)
    if not condition.anyone or condition.barred:
        yield "closed", replace(condition, closed=not condition.closed)
    other_basis = Basis.READING if condition.basis is Basis.PAPER else Basis.PAPER
    yield "basis", replace(condition, basis=other_basis)
    if condition.quote:
        yield "no quote", replace(condition, quote="")


def wrong_statuses(support: Support) -> Iterator[Mutant]:
    """Yield the support with each status that makes it unavailable."""
    for status in (SupportStatus.EXPIRED, SupportStatus.EXHAUSTED, SupportStatus.SUSPENDED):
        yield Mutant(status, replace(support, status=status))


@pytest.fixture(scope="session")
def passing(base: KnowledgeBase) -> tuple[Scenario, ...]:
    """Return the scenarios that hold for the unchanged knowledge: others cannot notice errors."""
    return tuple(s for s in SCENARIOS if not check_as_written([s], base, DAY))


def notices(mutant: Mutant, base: KnowledgeBase, passing: Sequence[Scenario]) -> bool:
    """Return whether a scenario fails for the mutant. Those that state the verdict of the support
    run first, then those that name it."""
    name, title = mutant.support.id, mutant.support.title
    supports = {**base.knowledge.supports, name: mutant.support}
    changed = KnowledgeBase(
        replace(base.knowledge, supports=supports), base.index, base.acts.model
    )
    # Built from what the mutant leaves as it is; building them takes longer than a scenario.
    vars(changed).update(reader=base.reader, acts=base.acts, questions=base.questions)
    pattern = re.compile(rf"\b{re.escape(name)}\b|{re.escape(title)}")

    def distance(scenario: Scenario) -> tuple[bool, bool]:
        judged = any(name in step.expect.judged for step in scenario.talk)
        return not judged, not pattern.search(_names(scenario))

    ordered = sorted(passing, key=distance)
    return any(check_as_written([scenario], changed, DAY) for scenario in ordered)


def test_a_wrong_condition_is_noticed(base: KnowledgeBase, passing: tuple[Scenario, ...]) -> None:
    unnoticed = [
        f"{support.id}: {mutant.error}"
        for support in base.knowledge.benefits
        for mutant in wrong_conditions(support, base.knowledge)
        if not notices(mutant, base, passing)
    ]
    assert unnoticed == []


def test_a_wrong_status_is_noticed(base: KnowledgeBase, passing: tuple[Scenario, ...]) -> None:
    unnoticed = [
        f"{support.id}: {mutant.error}"
        for support in base.knowledge.benefits
        for mutant in wrong_statuses(support)
        if not notices(mutant, base, passing)
    ]
    assert unnoticed == []


def verbatim_problems(context: BuildContext) -> Problems:
    """Return the differences between a reading and the source text."""
    check_verbatim(context)
    return context.problems


def test_a_quote_with_one_wrong_character_is_noticed() -> None:
    original = _context()
    unnoticed = []
    for support in original.supports.values():
        for place in range(len(support.quote)):
            quote = f"{support.quote[:place]}〇{support.quote[place + 1 :]}"
            context = replace(
                original,
                problems=Problems(),
                supports={support.id: replace(support, quote=quote)},
                # only the quoted clause: other tests check the clauses
                clauses={support.clause: original.clauses[support.clause]},
                papers={},
            )
            if not verbatim_problems(context):
                unnoticed.append(f"{support.id}: {quote}")
    assert unnoticed == []


def test_a_wrong_character_in_the_quote_of_a_condition_is_noticed() -> None:
    original = _context()
    unnoticed = []
    for support in original.supports.values():
        for condition in support.conditions:
            for place in range(len(condition.quote)):
                quote = f"{condition.quote[:place]}〇{condition.quote[place + 1 :]}"
                changed = replace(support, conditions=(replace(condition, quote=quote),))
                context = replace(
                    original,
                    problems=Problems(),
                    supports={support.id: changed},
                    clauses={support.clause: original.clauses[support.clause]},
                    papers={},
                )
                if not verbatim_problems(context):
                    unnoticed.append(f"{support.id}: {quote}")
    assert unnoticed == []


def test_a_wrong_lead_bureau_is_noticed() -> None:
    original = _context()
    assert not verbatim_problems(replace(original, problems=Problems()))
    unnoticed = []
    for name in {s.clause for s in original.supports.values()}:
        clause = original.clauses[name]
        if len(clause.bureaus) < 2:
            continue
        second, first, *rest = clause.bureaus
        swapped = replace(clause, bureaus=(first, second, *rest))
        context = replace(
            original, problems=Problems(), clauses={name: swapped}, supports={}, papers={}
        )
        if not verbatim_problems(context):
            unnoticed.append(name)
    assert unnoticed == []


def test_a_wrong_character_in_a_clause_is_noticed() -> None:
    original = _context()
    unnoticed = []
    for number, clause in enumerate(original.clauses.values()):
        place = (7 * number) % len(clause.text)
        changed = replace(clause, text=f"{clause.text[:place]}〇{clause.text[place + 1 :]}")
        context = replace(original, problems=Problems(), clauses={clause.id: changed}, supports={})
        if not verbatim_problems(context):
            unnoticed.append(clause.id)
    assert unnoticed == []


# -- quality of answers --------------------------------------------------------------------------


class Shares(NamedTuple):
    """Percent of the questions of a set. None: the set has no such questions.

    In scope: a right clause is first, among the first three, answered or offered (`served`). Out
    of scope: not answered with a clause (`refused`).
    """

    first: float | None
    three: float | None
    served: float | None
    refused: float | None


# The measured shares less one point, or less one question where that is more.
FLOORS: dict[tuple[str, str], Shares] = {
    ("development/everyday-wording", "ask"): Shares(97.6, 99.0, 97.1, 98.6),
    ("development/everyday-wording", "chat"): Shares(96.7, 97.1, 97.1, 98.6),
    ("development/low-overlap", "ask"): Shares(96.8, 97.9, 96.8, None),
    ("development/low-overlap", "chat"): Shares(96.8, 96.8, 96.8, None),
    ("development/many-writers", "ask"): Shares(98.4, 98.7, 98.4, 99.0),
    ("development/many-writers", "chat"): Shares(98.1, 98.1, 98.1, 99.0),
    ("development/spelling-and-style", "ask"): Shares(97.5, 98.7, 96.9, 97.9),
    ("development/spelling-and-style", "chat"): Shares(97.0, 97.0, 97.0, 97.9),
    ("holdout/indirect-wording", "ask"): Shares(98.5, 98.5, 98.5, 96.2),
    ("holdout/indirect-wording", "chat"): Shares(98.5, 98.5, 98.5, 96.2),
    ("regression/everyday-wording", "ask"): Shares(97.4, 98.6, 96.5, 97.5),
    ("regression/everyday-wording", "chat"): Shares(96.6, 97.0, 96.6, 97.5),
    ("regression/hard-wording", "ask"): Shares(97.4, 98.7, 96.6, None),
    ("regression/hard-wording", "chat"): Shares(95.6, 96.0, 96.0, None),
    ("regression/out-of-scope", "ask"): Shares(None, None, None, 98.1),
    ("regression/out-of-scope", "chat"): Shares(None, None, None, 98.1),
    ("regression/personas-and-near-topics", "ask"): Shares(99.0, 99.0, 99.0, 99.0),
    ("regression/personas-and-near-topics", "chat"): Shares(99.0, 99.0, 99.0, 99.0),
    ("regression/spoken-wording", "ask"): Shares(98.1, 98.5, 97.6, 99.0),
    ("regression/spoken-wording", "chat"): Shares(97.6, 97.6, 97.6, 99.0),
}

WAYS = {"ask": ours, "chat": chat}


def shares(name: str, way: Way) -> Shares:
    """Ask all questions of a set and return the shares."""
    marks: list[Mark] = [mark(question, way(question.text)) for question in questions(name)]
    inside = [m for m in marks if m.first is not None]
    outside = [m for m in marks if m.first is None]
    return Shares(
        share(m.first for m in inside),
        share(m.three for m in inside),
        share(m.served for m in inside),
        share(m.served for m in outside),
    )


@pytest.mark.parametrize("name", question_sets())
@pytest.mark.parametrize("path", WAYS)
def test_the_quality_of_a_set_is_not_below_its_floor(
    name: str, path: str, base: KnowledgeBase
) -> None:
    measured, floors = shares(name, WAYS[path](base)), FLOORS[name, path]
    for kind, found, floor in zip(Shares._fields, measured, floors, strict=True):
        assert (found is None) == (floor is None), kind
        assert found is None or floor is None or found >= floor, (kind, found, floor)


def letters(text: str) -> str:
    """Return letters and digits only, in one width and case."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


# A text up to this long is a name (休学, 贷款), which a question set may share with the knowledge.
NAME_LETTERS = 4


@pytest.mark.parametrize("name", question_sets())
def test_no_question_of_a_set_stands_in_the_knowledge(name: str, base: KnowledgeBase) -> None:
    supports, topics = base.knowledge.supports, base.knowledge.signposts
    known = {letters(q) for support in supports.values() for q in support.questions}
    known |= {letters(q) for topic in topics.values() for q in topic.questions}
    known |= {letters(step.say) for scenario in SCENARIOS for step in scenario.talk}
    same = [question.text for question in questions(name) if letters(question.text) in known]
    assert [text for text in same if len(letters(text)) > NAME_LETTERS] == []
