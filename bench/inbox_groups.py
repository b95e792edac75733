"""Measure how well the inbox groups questions, for several thresholds.

    python -m bench.inbox_groups

All questions of `tests/questions` that the paper answers are grouped. One row for each threshold:

  groups    number of groups
  single    share of the questions that stand alone, in percent
  pure      share of the pairs within groups that have an acceptable clause in common, in percent
"""

from __future__ import annotations

import sys
import tempfile
from itertools import combinations
from pathlib import Path

from bench.quality import KNOWLEDGE, QUESTIONS, read_questions
from bot.app.composition import load_base
from bot.workshop.inbox.grouping import group_alike, vector

THRESHOLDS = (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7)


def main() -> int:
    """Print the table."""
    with tempfile.TemporaryDirectory() as home:
        index = load_base(KNOWLEDGE, Path(home)).index
    questions = [q for file in sorted(QUESTIONS.glob("*/*.yaml")) for q in read_questions(file)]
    asked = [question for question in questions if question.gold]
    vectors = [vector(index, question.text) for question in asked]
    print(f"{len(asked)} questions\nthreshold  groups  single   pure")
    for threshold in THRESHOLDS:
        groups = group_alike(vectors, threshold)
        pairs = [pair for group in groups for pair in combinations(group, 2)]
        pure = sum(not set(asked[a].gold).isdisjoint(asked[b].gold) for a, b in pairs)
        single = sum(len(group) == 1 for group in groups)
        share = 100 * pure / len(pairs) if pairs else 100.0
        print(f"{threshold:9.2f}  {len(groups):6}  {100 * single / len(asked):6.1f}  {share:5.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
