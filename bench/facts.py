"""Measure which facts of the speaker are found in messages that nothing was trained on.

    python -m bench.facts [file …] [-v]

Without files, every file of `bench/fact_messages` is measured: some 12,000 messages by eight
writers who knew neither the samples nor the words of the knowledge. Each message is the first one
of a fresh conversation. One row is printed for each file: how many messages leave exactly the
right profile, how many miss a fact and how many state a wrong one; then the facts that are missed
and wrongly stated most often. `-v` shows each message that is not right. Takes about a minute.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from bench.quality import DAY, KNOWLEDGE
from bot.app.composition import load_base
from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.domain.session import Session, Utterance

MESSAGES = Path(__file__).parent / "fact_messages"
# Facts that are shown among those missed and wrongly stated most often.
SHOWN = 12


class Judged(NamedTuple):
    """A message, and the facts (slot=choice) that are missed and wrongly stated."""

    say: str
    missing: frozenset[str]
    wrong: frozenset[str]


def judged(file: Path, base: KnowledgeBase) -> list[Judged]:
    """Return the messages of a file with what is not right."""
    found = []
    for row in yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader):
        session = step(Session(), Utterance(row["say"]), base, DAY).session.turned_to("")
        have = _flat(session.profile)
        want = _flat(row["facts"])
        found.append(Judged(row["say"], want - have, have - want))
    return found


def _flat(facts: object) -> frozenset[str]:
    """Return facts as slot=choice."""
    slots = dict(facts) if isinstance(facts, dict) else {}
    return frozenset(f"{slot}={choice}" for slot, choices in slots.items() for choice in choices)


def line(name: str, found: Sequence[Judged]) -> str:
    """Return the row of a file."""
    exact = sum(not each.missing and not each.wrong for each in found)
    missing, wrong = sum(bool(e.missing) for e in found), sum(bool(e.wrong) for e in found)
    return f"{name:34}{len(found):8}{exact:8}{missing:8}{wrong:8}{100 * exact / len(found):8.1f} %"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m bench.facts")
    parser.add_argument("files", nargs="*", type=Path, default=sorted(MESSAGES.glob("*.yaml")))
    parser.add_argument("-v", action="store_true", dest="verbose", help="show each that is wrong")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as home:
        base = load_base(KNOWLEDGE, Path(home))
    every: list[Judged] = []
    print(f"{'':34}{'messages':>8}{'exact':>8}{'missing':>8}{'wrong':>8}")
    for file in options.files:
        found = judged(file, base)
        every += found
        print(line(file.stem, found), flush=True)
        for each in found if options.verbose else ():
            if each.missing or each.wrong:
                print(
                    f"  {each.say}\n    missing {sorted(each.missing)} wrong {sorted(each.wrong)}"
                )
    print(line("all", every))
    for title, kind in (("missed", "missing"), ("wrong", "wrong")):
        counts = Counter(fact for each in every for fact in getattr(each, kind))
        print(f"{title}: " + ", ".join(f"{f} {n}" for f, n in counts.most_common(SHOWN)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
