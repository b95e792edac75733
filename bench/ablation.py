"""Measure what each recogniser, each rule of the search and each threshold contributes.

    python -m bench.ablation [--only NAME,…] [--thresholds] [--talks FILE …] [file …]

The scenarios, the question sets (`file`, else all below `tests/questions`) and the conversations
of `--talks` (`talks: [{turns: [{user: …}]}]`) are played once as they are, and once for each
recogniser of `understand`, each rule and each kind of candidate of the ranker, and each of
`RULES` without it; with `--thresholds` instead with each of `THRESHOLDS` lower and higher by 0.05.
Columns of a row:

  scenarios  scenario turns whose reply differs / unmet expectations
  questions  first replies that differ
  served     change of the questions in scope that are served (bench.quality), in points
  answered   change of the questions out of scope that are answered outright, in points
  talks      turns of the talks whose reply differs

A recogniser is only replayed where it found something: elsewhere nothing can change. What the
ranker weighs is replayed everywhere.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from bench.quality import (
    DAY,
    KNOWLEDGE,
    QUESTIONS,
    Question,
    answered_by,
    mark,
    read_questions,
    share,
)
from bot.app.composition import load_base
from bot.content.checks.scenario_runner import run_scenario
from bot.content.readers.loader import scenarios
from bot.content.readers.scenarios import Scenario
from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.dialogue.ranking.weights import WEIGHTS
from bot.core.dialogue.understanding.understand import RECOGNISERS
from bot.core.domain.replies import Turn
from bot.core.domain.session import Session, Utterance

_UNDERSTANDING = "bot.core.dialogue.understanding"
_RESOLVER = "bot.core.dialogue.question_resolver"
# A rule: where it stands, and what stands in its place when it is off.
RULES: dict[str, tuple[str, str, object]] = {
    "search: negations": (_RESOLVER, "remove_negated", lambda clean: (clean, ())),
    "search: dialect": (_RESOLVER, "to_standard_words", lambda clean: clean),
    "search: fragments": (_RESOLVER, "FRAGMENT_LENGTH", 0),
    "search: short terms": (_RESOLVER, "TERM_LENGTH", 0),
    "search: questions of long texts": (_RESOLVER, "LONG_TEXT", 10_000),
    "search: amounts first": (_RESOLVER, "AMOUNT_SCORE", 2.0),
    "facts answer": (f"{_UNDERSTANDING}.question_search", "COVERED", 2.0),
    "acts: off topic": (f"{_UNDERSTANDING}.talk", "OFF_TOPIC_FROM", 2.0),
    "acts: hearsay": (f"{_UNDERSTANDING}.talk", "HEARSAY_FROM", 2.0),
    "acts: with content": (f"{_UNDERSTANDING}.talk", "SURE_CONTENT_ACT", 2.0),
    "repetition": ("bot.core.dialogue.responder", "VARIED", frozenset()),
}
# Thresholds between 0 and 1, by module.
THRESHOLDS = {
    f"{_UNDERSTANDING}.talk": (
        "GATE_FROM PROBABILITY_FROM CLAUSE_GATE_FROM CLAUSE_PROBABILITY_FROM "
        "WHOLE_FROM OFF_TOPIC_FROM HEARSAY_FROM SURE_CONTENT_ACT "
        "ANSWERED_TALK SURE_TALK"
    ),
    f"{_UNDERSTANDING}.candidates": "LISTED_FROM REQUESTED_FROM ASPECT_FROM",
    f"{_UNDERSTANDING}.list_requests": "ON_LIST_FROM SURELY_ON_LIST_FROM",
    f"{_UNDERSTANDING}.question_search": "COVERED",
    f"{_UNDERSTANDING}.search": "MIN_COVERAGE",
    f"{_UNDERSTANDING}.multi_question": "ASPECT_FROM",
    _RESOLVER: "NEARLY_EQUAL SIMILAR DISSIMILAR SURE_FROM CLOSE_SCORES ANSWER_FROM CLARIFY_FROM",
}
MOVE = 0.05
# What is left out: the recognisers but the last one, which understands everything, and the kinds
# of acts that it weighs, but one that every message may perform.
FIXED = tuple(recogniser.name for recogniser in RECOGNISERS[:-1])
WEIGHED = tuple(kind for kind in WEIGHTS if kind != "unknown")


class Played(NamedTuple):
    """What a conversation gave: its turns, and its unmet expectations."""

    turns: tuple[Turn, ...]
    unmet: int = 0


@dataclass
class Material:
    """What is played, and what it gives as it is."""

    base: KnowledgeBase
    scenarios: Sequence[Scenario]
    questions: Sequence[Question]
    talks: Sequence[Sequence[Utterance]]

    def play(
        self, without: frozenset[str] = frozenset(), known: Sequence[Played] = ()
    ) -> list[Played]:
        """Play everything without some recognisers. `known`: what it gives as it is; a
        conversation in which they found nothing is not played again."""
        played = []
        questions = [[Utterance(text=question.text)] for question in self.questions]
        every: list[Scenario | Sequence[Utterance]] = [*self.scenarios, *questions, *self.talks]
        for number, each in enumerate(every):
            if known and without and not _found(known[number], without):
                played.append(known[number])
            elif isinstance(each, Scenario):
                played.append(self._scenario(each, without))
            else:
                played.append(self._talk(each, without))
        return played

    def _scenario(self, scenario: Scenario, without: frozenset[str]) -> Played:
        results = list(run_scenario(scenario, self.base, DAY, without=without))
        unmet = sum(len(result.failures) for result in results)
        return Played(tuple(result.turn for result in results), unmet)

    def _talk(self, talk: Sequence[Utterance], without: frozenset[str]) -> Played:
        session, turns = Session(), []
        for said in talk:
            turns.append(step(session, said, self.base, DAY, without=without))
            session = Session.load(turns[-1].session.dump())
        return Played(tuple(turns))


def changes(before: Played, after: Played) -> int:
    """Return how many turns have another reply, outcome, profile or focus."""
    pairs = zip(before.turns, after.turns, strict=True)
    return sum(first.record() != second.record() for first, second in pairs)


def row(name: str, material: Material, before: Sequence[Played], after: Sequence[Played]) -> str:
    """Return the row of the table for what was played without one thing."""
    stories, asked = len(material.scenarios), len(material.questions)
    differ = [changes(*pair) for pair in zip(before, after, strict=True)]
    unmet = sum(played.unmet for played in after) - sum(played.unmet for played in before)
    middle = slice(stories, stories + asked)
    (served, wrong), (served_then, wrong_then) = (
        _quality(material, played[middle]) for played in (before, after)
    )
    told, first, talked = (
        sum(differ[part]) for part in (slice(stories), middle, slice(stories + asked, None))
    )
    figures = f"{served_then - served:+10.2f}{wrong_then - wrong:+10.2f}"
    return f"{name:34}{told:6} / {unmet:3}{first:11}{figures}{talked:8}"


def _quality(material: Material, played: Sequence[Played]) -> tuple[float, float]:
    """Return the percentages of served questions, and of those out of scope answered outright."""
    marks = [
        mark(question, answered_by(material.base, one.turns[0]))
        for question, one in zip(material.questions, played, strict=True)
    ]
    inside = share(m.served for m in marks if m.first is not None)
    outside = share(m.wrong for m in marks if m.first is None)
    return inside or 0.0, outside or 0.0


@contextmanager
def replaced(module: str, name: str, value: object) -> Iterator[None]:
    """Set a name of a module for a while."""
    owner = import_module(module)
    old = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, old)


def without_recognisers(material: Material, names: set[str]) -> Iterator[str]:
    """Yield a row for each recogniser."""
    before = material.play()
    for name in dict.fromkeys((*FIXED, *WEIGHED)):
        if names and name not in names:
            continue
        after = material.play(frozenset((name,)), before)
        yield row(name, material, before, after)
    for name, (module, attribute, value) in RULES.items():
        if not names or name in names:
            yield _changed(material, before, name, module, attribute, value)


def moved_thresholds(material: Material, names: set[str]) -> Iterator[str]:
    """Yield two rows for each threshold."""
    before = material.play()
    for module, listed in THRESHOLDS.items():
        for name in listed.split():
            if names and name not in names:
                continue
            value = getattr(import_module(module), name)
            for moved in (value - MOVE, value + MOVE):
                title = f"{name} {value:g} → {moved:.2f}"
                yield _changed(material, before, title, module, name, moved)


def _changed(
    material: Material,
    before: Sequence[Played],
    title: str,
    module: str,
    name: str,
    value: object,
) -> str:
    material.base.cache.clear()
    with replaced(module, name, value):
        after = material.play()
    material.base.cache.clear()
    return row(title, material, before, after)


def _found(played: Played, names: frozenset[str]) -> bool:
    """Return whether one of these recognisers found an act. Some leave no act."""
    acts = [act for turn in played.turns for act in turn.acts]
    silent = not names.isdisjoint(("long_message", *WEIGHED))
    return silent or any(act.recogniser in names for act in acts)


def read_talks(file: Path) -> list[list[Utterance]]:
    """Return the conversations of a file."""
    talks: list[dict[str, Any]] = yaml.safe_load(file.read_text(encoding="utf-8"))["talks"]
    return [
        [
            Utterance(text=turn.get("user", ""), choice=turn.get("choice", ""))
            for turn in t["turns"]
        ]
        for t in talks
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.ablation")
    parser.add_argument("file", nargs="*", type=Path)
    parser.add_argument("--talks", nargs="*", type=Path, default=[])
    parser.add_argument("--only", default="", help="names, with commas between")
    parser.add_argument("--thresholds", action="store_true")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as home:
        base = load_base(KNOWLEDGE, Path(home))
    files = options.file or sorted(QUESTIONS.glob("**/*.yaml"))
    material = Material(
        base,
        scenarios(KNOWLEDGE),
        [question for file in files for question in read_questions(file)],
        [talk for file in options.talks for talk in read_talks(file)],
    )
    names = set(options.only.split(",")) - {""}
    measure = moved_thresholds if options.thresholds else without_recognisers
    print(
        f"{'without':34}{'scenarios':>12}{'questions':>11}  served  answered   talks", flush=True
    )
    for line in measure(material, names):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
