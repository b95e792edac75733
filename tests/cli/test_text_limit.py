"""`limits.text_chars` decides how much of a text counts, for scripts as for messengers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.processes import lines, run

QUESTION = "休学创业能保留学籍吗？"
TEXT = "昨天晚上又下了好大一场雨。" * 50 + QUESTION
LEAVE = "leave-and-keep-enrolment"


@pytest.mark.parametrize(("limit", "read"), [("1000", True), ("500", False)])
def test_a_question_counts_up_to_the_limit(limit: str, read: bool, home: Path) -> None:
    typed = json.dumps({"id": "1", "user": "a", "text": TEXT}).encode() + b"\n"
    setting = {"POLICYBOT_LIMITS__TEXT_CHARS": limit}

    (asked,) = lines(run(home, "ask", "--jsonl", typed=typed, **setting).stdout)
    (talked,) = lines(run(home, "chat", "--jsonl", typed=typed, **setting).stdout)

    assert (asked["outcome"] == "answer") is read
    assert (talked["focus"] == LEAVE) is read
