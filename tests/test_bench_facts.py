"""bench.facts: its messages are unseen, readable, and judged by the profile that they leave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bench.facts import MESSAGES, line, measured
from bot.core.dialogue.manager import KnowledgeBase

FILES = sorted(MESSAGES.glob("*.yaml"))


def rows(file: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.load(file.read_text("utf-8"), yaml.CSafeLoader)
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_messages_name_choices_of_the_interview_and_are_no_samples(
    file: Path, base: KnowledgeBase
) -> None:
    samples = {sample.text for sample in base.knowledge.fact_samples}
    slots = base.knowledge.slots
    for row in rows(file):
        assert row["say"] not in samples
        for slot, choices in row["facts"].items():
            assert all(slots[slot].choice(choice) for choice in choices), row["say"]


def test_no_message_stands_in_two_files() -> None:
    said = [row["say"] for file in FILES for row in rows(file)]
    assert len(said) == len(set(said)) > 10_000


def test_a_message_is_judged_by_the_profile_that_it_leaves(
    base: KnowledgeBase, tmp_path: Path
) -> None:
    file = tmp_path / "messages.yaml"
    facts = "{identity: [student]}", "{identity: [returnee]}", "{}"
    said = "我是在校大学生", "我是在校大学生", "你好"
    lines = [f"- {{say: {s}, facts: {f}}}" for s, f in zip(said, facts, strict=True)]
    file.write_text("\n".join(lines), encoding="utf-8")
    right, other, silent = measured(file, base)
    assert not right.missing | right.wrong
    assert (other.missing, other.wrong) == ({"returnee"}, {"student"})
    assert not silent.missing | silent.wrong
    assert line("messages", [right, other, silent]).split() == [
        "messages", "3", "2", "1", "1", "66.7", "%"
    ]  # fmt: skip
