"""A switch is taken over without the checks, and only a switch."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.app.composition import check, fresh_base
from bot.content.readers.loader import load
from bot.core.dialogue.manager import KnowledgeBase
from bot.workshop.switches import Switches, read_switches, switched_base, switches_of
from tests.content.sample_folder import VENUE, edit
from tests.content.sample_knowledge import playable
from tests.core.small_knowledge import small_base

BOTH = "paused: true\nsuspended: [venue-grant]\n"


def switch(folder: Path, text: str = BOTH) -> None:
    """Add lines to place.yaml."""
    with (folder / "place.yaml").open("a", encoding="utf-8") as file:
        file.write(text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return playable(tmp_path / "knowledge")


@pytest.fixture
def live(folder: Path) -> KnowledgeBase:
    """The knowledge of the folder; its index is never asked."""
    small = small_base()
    return KnowledgeBase(load(folder), small.index, small.act_model)


def test_a_switch_is_taken_with_the_index_that_is_there(folder: Path, live: KnowledgeBase) -> None:
    assert read_switches(folder) == Switches()
    assert switched_base(folder, live) is None
    switch(folder)
    assert read_switches(folder) == Switches(True, ("venue-grant",))
    base = fresh_base(folder, folder.parent, live)
    assert base.index is live.index
    assert switches_of(base.knowledge) == Switches(True, ("venue-grant",))
    assert base.knowledge.version != live.knowledge.version
    assert switched_base(folder, base) is None


def test_and_back(folder: Path, live: KnowledgeBase) -> None:
    before = (folder / "place.yaml").read_bytes()
    switch(folder)
    base = switched_base(folder, live)
    assert base is not None
    (folder / "place.yaml").write_bytes(before)
    again = switched_base(folder, base)
    assert again is not None
    assert again.knowledge.version == live.knowledge.version
    assert again.knowledge.supports == live.knowledge.supports


def test_another_change_beside_a_switch_goes_through_the_checks(
    folder: Path, live: KnowledgeBase
) -> None:
    switch(folder)
    edit(folder, VENUE, "status: open\n", "status: exhausted\n")
    assert switched_base(folder, live) is None


@pytest.mark.parametrize(
    "text", ["paused: yes\n", "suspended: [nothing]\n", "paused: [\n", "x: y\n"]
)
def test_a_slip_goes_through_the_checks(folder: Path, live: KnowledgeBase, text: str) -> None:
    switch(folder, text)
    assert switched_base(folder, live) is None


def test_scenarios_do_not_keep_an_admin_from_a_switch(folder: Path, tmp_path: Path) -> None:
    switch(folder)
    assert check(folder, tmp_path).problems == ()
