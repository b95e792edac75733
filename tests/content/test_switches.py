"""The switches of place.yaml for emergencies: the bot is paused, supports are suspended."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.content.readers.loader import load
from bot.core.domain.knowledge import SupportStatus
from tests.content.sample_folder import build, only, problems_of, put

SUPPORT = "venue-grant"


def append(folder: Path, line: str) -> None:
    """Add a line to place.yaml."""
    text = (folder / "place.yaml").read_text("utf-8")
    put(folder, "place.yaml", f"{text}{line}\n")


def test_a_suspended_support_counts_as_such_and_keeps_its_own_status(tmp_path: Path) -> None:
    folder = build(tmp_path)
    own = load(folder).supports[SUPPORT].status
    append(folder, f"suspended: [{SUPPORT}]")
    knowledge = load(folder)
    assert knowledge.supports[SUPPORT].status is SupportStatus.SUSPENDED
    assert knowledge.without_switches().supports[SUPPORT].status is own
    assert knowledge.without_switches().without_switches().supports[SUPPORT].status is own


def test_the_bot_is_paused_by_a_line(tmp_path: Path) -> None:
    folder = build(tmp_path)
    assert not load(folder).locality.paused
    append(folder, "paused: true")
    assert load(folder).locality.paused
    assert not load(folder).without_switches().locality.paused


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("paused: yes", "只能写 true 或 false"),
        ("suspended: [venue-grants]", "venue-grant"),
        ("suspended: venue-grant", "要写列表"),
    ],
)
def test_a_slip_is_told(tmp_path: Path, line: str, said: str) -> None:
    folder = build(tmp_path)
    append(folder, line)
    problem = only(problems_of(folder))
    assert problem.file == "place.yaml"
    assert said in f"{problem.message}{problem.hint}"
