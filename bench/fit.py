"""Fit the confidence of the search on question files, and print what each threshold would do.

    python -m bench.fit tests/questions/*.yaml

Copy the printed weights into bot/core/confidence.py. Never fit on questions that stand in the
knowledge: the weights would learn that every question has been seen before.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from pathlib import Path

import yaml

from bot.app.composition import load_base
from bot.core.retrieval.confidence import WEIGHTS

NAMES = list(WEIGHTS)
RIDGE = 1e-3
# A wrong first match says little about whether the question was ours to answer.
WRONG_CLAUSE_WEIGHT = 0.3
BANDS = ((0.3, 0.6), (0.38, 0.65), (0.5, 0.8))

Row = tuple[str, bool, list[float], float, float, bool]


def main(files: list[str]) -> None:
    """Read, fit, print."""
    base = load_base(Path("knowledge"), Path())
    rows: list[Row] = []
    for file in files:
        for question in yaml.safe_load(Path(file).read_text(encoding="utf-8")):
            found = base.index.search(question["text"])
            if not found.matches:
                continue
            first = found.matches[0]
            clause = base.knowledge.supports[first.support].clause
            right = clause in question["gold"]
            weight = 1.0 if right or not question["gold"] else WRONG_CLAUSE_WEIGHT
            inputs = list(first.evidence.inputs())
            rows.append(
                (
                    Path(file).stem,
                    bool(question["gold"]),
                    inputs,
                    float(right),
                    weight,
                    bool(found.out_of_scope),
                )
            )
    weights = fit([(r[2], r[3], r[4]) for r in rows])
    print({name: round(w, 3) for name, w in zip(NAMES, weights, strict=True)})
    for low, high in BANDS:
        for key, counts in sorted(outcomes(rows, weights, low, high).items()):
            whole = sum(counts.values())
            shares = {name: f"{100 * n / whole:.1f}%" for name, n in sorted(counts.items())}
            print(
                f"{low}/{high} {key[0]:14} {'in scope' if key[1] else 'out of scope':12} {shares}"
            )


def fit(data: list[tuple[list[float], float, float]]) -> list[float]:
    """Logistic regression by Newton's method, inputs scaled, lightly held back."""
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
    """How many of each file and kind would be answered, clarified, unknown."""
    found: dict[tuple[str, bool], Counter[str]] = {}
    for stem, inside, inputs, _, _, signposted in rows:
        total = sum(w * x for w, x in zip(weights, inputs, strict=True))
        sure = 0.0 if signposted else 1 / (1 + math.exp(-total))
        name = "answer" if sure >= high else "clarify" if sure >= low else "unknown"
        found.setdefault((stem, inside), Counter())[name] += 1
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
