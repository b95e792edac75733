"""The talks: that the judge notices a wrong reply, and that what was reached is not lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench.talks import CHECKS, OTHER_KEYS, TALKS, Judge, play
from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.domain.session import Session, Utterance
from tests.knowledge_base import DAY

FILES = sorted(TALKS.glob("*.yaml"))
# The least share of turns that are right. Raised when it rises.
FLOORS = {
    "residents": 0.80,
    "professionals": 0.78,
    "visitors": 0.77,
    "townspeople": 0.71,
    "founders": 0.70,
    "anybody": 0.78,
    "students": 0.74,
    "villagers": 0.75,
    "offices": 0.61,
    "moods": 0.76,
    "points": 0.73,
    "countryside": 0.70,
    "specialists": 0.70,
    "strangers": 0.78,
    "neighbours": 0.71,
    "callers": 0.71,
    "outsiders": 0.77,
}


def read(file: Path) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return data


def faults(base: KnowledgeBase, text: str, **wanted: Any) -> list[str]:
    judge = Judge(
        base,
        {"unknown": "没有写这件事", "nothing": "没看懂", "signpost": "您问的像是"},
        frozenset(),
    )
    turn = step(Session(), Utterance(text=text), base, DAY)
    return judge.faults(wanted, turn, Session())


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_every_expectation_of_a_file_is_known(file: Path) -> None:
    for talk in read(file)["talks"]:
        for turn in talk["turns"]:
            assert ("user" in turn) != ("choice" in turn), talk["id"]
            assert turn.keys() <= {*CHECKS, *OTHER_KEYS}, talk["id"]


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_as_many_turns_are_right_as_before(file: Path, base: KnowledgeBase) -> None:
    right = [not found for *_, found in play(read(file), base, set())]
    assert sum(right) / len(right) >= FLOORS[file.stem]


def wrong() -> Iterator[tuple[str, dict[str, Any], str]]:
    yield "休学创业能保留学籍吗", {"clause": ["5.2"]}, "clause"
    yield "休学创业能保留学籍吗", {"any_text": ["办公位"]}, "any_text"
    yield "休学创业能保留学籍吗", {"not_text": ["学籍"]}, "not_text"
    yield "休学创业能保留学籍吗", {"no_cites": True}, "no_cites"
    yield "休学创业能保留学籍吗", {"asks": True}, "asks"
    yield "我是在校大学生", {"profile": {"identity": ["returnee"]}}, "profile"
    yield "我是在校大学生", {"not_profile": {"identity": ["student"]}}, "not_profile"
    yield "公积金怎么取", {}, "sends away"


@pytest.mark.parametrize(("text", "wanted", "fault"), tuple(wrong()))
def test_a_reply_that_misses_an_expectation_is_noticed(
    base: KnowledgeBase, text: str, wanted: dict[str, Any], fault: str
) -> None:
    assert faults(base, text, **wanted) == [fault]


def test_a_reply_that_meets_its_expectations_has_no_fault(base: KnowledgeBase) -> None:
    wanted = {
        "clause": ["3.2"],
        "any_text": ["保留学籍"],
        "not_blanket": True,
        "verdict": "not_no",
    }
    assert faults(base, "休学创业能保留学籍吗", **wanted) == []
