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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from bench.quality import DAY, KNOWLEDGE
from bot.app.composition import load_base
from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.domain.session import Mode, Profile, Session, Utterance

MESSAGES = Path(__file__).parent / "fact_messages"
# Facts that are shown among those missed and wrongly stated most often.
SHOWN = 12
# The messages that the tests judge.
TESTED = Path(__file__).parents[1] / "tests" / "core" / "nlu" / "facts"


Choices = dict[str, set[str]]


@dataclass(frozen=True)
class Example:
    """A message with the facts that it states of the speaker and of other people, and those that
    it may state. `before`: what was said before; `asked`: the slot that is pending."""

    say: str
    facts: Choices
    may: Choices
    other: Choices
    may_other: Choices
    before: Sequence[str] = ()
    asked: str = ""


def choices(found: Mapping[str, Any] | None) -> Choices:
    """Return the choices by slot of a table whose values are lists or single choices."""
    return {s: set(c) if isinstance(c, list) else {c} for s, c in (found or {}).items()}


def examples(file: Path) -> list[Example]:
    """Return the messages of a file."""
    raw = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return [
        Example(
            each["say"],
            choices(each["facts"]),
            choices(each.get("may")),
            choices(each.get("other")),
            choices(each.get("may_other")),
            each.get("before", ()),
            each.get("asked", ""),
        )
        for each in raw
    ]


def profiles(base: KnowledgeBase, example: Example) -> tuple[Profile, Choices]:
    """Return the profile of the user and the choices of all other people after the message."""
    session = Session()
    for text in example.before:
        session = step(session, Utterance(text), base, DAY).session
    if example.asked:
        session = session._replace(pending=example.asked, interviewing=True, mode=Mode.INTERVIEW)
    session = step(session, Utterance(example.say), base, DAY).session
    session = session.turned_to("")
    others: Choices = {}
    for person in session.people:
        for answer in person.answers:
            others.setdefault(answer.slot, set()).update(answer.choices)
    return session.profile, others


def wrong_and_missing(
    have: Mapping[str, Any], wanted: Choices, allowed: Choices
) -> tuple[set[str], set[str]]:
    """Return the choices that are wrong and those that are missing."""
    found = {c for each in have.values() for c in each}
    want = {c for each in wanted.values() for c in each}
    may = {c for each in allowed.values() for c in each}
    return found - want - may, want - found


def judged(base: KnowledgeBase, example: Example) -> tuple[set[str], set[str]]:
    """Return the facts of all people that are wrong and that are missing after a message."""
    own, others = profiles(base, example)
    wrong, missing = wrong_and_missing(own, example.facts, example.may)
    of_others = wrong_and_missing(others, example.other, example.may_other)
    return wrong | of_others[0], missing | of_others[1]


class Judged(NamedTuple):
    """A message, and the choices that are wrong and missing after it."""

    say: str
    wrong: set[str]
    missing: set[str]


def measured(file: Path, base: KnowledgeBase) -> list[Judged]:
    """Return the messages of a file with what is not right of the speaker."""
    found = []
    for example in examples(file):
        own, _ = profiles(base, example)
        found.append(Judged(example.say, *wrong_and_missing(own, example.facts, example.may)))
    return found


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
        found = measured(file, base)
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
