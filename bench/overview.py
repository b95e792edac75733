"""Measure the guide on every set at once, and compare two states of it.

    python -m bench.overview [--save FILE] [--against FILE] [--sets NAME,…]

Plays the scenarios, the talks, the questions and the messages with unseen facts, in two
processes, and prints how many of each set are right. `--save` keeps what is right in a JSON file;
`--against` lists what a saved state had right and this one has not, and the reverse. Use it to see
what a change of knowledge or of weights does before the tests run. Takes half a minute.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import yaml

from bench.facts import TESTED, examples, judged
from bench.quality import DAY, KNOWLEDGE, QUESTIONS, chat, mark, read_questions
from bench.talks import TALKS, play
from bot.app.composition import load_base
from bot.content.checks.scenario_runner import run_scenario
from bot.content.readers.loader import scenarios
from bot.core.dialogue.manager import KnowledgeBase

# An item of a set, and the fault that it has; "" if it is right.
Results = dict[str, str]
Play = Callable[[KnowledgeBase], Iterator[tuple[str, str]]]


def played_scenarios(base: KnowledgeBase) -> Iterator[tuple[str, str]]:
    """Yield each scenario with its first fault."""
    for scenario in scenarios(KNOWLEDGE):
        results = run_scenario(scenario, base, DAY)
        faults = [fault for result in results for fault in result.failures]
        yield scenario.name, "; ".join(faults[:1])


def played_talks(file: Path) -> Play:
    """Return a player of the turns of a file of talks."""

    def turns(base: KnowledgeBase) -> Iterator[tuple[str, str]]:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
        for talk, number, _, faults in play(data, base, set()):
            own = talk["turns"][number - 1]
            said = own.get("user") or own.get("choice")
            yield f"{talk['kind']} {talk['id']} {number} {said}", ", ".join(faults)

    return turns


def played_questions(file: Path) -> Play:
    """Return a player of the questions of a file: what each answer misses."""

    def answers(base: KnowledgeBase) -> Iterator[tuple[str, str]]:
        way = chat(base)
        for question in read_questions(file):
            found = mark(question, way(question.text))
            yield question.text, "wrong" if found.wrong else "" if found.served else "not served"

    return answers


def played_facts(file: Path) -> Play:
    """Return a player of messages with the facts that they state."""

    def messages(base: KnowledgeBase) -> Iterator[tuple[str, str]]:
        for example in examples(file):
            wrong, missing = judged(base, example)
            parts = [f"wrong {sorted(wrong)}"] * bool(wrong)
            parts += [f"missing {sorted(missing)}"] * bool(missing)
            yield example.say, ", ".join(parts)

    return messages


SETS: Mapping[str, Play] = {
    "scenarios": played_scenarios,
    **{
        f"questions {file.parent.stem}/{file.stem}": played_questions(file)
        for file in sorted(QUESTIONS.rglob("*.yaml"))
    },
    **{f"talks {file.stem}": played_talks(file) for file in sorted(TALKS.glob("*.yaml"))},
    **{f"facts {f.stem}": played_facts(f) for f in sorted(TESTED.glob("facts*.yaml"))},
}


def measured(names: Sequence[str]) -> dict[str, Results]:
    """Return the results of some sets."""
    with tempfile.TemporaryDirectory() as home:
        base = load_base(KNOWLEDGE, Path(home))
    return {name: dict(SETS[name](base)) for name in names}


def all_measured(names: Sequence[str]) -> dict[str, Results]:
    """Return the results of some sets, measured in two processes."""
    with ProcessPoolExecutor(2) as pool:
        halves = pool.map(measured, (names[::2], names[1::2]))
    found = {name: results for half in halves for name, results in half.items()}
    return {name: found[name] for name in names}


def right(results: Results) -> int:
    """Return how many items of a set are right."""
    return sum(not fault for fault in results.values())


def report(now: Mapping[str, Results], before: Mapping[str, Results]) -> Iterator[str]:
    """Yield the lines of the table, and the items whose result is another one."""
    width = max(map(len, now))
    for name, results in now.items():
        old = before.get(name)
        change = f" ({right(results) - right(old):+})" if old else ""
        wrong = sum("wrong" in fault for fault in results.values())
        told = f", {wrong} wrong" if name.startswith(("facts", "questions")) else ""
        yield f"{name:{width}} {right(results):5} of {len(results):5}{change}{told}"
    for kind in ("questions", "talks", "facts"):
        sets = [results for name, results in now.items() if name.startswith(kind)]
        total = f"{sum(map(right, sets)):5} of {sum(map(len, sets)):5}"
        yield f"{'all ' + kind:{width}} {total}"
    for name, results in now.items():
        old = before.get(name, {})
        for item in old.keys() & results.keys():
            if bool(old[item]) != bool(results[item]):
                sign = "-" if results[item] else "+"
                yield f"{sign} {name}: {item}: {results[item] or old[item]}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m bench.overview")
    parser.add_argument("--save", type=Path, help="where to keep what is right")
    parser.add_argument("--against", type=Path, help="a kept state to compare with")
    parser.add_argument("--sets", default="", help="words in the names of sets, commas between")
    options = parser.parse_args(arguments)
    words = options.sets.split(",")
    now = all_measured([name for name in SETS if any(word in name for word in words)])
    before = json.loads(options.against.read_text("utf-8")) if options.against else {}
    print("\n".join(report(now, before)))
    if options.save:
        options.save.write_text(json.dumps(now, ensure_ascii=False), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
