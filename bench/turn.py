"""Measure the time of a turn in the core, and of `ask` from a cold start.

    python -m bench.turn [--turns 5000] [--starts 5]

Turns: real questions (tests/questions) and choices mixed, one user after another, on the real
knowledge, after `gc.freeze` as in `serve`. Prints p50, p99 and the maximum in milliseconds.
Starts: `python -m bot ask …` as a separate process, the median; the first run, which builds the
search index, is printed separately.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.quality import DAY, KNOWLEDGE, read_questions
from bot.app.composition import load_base
from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.domain.session import Session, Utterance

ROOT = Path(__file__).parents[1]
QUESTION = "休学创业能保留学籍吗"
TURNS_PER_USER = 12


def utterances(base: KnowledgeBase, count: int, seed: int) -> list[Utterance | None]:
    """Return half questions, half choices; None starts a new user."""
    chance = random.Random(seed)
    asked = [
        q.text for f in sorted(ROOT.glob("tests/questions/*/*.yaml")) for q in read_questions(f)
    ]
    knowledge = base.knowledge
    taps = [f"s:{s}" for s in knowledge.supports]
    taps += [f"f:{f}:{s}" for f in knowledge.fields for s in knowledge.supports]
    taps += [f"a:{s.id}:{c.id}" for s in knowledge.slots.values() for c in s.choices] * 4
    taps += ["c:start", "c:results", "c:more", "c:others", "c:back", "c:skip"] * 20
    found: list[Utterance | None] = []
    for number in range(count):
        if number % TURNS_PER_USER == 0:
            found.append(None)
        if chance.random() < 0.5:
            found.append(Utterance(chance.choice(asked)))
        else:
            found.append(Utterance(choice=chance.choice(taps)))
    return found


def turn_times(base: KnowledgeBase, said: Sequence[Utterance | None]) -> list[float]:
    """Return the milliseconds of each turn, sorted."""
    gc.collect()
    gc.freeze()
    times: list[float] = []
    session = Session()
    for each in said:
        if each is None:
            session = Session()
            continue
        start = time.perf_counter()
        session = step(session, each, base, DAY).session
        times.append(1000 * (time.perf_counter() - start))
    return sorted(times)


def start_times(home: Path, count: int) -> list[float]:
    """Return the milliseconds of `ask` as a process; the first run has no search index."""
    config = home / "config.yaml"
    config.write_text(f"knowledge: {KNOWLEDGE}\n", encoding="utf-8")
    command = [sys.executable, "-m", "bot", "--config", str(config), "ask", QUESTION]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    times: list[float] = []
    for _ in range(count + 1):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, env=environment, cwd=home)
        times.append(1000 * (time.perf_counter() - start))
    return times


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.turn")
    parser.add_argument("--turns", type=int, default=5000)
    parser.add_argument("--starts", type=int, default=5)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as home:
        base = load_base(KNOWLEDGE, Path(home))
        said = utterances(base, options.turns, seed=1)
        turn_times(base, said[:200])
        times = turn_times(base, said)
        p99 = times[int(len(times) * 0.99)]
        print(
            f"turn: p50 {statistics.median(times):.2f} ms, p99 {p99:.2f} ms, "
            f"slowest {times[-1]:.2f} ms ({len(times)} turns)"
        )
    with tempfile.TemporaryDirectory() as home:
        first, *rest = start_times(Path(home), options.starts)
        print(
            f"ask from a cold start: {statistics.median(rest):.0f} ms; first ever {first:.0f} ms"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
