"""Fit the weights by which the guide chooses what a message means.

    python -m bench.ranker [--check] [--near] [--rounds N]

Every turn of the scenarios and of the talks of `tests/talks` (without the files of HELD_OUT) and
every question of `bench/ranker_questions.yaml` is an example: each act that the message may
perform is carried out, and its reply is judged by the expectations of the turn. The weights make
the acts likely whose replies meet them (a softmax over the candidates, with L2 regularisation).
The first round follows a right act at every turn, the next ones follow the fitted weights where
they are right.

`--near` keeps the weights near those in use (the penalty is on the difference): after a change of
samples or replies it meets the scenarios again and keeps what was right before.

`--check` fits on all files but one, for each of them, and prints how many turns are right; without
it, `bot/core/dialogue/ranking/weights.py` is written. Takes about five minutes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from unittest.mock import patch

import numpy as np
import yaml

from bench.quality import DAY, KNOWLEDGE, ROOT, Question, answered_by, mark
from bench.talks import TALKS, judges
from bot.app.composition import load_base
from bot.content.checks.scenario_runner import failures
from bot.content.readers.loader import scenarios
from bot.content.readers.scenarios import Expect
from bot.core.dialogue import responder
from bot.core.dialogue.context import TurnContext
from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.dialogue.ranking.ranker import RANKER, Candidate, Evidence, Ranker
from bot.core.dialogue.understanding.understand import understand
from bot.core.domain.replies import Turn
from bot.core.domain.session import Session, Utterance
from bot.core.nlu.understanding import Understanding

QUESTIONS = Path(__file__).parent / "ranker_questions.yaml"
WEIGHTS = ROOT / "bot/core/dialogue/ranking/weights.py"
# The name of the scenarios among the files. The weights must meet them: how often each of their
# turns counts, by how much a right candidate must lead, how often a turn that falls short of that
# counts more in the next fit, and how many fits there are at most.
SCENARIOS, SCENARIO_WEIGHT, MARGIN, HARDER, FITS = "scenarios", 3.0, 0.1, 1.3, 16
# The name of the questions among the files.
ASKED = "questions"
# Conversations that are only measured.
HELD_OUT = frozenset({"founders", "callers", "outsiders"})
# Strength of the regularisation, steps of the optimiser and its rate; evidence must occur in this
# many candidates. The strength is chosen on the files that a fit had not seen.
PENALTY, STEPS, RATE, LEAST = 1.5, 400, 0.05, 5
# Strength of the regularisation towards the weights in use, and how often each question counts.
NEAR_PENALTY, QUESTION_WEIGHT = 60.0, 2.0
# What the weights of answers that the search is not certain of are lowered by after the fit, in a
# new conversation: the examples have fewer questions that are out of scope than people ask.
CAUTION = 1.0
CAUTIOUS = (("answer", "undecided_at_first"), ("silent", "at_first"))
# Weights below this size are left out.
SMALL = 0.05
HEAD = '''"""The weights of the ranker. Written by `python -m bench.ranker`; do not edit."""

from __future__ import annotations

from collections.abc import Mapping

# fmt: off
WEIGHTS: Mapping[str, Mapping[str, float]] = {
'''

Weights = Mapping[str, Mapping[str, float]]


class Recorder(Ranker):
    """A ranker that keeps what it is asked and what it chooses."""

    def __init__(self, weights: Weights) -> None:
        super().__init__(weights)
        self.state: Evidence = {}
        self.asked: Sequence[Candidate] = ()
        self.chosen = 0

    def choose(self, state: Evidence, candidates: Sequence[Candidate]) -> Candidate:
        """Return the best candidate."""
        best = super().choose(state, candidates)
        self.state, self.asked, self.chosen = state, candidates, candidates.index(best)
        return best


@dataclass(frozen=True)
class Example:
    """A message: the features of each candidate, which are right, which one was chosen, and the
    file it stands in."""

    features: Sequence[Mapping[str, float]]
    right: Sequence[bool]
    chosen: int
    file: str = ""


def features(state: Evidence, candidate: Candidate) -> dict[str, float]:
    """Return the features of a candidate: kind and evidence."""
    given = {**state, **candidate.evidence}
    return {f"{candidate.kind} {name}": value for name, value in given.items()}


def examples(base: KnowledgeBase, weights: Weights, *, follow: bool) -> Iterator[Example]:
    """Return the examples of all talks and questions. `follow`: conversations go on with what the
    weights choose, where it is right."""
    recorder = Recorder(weights)
    base = replace(base, ranker=recorder)
    for file in sorted(TALKS.glob("*.yaml")):
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
        for talk, judge in judges(data, base):
            session = Session()
            for wanted, said in judge.turns(data, talk):
                right = partial(judge.is_right, wanted, before=session)
                turn, example = _example(base, recorder, session, said, right, follow=follow)
                if example:
                    yield replace(example, file=file.stem)
                judge.faults(wanted, turn, session)
                session = turn.session
    for scenario in scenarios(KNOWLEDGE):
        session = Session()
        for each in scenario.talk:
            expected = partial(_meets, each.expect)
            said = Utterance(each.say, choice=each.tap)
            turn, example = _example(
                base, recorder, session, said, expected, follow=follow, day=scenario.today or DAY
            )
            if example:
                yield replace(example, file=SCENARIOS)
            session = Session.load(turn.session.dump())
    for row in yaml.safe_load(QUESTIONS.read_text(encoding="utf-8")):
        question = Question("", "", tuple(row["gold"]), row["text"])
        said, right = Utterance(question.text), partial(_answers, base, question)
        _, example = _example(base, recorder, Session(), said, right, follow=follow)
        if example:
            yield replace(example, file=ASKED)


def _meets(expect: Expect, turn: Turn) -> bool:
    return not any(failures(expect, turn))


def _answers(base: KnowledgeBase, question: Question, turn: Turn) -> bool:
    found = mark(question, answered_by(base, turn))
    return bool(found.first and found.served) if question.gold else not found.wrong


def _example(
    base: KnowledgeBase,
    recorder: Recorder,
    session: Session,
    said: Utterance,
    right: Callable[[Turn], bool],
    *,
    follow: bool,
    day: date = DAY,
) -> tuple[Turn, Example | None]:
    """Return the turn that the conversation goes on with, and the example."""
    understood: list[Understanding] = []

    def listen(context: TurnContext, before: Session, text: str) -> Understanding:
        understood.append(understand(context, before, text))
        return understood[-1]

    recorder.asked = ()
    with patch.object(responder, "understand", listen):
        go_on = step(session, said, base, day)
    candidates = recorder.asked
    turns: list[Turn] = []
    if not candidates:
        return go_on, None
    chosen = recorder.chosen
    for candidate in candidates:
        acts = (*understood[0].acts[:-1], candidate.act)
        forced = understood[0]._replace(acts=acts)
        with patch.object(responder, "understand", lambda *_, f=forced: f):
            turns.append(step(session, said, base, day))
    fits = [right(turn) for turn in turns]
    given = [features(recorder.state, candidate) for candidate in candidates]
    if any(fits) and not (follow and fits[chosen]):
        go_on = turns[fits.index(True)]
    return go_on, Example(given, fits, chosen)


class Matrix:
    """The features of examples as sparse arrays. `names`: the columns, those of `known` and what
    occurs often enough."""

    def __init__(self, given: Sequence[Example], known: Collection[str] = ()) -> None:
        counts = Counter(name for e in given for f in e.features for name in f)
        often = {name for name, count in counts.items() if count >= LEAST}
        self.names = sorted(often | {*known})
        columns = {name: number for number, name in enumerate(self.names)}
        rows, cols, values, starts = [], [], [], [0]
        row = 0
        for e in given:
            for found in e.features:
                for name, value in found.items():
                    if name in columns:
                        rows.append(row)
                        cols.append(columns[name])
                        values.append(value)
                row += 1
            starts.append(row)
        self.rows, self.cols = np.array(rows), np.array(cols)
        self.values = np.array(values)
        self.starts, self.count = np.array(starts[:-1]), row
        self.segment = np.repeat(np.arange(len(given)), np.diff(starts))
        self.right = np.array([r for e in given for r in e.right], dtype=float)

    def scores(self, weights: np.ndarray) -> np.ndarray:
        """Return the score of each candidate."""
        return np.bincount(self.rows, self.values * weights[self.cols], minlength=self.count)

    def gradient(self, weights: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return the gradient of the loss. `counts`: how often each candidate counts."""
        scores = self.scores(weights)
        scores = scores - np.maximum.reduceat(scores, self.starts)[self.segment]
        share = np.exp(scores)
        good = share * self.right
        total = np.add.reduceat(share, self.starts)[self.segment]
        wanted = np.maximum(np.add.reduceat(good, self.starts), 1e-12)[self.segment]
        slope = counts * (share / total - good / wanted)
        return np.bincount(self.cols, self.values * slope[self.rows], minlength=len(weights))


def fit(given: Sequence[Example], near: Weights | None = None) -> Weights:
    """Return the weights that make the right candidates likely. Turns of scenarios that they do
    not meet clearly count more in another fit. `near`: weights to stay close to."""
    useful = [e for e in given if any(e.right) and not all(e.right)]
    start = _flat(near or {})
    matrix = Matrix(useful, start)
    counts = [_count(e, is_near=near is not None) for e in useful]
    for _ in range(FITS):
        weights = _fit_once(matrix, np.array(counts)[matrix.segment], start)
        wrong = [
            number
            for number, e in enumerate(useful)
            if e.file == SCENARIOS and _lead(e, weights) < MARGIN
        ]
        if not wrong:
            break
        for number in wrong:
            counts[number] *= HARDER
    return weights


def _count(example: Example, *, is_near: bool) -> float:
    """Return how often an example counts in the first fit."""
    if example.file == SCENARIOS:
        return SCENARIO_WEIGHT
    return QUESTION_WEIGHT if is_near and example.file == ASKED else 1.0


def _fit_once(matrix: Matrix, counts: np.ndarray, start: Mapping[str, float]) -> Weights:
    """Minimise the loss (Adam, full batch). `counts`: how often each candidate counts; `start`:
    the weights to stay close to; without any, all weights stay close to 0."""
    origin = np.array([start.get(name, 0.0) for name in matrix.names])
    penalty = NEAR_PENALTY if start else PENALTY
    weights = origin.copy()
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    for number in range(1, STEPS + 1):
        slope = matrix.gradient(weights, counts) + penalty * (weights - origin)
        mean = 0.9 * mean + 0.1 * slope
        square = 0.99 * square + 0.01 * slope**2
        rate = RATE * min(1.0, 2 * (1 - number / STEPS) + 0.02)
        corrected = np.sqrt(square / (1 - 0.99**number)) + 1e-8
        weights -= rate * (mean / (1 - 0.9**number)) / corrected
    found: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for name, weight in zip(matrix.names, weights, strict=True):
        kind, _, evidence = name.partition(" ")
        if abs(weight) >= SMALL:
            found[kind][evidence] = round(float(weight), 2)
    for kind, evidence in () if start else CAUTIOUS:
        found[kind][evidence] = round(found[kind].get(evidence, 0.0) - CAUTION, 2)
    return dict(found)


def _flat(weights: Weights) -> dict[str, float]:
    """Return the weights by feature."""
    return {f"{kind} {name}": w for kind, found in weights.items() for name, w in found.items()}


def _scores(example: Example, weights: Weights) -> np.ndarray:
    """Return the score of each candidate of an example."""
    flat = _flat(weights)
    return np.array([sum(flat.get(n, 0.0) * v for n, v in f.items()) for f in example.features])


def _lead(example: Example, weights: Weights) -> float:
    """Return by how much the best right candidate of an example leads the best wrong one."""
    scores, right = _scores(example, weights), np.array(example.right)
    return float(scores[right].max() - scores[~right].max())


def right_of(given: Sequence[Example], weights: Weights) -> int:
    """Return how many examples get a right candidate."""
    return sum(e.right[int(np.argmax(_scores(e, weights)))] for e in given)


def check(given: Sequence[Example]) -> None:
    """Print, for each file, the turns right now, with weights fitted on the other files, and at
    best."""
    files = sorted({e.file for e in given})
    print(f"{'':16}{'turns':>7}{'now':>7}{'fitted':>8}{'best':>7}")
    rows = []
    for file in files:
        inside = [e for e in given if e.file == file]
        outside = [e for e in given if e.file != file and e.file not in HELD_OUT]
        fitted = right_of(inside, fit(outside))
        row = (
            len(inside),
            sum(e.right[e.chosen] for e in inside),
            fitted,
            sum(any(e.right) for e in inside),
        )
        rows.append(row)
        print(f"{file:16}{row[0]:7}{row[1]:7}{row[2]:8}{row[3]:7}", flush=True)
    print(f"{'all':16}" + "".join(f"{sum(c):7}" for c in zip(*rows, strict=True)))


def write(weights: Weights) -> None:
    """Write the weights as a module, in lines of at most 100 characters."""
    lines = [HEAD.rstrip("\n")]
    for kind in sorted(weights):
        lines.append(f'    "{kind}": {{')
        line = ""
        for name, weight in sorted(weights[kind].items()):
            item = f'"{name}": {weight:g},'
            if len(line) + len(item) + 9 > 99:
                lines.append(f"        {line.strip()}")
                line = ""
            line += f" {item}"
        lines += [f"        {line.strip()}", "    },"]
    WEIGHTS.write_text("\n".join([*lines, "}", ""]), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m bench.ranker")
    parser.add_argument("--check", action="store_true", help="cross-validate, write nothing")
    parser.add_argument("--near", action="store_true", help="stay near the weights in use")
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as home:
        base = load_base(KNOWLEDGE, Path(home))
    if options.check:
        check(list(examples(base, RANKER.weights, follow=True)))
        return 0
    weights: Weights = RANKER.weights
    for number in range(options.rounds):
        given = [e for e in examples(base, weights, follow=number > 0) if e.file not in HELD_OUT]
        weights = fit(given, RANKER.weights if options.near else None)
        print(f"round {number + 1}: {right_of(given, weights)} of {len(given)} right", flush=True)
        write(weights)
    return 0


if __name__ == "__main__":
    sys.exit(main())
