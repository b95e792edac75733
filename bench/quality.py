"""Measure how well questions are answered, next to a BM25 baseline.

    python -m bench.quality [file …] [--categories]

Without files, every file below `tests/questions` is measured. A question in scope has acceptable
clauses (`gold`); a question out of scope has none. One table is printed, a row for each file and,
with `--categories`, for each category in it. All figures are percentages of the questions:

  first     the reply answers from an acceptable clause: `cites[0]`, or, where the reply only
            offers supports to choose from, the first of them
  offered   an acceptable clause is among the first three that the reply answers from or offers
  served    answered from an acceptable clause, or an acceptable clause offered to choose from
  wrong     answered outright from a clause that is not acceptable
  answered  out of scope only: answered outright although nothing should be

The guide is measured through the dialogue: every question is the first message of a fresh
conversation, as in `chat`. The baselines are BM25 with the usual constants over the same
knowledge, cut into words by jieba: one document for each support, with its title, keywords, quote,
summary and sample questions, and the best support answers. In the second baseline each topic that
the policy does not cover is a document too; where one scores highest, nothing is answered.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from bot.app.composition import load_base
from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.dialogue.question_resolver import MAX_CANDIDATES
from bot.core.dialogue.single_turn import ask
from bot.core.domain.knowledge import Knowledge
from bot.core.domain.replies import Turn
from bot.core.domain.session import Session, Utterance

DAY = date(2026, 1, 1)
ROOT = Path(__file__).parents[1]
KNOWLEDGE = ROOT / "knowledge"
QUESTIONS = ROOT / "tests" / "questions"
IN_SCOPE = ("first", "offered", "served", "wrong")
# The usual constants of BM25 (Robertson and Zaragoza 2009), not tuned on any set.
K1, B = 1.2, 0.75


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the clauses that may answer it; without any it is out of scope."""

    id: str
    category: str
    gold: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Answered:
    """An outcome, and the clauses answered from or offered, best first."""

    outcome: str
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """The verdict on one answer; `first` and `three` are None out of scope."""

    first: bool | None
    three: bool | None
    served: bool
    wrong: bool
    unknown: bool


Way = Callable[[str], Answered]


def read_questions(file: Path) -> list[Question]:
    """Return the questions of a file of tests/questions."""
    rows = yaml.safe_load(file.read_text(encoding="utf-8"))
    return [Question(r["id"], r["category"], tuple(r["gold"]), str(r["text"])) for r in rows]


def chat(base: KnowledgeBase) -> Way:
    """Return the way of the channels: the first turn of a fresh conversation.

    The clauses are those that the turn cites, then those of the supports that it offers to choose
    from. A turn without an outcome that offers supports counts as asking back.
    """

    def way(text: str) -> Answered:
        return answered_by(base, step(Session(), Utterance(text=text), base, DAY))

    return way


def answered_by(base: KnowledgeBase, turn: Turn) -> Answered:
    """Return the outcome of a turn and the clauses that it answers from or offers."""
    supports = base.knowledge.supports
    ids = [choice.id for reply in turn.replies for choice in reply.choices]
    names = [name.removeprefix("s:") for name in ids if name.startswith("s:")]
    offered = [supports[name].clause for name in names if name in supports]
    outcome = turn.outcome or ("clarify" if offered else "unknown")
    return Answered(outcome, tuple(dict.fromkeys((*turn.cites, *offered))))


def ours(base: KnowledgeBase) -> Way:
    """Answer through `ask`: the clauses are those of its matches."""

    def way(text: str) -> Answered:
        said = ask(text, base, DAY)
        return Answered(said["outcome"], tuple(m["clause"] for m in said["matches"]))

    return way


def bm25(knowledge: Knowledge, *, topics: bool) -> Way:
    """Answer with the support that BM25 ranks first; with `topics`, uncovered topics compete."""
    words = _jieba_words()
    supports = list(knowledge.supports.values())
    texts = [(s.title, *s.keywords, s.quote, s.summary, *s.questions) for s in supports]
    if topics:
        texts += [(t.title, *t.keywords, *t.questions) for t in knowledge.signposts.values()]
    weights = bm25_weights([Counter(words(" ".join(text))) for text in texts])

    def way(text: str) -> Answered:
        asked = words(text)
        scored = [(sum(w.get(word, 0.0) for word in asked), -n) for n, w in enumerate(weights)]
        ranked = [-n for score, n in sorted(scored, reverse=True) if score]
        if not ranked or ranked[0] >= len(supports):
            return Answered("unknown", ())
        best = [supports[n].clause for n in ranked if n < len(supports)]
        return Answered("answer", tuple(dict.fromkeys(best)))

    return way


def bm25_weights(documents: Sequence[Mapping[str, int]]) -> list[dict[str, float]]:
    """Return the BM25 weight of each word in each document; `documents` are word counts."""
    holders = Counter(word for document in documents for word in document)
    lengths = [sum(document.values()) for document in documents]
    mean = sum(lengths) / len(lengths)
    weights = []
    for document, length in zip(documents, lengths, strict=True):
        norm = K1 * (1 - B + B * length / mean)
        weights.append(
            {
                word: math.log(1 + (len(documents) - holders[word] + 0.5) / (holders[word] + 0.5))
                * (count * (K1 + 1) / (count + norm))
                for word, count in document.items()
            }
        )
    return weights


def _jieba_words() -> Callable[[str], list[str]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    jieba.setLogLevel(60)
    return lambda text: [w for w in jieba.lcut_for_search(text) if w.strip()]


def mark(question: Question, answered: Answered) -> Mark:
    """Compare an answer with the acceptable clauses."""
    gold, clauses = question.gold, answered.clauses
    right = bool(clauses) and clauses[0] in gold
    three = any(c in gold for c in clauses[:MAX_CANDIDATES])
    outright = answered.outcome == "answer"
    unknown = answered.outcome == "unknown"
    if not gold:
        return Mark(None, None, not outright, outright, unknown)
    served = (outright and right) or (answered.outcome == "clarify" and three)
    return Mark(right, three, served, outright and not right, unknown)


def share(values: Iterable[bool | None]) -> float | None:
    """Return the percentage of True among the values that are not None; None without any."""
    known = [v for v in values if v is not None]
    return 100 * sum(known) / len(known) if known else None


def cells(marks: Sequence[Mark]) -> str:
    """Return the columns of one row for one way of answering."""
    inside = [m for m in marks if m.first is not None]
    values = [
        share(m.first for m in inside),
        share(m.three for m in inside),
        share(m.served for m in inside),
        share(m.wrong for m in inside),
        share(m.wrong for m in marks if m.first is None),
    ]
    return " ".join(f"{'–':>8}" if v is None else f"{v:8.1f}" for v in values)


def table(sets: Mapping[str, Sequence[Question]], ways: Mapping[str, Way]) -> str:
    """Return the table: a row for each set, and one for all sets."""
    head = " ".join(f"{name:>8}" for name in (*IN_SCOPE, "answered"))
    width = len(head) + 3
    lines = [
        f"{'':38}{'in':>6}{'out':>6}   " + "".join(f"{name:<{width}}" for name in ways),
        f"{'':38}{'':>6}{'':>6}   " + "   ".join(head for _ in ways),
    ]
    marks = {
        name: {q: mark(q, way(q.text)) for questions in sets.values() for q in questions}
        for name, way in ways.items()
    }
    every = list(dict.fromkeys(q for questions in sets.values() for q in questions))
    for title, questions in (*sets.items(), ("all", every)):
        inside = sum(bool(q.gold) for q in questions)
        columns = "   ".join(cells([found[q] for q in questions]) for found in marks.values())
        lines.append(f"{title:38}{inside:6}{len(questions) - inside:6}   {columns}")
    return "\n".join(lines)


def by_category(files: Sequence[Path], *, categories: bool) -> dict[str, list[Question]]:
    """Return the questions by file and, if asked for, by category within the file."""
    sets: dict[str, list[Question]] = {}
    for file in files:
        questions = read_questions(file)
        name = f"{file.parent.name}/{file.stem}"
        sets[name] = questions
        if categories:
            groups: dict[str, list[Question]] = defaultdict(list)
            for question in questions:
                groups[f"  {name} · {question.category}"].append(question)
            sets.update(groups)
    return sets


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.quality")
    parser.add_argument("file", nargs="*", type=Path)
    parser.add_argument("--categories", action="store_true", help="a row for each category too")
    parser.add_argument("--knowledge", type=Path, default=KNOWLEDGE)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as home:
        base = load_base(options.knowledge, Path(home))
    ways = {
        "chat": chat(base),
        "BM25": bm25(base.knowledge, topics=False),
        "BM25+topics": bm25(base.knowledge, topics=True),
    }
    files = options.file or sorted(QUESTIONS.glob("**/*.yaml"))
    print(table(by_category(files, categories=options.categories), ways))
    return 0


if __name__ == "__main__":
    sys.exit(main())
