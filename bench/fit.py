"""Fit the weights of the search confidence on the samples of the knowledge and question files.

    python -m bench.fit tests/questions/development/*.yaml

Prints the weights, to be copied into bot/core/retrieval/confidence.py, and for several pairs of
thresholds the share of questions of each file that is answered, clarified or unknown. The files
must not contain questions that are samples in the knowledge: these match themselves exactly, and
weights fitted on them separate unseen questions worse (AUROC .94 against .98). The samples are
asked too, each of an index without its fold. For every second support, similar samples are in the
same fold: a wording that the knowledge does not have. Every second out-of-scope topic is in one
fold as a whole: a topic that the knowledge does not have.
"""

from __future__ import annotations

import math
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import yaml

from bot.app.composition import load_base
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.knowledge import OutOfScopeTopic, Support
from bot.core.retrieval.confidence import WEIGHTS
from bot.core.retrieval.index import Index, build_index

NAMES = list(WEIGHTS)
# L2 penalty per row on the scaled weights. Chosen by hand; it keeps Newton's method stable.
RIDGE = 1e-3
# Weight of a row whose first match is a wrong clause, relative to 1.0: such a row says little
# about whether the question is in scope. Chosen by hand.
WRONG_CLAUSE_WEIGHT = 0.3
# Weight of a sample question, relative to 1.0 for a question of a file: samples are written to
# differ, so they are harder than questions. Chosen by hand.
SAMPLE_WEIGHT = 0.05
# Pairs of thresholds (clarify from, answer from) that are printed.
BANDS = ((0.3, 0.6), (0.38, 0.65), (0.5, 0.8))
# Folds of the cross-validation, and the share of character pairs from which two samples of an
# entry are similar.
FOLDS = 5
ALIKE_FROM = 0.5


class Row(NamedTuple):
    """The first match of one question.

    `file`: stem of the question file. `in_scope`: some clause answers the question. `inputs`: see
    `Evidence.inputs`. `target`: 1.0 if the first match is right, else 0.0. `out_of_scope`: an
    out-of-scope topic was reported.
    """

    file: str
    in_scope: bool
    inputs: list[float]
    target: float
    weight: float
    out_of_scope: bool


def main(files: list[str]) -> None:
    """Search every question, fit the weights and print the tables."""
    with tempfile.TemporaryDirectory() as home:
        base = load_base(Path("knowledge"), Path(home))
    rows = list(_sample_rows(base))
    for file in files:
        for question in yaml.safe_load(Path(file).read_text(encoding="utf-8")):
            rows += _row(Path(file).stem, base, base.index, question["text"], question["gold"])
    weights = fit([(row.inputs, row.target, row.weight) for row in rows])
    print({name: round(w, 3) for name, w in zip(NAMES, weights, strict=True)})
    for low, high in BANDS:
        for key, counts in sorted(outcomes(rows, weights, low, high).items()):
            whole = sum(counts.values())
            shares = {name: f"{100 * n / whole:.1f}%" for name, n in sorted(counts.items())}
            print(
                f"{low}/{high} {key[0]:14} {'in scope' if key[1] else 'out of scope':12} {shares}"
            )


def _row(name: str, base: KnowledgeBase, index: Index, text: str, gold: list[str]) -> list[Row]:
    """Return the first match of a question, or nothing."""
    found = index.search(text)
    if not found.matches:
        return []
    first = found.matches[0]
    right = base.knowledge.supports[first.support].clause in gold
    weight = 1.0 if right or not gold else WRONG_CLAUSE_WEIGHT
    inputs = list(first.evidence.inputs())
    return [Row(name, bool(gold), inputs, float(right), weight, bool(found.out_of_scope))]


def _sample_rows(base: KnowledgeBase) -> Iterator[Row]:
    """Search each sample question in an index that was built without its fold."""
    knowledge = base.knowledge
    folds = {s.id: _folds(s, number) for number, s in enumerate(knowledge.supports.values())}
    for number, topic in enumerate(knowledge.signposts.values()):
        folds[topic.id] = _folds(topic, number)

    for fold in range(FOLDS):

        def kept(entry: Support | OutOfScopeTopic, fold: int = fold) -> tuple[str, ...]:
            questions = zip(entry.questions, folds[entry.id], strict=True)
            return tuple(question for question, number in questions if number != fold)

        supports, topics = knowledge.supports, knowledge.signposts
        left = replace(
            knowledge,
            supports={n: replace(s, questions=kept(s)) for n, s in supports.items()},
            signposts={n: replace(t, questions=kept(t)) for n, t in topics.items() if kept(t)},
        )
        index = build_index(left, base.index.analyzer)
        entries: list[Support | OutOfScopeTopic] = [*supports.values(), *topics.values()]
        for entry in entries:
            gold = [entry.clause] if isinstance(entry, Support) else []
            for text, number in zip(entry.questions, folds[entry.id], strict=True):
                if number == fold:
                    for row in _row("samples", base, index, text, gold):
                        yield row._replace(weight=SAMPLE_WEIGHT * row.weight)


def _folds(entry: Support | OutOfScopeTopic, number: int) -> list[int]:
    """Return the fold of each sample question of an entry: each by itself, or, for an entry of odd
    `number`, similar ones of a support and all of a topic together."""
    if number % 2 == 0:
        return [n % FOLDS for n in range(len(entry.questions))]
    if isinstance(entry, OutOfScopeTopic):
        return [number // 2 % FOLDS] * len(entry.questions)
    pairs = [{a + b for a, b in pairwise(text)} for text in entry.questions]
    groups: list[int] = []
    for n, own in enumerate(pairs):
        alike = [
            groups[m]
            for m, other in enumerate(pairs[:n])
            if len(own & other) >= ALIKE_FROM * len(own | other)
        ]
        groups.append(alike[0] if alike else n)
    return [group % FOLDS for group in groups]


def fit(data: list[tuple[list[float], float, float]]) -> list[float]:
    """Fit a weighted logistic regression with an L2 penalty by Newton's method.

    `data`: rows of inputs, target (0..1) and weight. Return one weight per input, for unscaled
    inputs.
    """
    size = len(NAMES)
    means = [sum(x[i] for x, _, _ in data) / len(data) for i in range(size)]
    spread = [
        math.sqrt(sum((x[i] - means[i]) ** 2 for x, _, _ in data) / len(data)) or 1.0
        for i in range(size)
    ]
    means[0], spread[0] = 0.0, 1.0
    scaled = [([(x[i] - means[i]) / spread[i] for i in range(size)], y, w) for x, y, w in data]
    theta = [0.0] * size
    for _ in range(25):
        gradient, hessian = _newton(scaled, theta)
        step = _solve(hessian, gradient)
        theta = [t - s for t, s in zip(theta, step, strict=True)]
        if max(map(abs, step)) < 1e-6:
            break
    plain = [t / s for t, s in zip(theta, spread, strict=True)]
    plain[0] = theta[0] - sum(theta[i] * means[i] / spread[i] for i in range(1, size))
    return plain


def _newton(
    rows: list[tuple[list[float], float, float]], theta: list[float]
) -> tuple[list[float], list[list[float]]]:
    """Return the gradient and the Hessian of the loss at `theta`."""
    size = len(theta)
    gradient = [RIDGE * len(rows) * t for t in theta]
    hessian = [[RIDGE * len(rows) if i == j else 0.0 for j in range(size)] for i in range(size)]
    for x, y, weight in rows:
        p = 1 / (1 + math.exp(-max(-30.0, min(30.0, sum(map(lambda a, b: a * b, x, theta))))))
        slope = weight * p * (1 - p)
        for i in range(size):
            gradient[i] += weight * (p - y) * x[i]
            for j in range(size):
                hessian[i][j] += slope * x[i] * x[j]
    return gradient, hessian


def _solve(matrix: list[list[float]], vector: list[float]) -> list[float]:
    """Solve a system of linear equations by Gauss-Jordan elimination with pivoting."""
    rows = [[*line, value] for line, value in zip(matrix, vector, strict=True)]
    size = len(rows)
    for i in range(size):
        pivot = max(range(i, size), key=lambda r: abs(rows[r][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for r in range(size):
            if r != i:
                factor = rows[r][i] / rows[i][i]
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[i], strict=True)]
    return [rows[i][size] / rows[i][i] for i in range(size)]


def outcomes(
    rows: list[Row], weights: list[float], low: float, high: float
) -> dict[tuple[str, bool], Counter[str]]:
    """Count the outcomes of each file, in scope and out of scope, for one pair of thresholds."""
    found: dict[tuple[str, bool], Counter[str]] = {}
    for row in rows:
        total = sum(w * x for w, x in zip(weights, row.inputs, strict=True))
        confidence = 0.0 if row.out_of_scope else 1 / (1 + math.exp(-total))
        name = "answer" if confidence >= high else "clarify" if confidence >= low else "unknown"
        found.setdefault((row.file, row.in_scope), Counter())[name] += 1
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
