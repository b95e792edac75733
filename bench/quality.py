"""How well questions are answered, beside the naive way of doing it.

    python -m bench.quality tests/questions/questions-a.yaml [more files …]

For each category of each file (in scope: `gold` names acceptable clauses; out of scope: `gold` is
empty) it prints, in percent of the questions:

  r@1, r@3    a right clause is the first match, or among the first three (in scope only)
  served      answered with a right clause, or asked back with a right one to tap (in scope);
              not answered (out of scope)
  wrong       answered outright, and wrongly
  unknown     told that the paper does not say

The baseline is what people write first: `jieba.cut`, count the words shared with title, keywords
and quote, answer with the support that shares most, say nothing where none is shared.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from bot.app.composition import load_base
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.dialogue.question_resolver import CANDIDATES
from bot.core.dialogue.single_turn import ask
from bot.core.domain.knowledge import Knowledge

DAY = date(2026, 1, 1)
KNOWLEDGE = Path(__file__).parents[1] / "knowledge"
COLUMNS = ("r@1", "r@3", "served", "wrong", "unknown")


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the clauses that may answer it; none: nothing may."""

    id: str
    category: str
    gold: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back: the outcome, and the clauses of the matches, best first."""

    outcome: str
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """One question marked; `first` and `three` are None out of scope."""

    first: bool | None
    three: bool | None
    served: bool
    wrong: bool
    unknown: bool


Way = Callable[[str], Answered]


def read_questions(file: Path) -> list[Question]:
    """The questions of a file of tests/questions."""
    rows = yaml.safe_load(file.read_text(encoding="utf-8"))
    return [Question(r["id"], r["category"], tuple(r["gold"]), str(r["text"])) for r in rows]


def ours(base: KnowledgeBase) -> Way:
    """The guide itself."""

    def way(text: str) -> Answered:
        said = ask(text, base, DAY)
        return Answered(said["outcome"], tuple(m["clause"] for m in said["matches"]))

    return way


def naive(knowledge: Knowledge) -> Way:
    """The baseline: most words in common wins."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    jieba.setLogLevel(60)
    own = [
        (s.clause, frozenset(jieba.cut(" ".join((s.title, *s.keywords, s.quote)))))
        for s in knowledge.supports.values()
    ]

    def way(text: str) -> Answered:
        words = {w for w in jieba.cut(text) if len(w) > 1}
        scored = sorted(
            ((len(words & theirs), -n) for n, (_, theirs) in enumerate(own)), reverse=True
        )
        clauses = tuple(own[-n][0] for score, n in scored[:5] if score)
        return Answered("answer" if clauses else "unknown", clauses)

    return way


def mark(question: Question, answered: Answered) -> Mark:
    """Hold an answer against the gold."""
    gold, clauses = question.gold, answered.clauses
    right = bool(clauses) and clauses[0] in gold
    three = any(c in gold for c in clauses[:CANDIDATES])
    outright = answered.outcome == "answer"
    unknown = answered.outcome == "unknown"
    if not gold:
        return Mark(None, None, not outright, outright, unknown)
    served = (outright and right) or (answered.outcome == "clarify" and three)
    return Mark(right, three, served, outright and not right, unknown)


def share(values: Iterable[bool | None]) -> float | None:
    """Percent of True among what is not None; None where nothing is."""
    known = [v for v in values if v is not None]
    return 100 * sum(known) / len(known) if known else None


def summary(marks: Sequence[Mark]) -> tuple[float | None, ...]:
    """The columns, in percent."""
    return (
        share(m.first for m in marks),
        share(m.three for m in marks),
        share(m.served for m in marks),
        share(m.wrong for m in marks),
        share(m.unknown for m in marks),
    )


def report(questions: Sequence[Question], ways: Sequence[tuple[str, Way]]) -> str:
    """The table of one file: a row per category, the ways side by side."""
    groups: dict[str, list[Question]] = defaultdict(list)
    for question in questions:
        groups[question.category].append(question)
    groups["all in scope"] = [q for q in questions if q.gold]
    groups["all out of scope"] = [q for q in questions if not q.gold]
    head = " ".join(f"{name:>7}" for name in COLUMNS)
    lines = [f"{'':18}{'n':>5}  " + "   ".join(f"{name:<39}" for name, _ in ways)]
    lines.append(f"{'':18}{'':>5}  " + "   ".join(head for _ in ways))
    for category, group in groups.items():
        if not group:
            continue
        cells = []
        for _, way in ways:
            row = summary([mark(q, way(q.text)) for q in group])
            cells.append(" ".join("      –" if v is None else f"{v:7.1f}" for v in row))
        lines.append(f"{category:18}{len(group):5}  " + "   ".join(cells))
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table for each file."""
    parser = argparse.ArgumentParser(prog="python -m bench.quality")
    parser.add_argument("file", nargs="+", type=Path)
    parser.add_argument("--knowledge", type=Path, default=KNOWLEDGE)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as home:
        base = load_base(options.knowledge, Path(home))
    ways = [("guide", ours(base)), ("jieba.cut overlap", naive(base.knowledge))]
    for file in options.file:
        print(f"\n{file}\n{report(read_questions(file), ways)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
