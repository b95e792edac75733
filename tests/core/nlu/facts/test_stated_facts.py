"""Facts as stated: messages of many kinds, and the profile that a turn leaves (facts.yaml)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.domain.session import Mode, Profile, Session, Utterance
from tests.knowledge_base import DAY

HERE = Path(__file__).parent
# Messages whose facts are not all found yet; a wrong fact is never allowed.
INCOMPLETE_MAX = 10
CHECK_RIGHT_MIN = 46
CHECK_WRONG_MAX = 3
# For each unseen set the least number of messages with exactly the right profile, and the most
# with a wrong fact (a district counts).
UNSEEN = {
    "facts_unseen.yaml": (115, 41),
    "facts_unseen_2.yaml": (189, 57),
    "facts_unseen_3.yaml": (212, 76),
    "facts_unseen_4.yaml": (229, 84),
}

Choices = dict[str, set[str]]


@dataclass(frozen=True)
class Example:
    """A message with the facts that it states."""

    say: str
    facts: Choices
    may: Choices
    other: Choices
    may_other: Choices
    before: Sequence[str] = ()
    asked: str = ""


def choices(found: Mapping[str, Any] | None) -> Choices:
    return {s: set(c) if isinstance(c, list) else {c} for s, c in (found or {}).items()}


def examples(file: str) -> list[Example]:
    raw = yaml.safe_load((HERE / file).read_text(encoding="utf-8"))
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
    own, others = profiles(base, example)
    wrong, missing = wrong_and_missing(own, example.facts, example.may)
    of_others = wrong_and_missing(others, example.other, example.may_other)
    return wrong | of_others[0], missing | of_others[1]


@pytest.mark.parametrize("example", examples("facts.yaml"), ids=lambda e: e.say)
def test_no_wrong_fact_is_stored(example: Example, base: KnowledgeBase) -> None:
    assert judged(base, example)[0] == set()


def test_a_part_that_is_all_words_does_not_hide_what_others_say(base: KnowledgeBase) -> None:
    facts = base.reader.facts("在福建扎钢筋的，今年回三江，想开个小店")
    assert facts.stated["identity"] == ("migrant_worker",)


def test_stated_facts_are_stored(base: KnowledgeBase) -> None:
    missing = [e.say for e in examples("facts.yaml") if judged(base, e)[1]]
    assert len(missing) <= INCOMPLETE_MAX, missing


def test_facts_of_the_check_set_are_stored(base: KnowledgeBase) -> None:
    results = [judged(base, example) for example in examples("facts_check.yaml")]
    assert sum(not wrong and not missing for wrong, missing in results) >= CHECK_RIGHT_MIN
    assert sum(bool(wrong) for wrong, _ in results) <= CHECK_WRONG_MAX


@pytest.mark.parametrize(("file", "right_min", "wrong_max"), [(f, *n) for f, n in UNSEEN.items()])
def test_facts_in_unseen_wordings_are_stored(
    file: str, right_min: int, wrong_max: int, base: KnowledgeBase
) -> None:
    results = [judged(base, example) for example in examples(file)]
    assert sum(not wrong and not missing for wrong, missing in results) >= right_min
    assert sum(bool(wrong) for wrong, _ in results) <= wrong_max
