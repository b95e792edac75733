"""Live reload: a save goes live whole, what does not hold leaves the old one serving."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.content.live import reload
from bot.content.live.reload import Live, watch
from bot.errors import KnowledgeError, Problem

PROBLEM = Problem("page", 1, "写错了")


@dataclass
class Shelf:
    """A folder with one page. What starts with 坏 is refused; 炸 is a fault nobody foresaw.

    `gate` holds a build back; `builds` counts, `together` is the most that ran at once.
    """

    folder: Path
    gate: threading.Event = field(default_factory=threading.Event)
    builds: int = 0
    running: int = 0
    together: int = 0

    def __post_init__(self) -> None:
        self.gate.set()

    @property
    def page(self) -> Path:
        return self.folder / "page"

    def build(self) -> str:
        self.builds += 1
        self.running += 1
        self.together = max(self.together, self.running)
        # As in the real one, a page that is not there is a problem like any other.
        text = self.page.read_text("utf-8") if self.page.exists() else "坏"
        self.gate.wait(10)
        self.running -= 1
        if text.startswith("坏"):
            raise KnowledgeError([PROBLEM])
        if text.startswith("炸"):
            raise ValueError(text)
        return text


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    made = Shelf(tmp_path / "shelf")
    made.folder.mkdir()
    made.page.write_text("一", "utf-8")
    return made


async def test_a_change_that_holds_is_swapped_in(shelf: Shelf) -> None:
    live = Live("一", shelf.build)
    shelf.page.write_text("二", "utf-8")
    assert live() == "一"
    assert await live.refresh()
    assert live() == "二"


async def test_a_change_that_does_not_hold_leaves_the_old_one_and_says_why(shelf: Shelf) -> None:
    live = Live("一", shelf.build)
    shelf.page.write_text("坏", "utf-8")
    assert not await live.refresh()
    assert (live(), live.problems) == ("一", (PROBLEM,))
    shelf.page.write_text("三", "utf-8")
    assert await live.refresh()
    assert (live(), live.problems) == ("三", ())


async def test_the_old_one_serves_while_the_new_one_is_made(shelf: Shelf) -> None:
    live = Live("一", shelf.build)
    shelf.page.write_text("二", "utf-8")
    shelf.gate.clear()
    making = asyncio.create_task(live.refresh())
    for _ in range(20):
        await asyncio.sleep(0.001)
        assert live() == "一"
    shelf.gate.set()
    assert await making
    assert live() == "二"


async def test_changes_are_made_ready_one_after_the_other(shelf: Shelf) -> None:
    live = Live("一", shelf.build)
    assert await asyncio.gather(*(live.refresh() for _ in range(5))) == [True] * 5
    assert (shelf.builds, shelf.together) == (5, 1)


@dataclass
class Watched:
    """A shelf that is watched; `told` is what was heard of each try."""

    shelf: Shelf
    live: Live[str]
    told: list[tuple[bool, float]] = field(default_factory=list)

    async def until(self, ready: Callable[[], bool], seconds: float = 60.0) -> None:
        """Return when this holds."""
        async with asyncio.timeout(seconds):
            while not ready():  # noqa: ASYNC110 - what is awaited happens in other objects
                await asyncio.sleep(0.01)

    async def shows(self, text: str, seconds: float = 60.0) -> None:
        """Return when this is live."""
        await self.until(lambda: self.live() == text, seconds)


@asynccontextmanager
async def watched(shelf: Shelf, settle_ms: int = 50) -> AsyncIterator[Watched]:
    """The shelf, once the watch stands."""
    live = Live("", shelf.build)
    held = Watched(shelf, live)
    watching = asyncio.create_task(
        watch(shelf.folder, live, settle_ms, lambda swapped, s: held.told.append((swapped, s)))
    )
    try:
        while not held.told:
            shelf.page.write_text("一", "utf-8")
            await asyncio.sleep(0.02 + settle_ms / 500)
        await held.shows("一")
        yield held
    finally:
        watching.cancel()
        await asyncio.wait({watching})


def in_place(page: Path, text: str) -> None:
    page.write_text(text, "utf-8")


def renamed_over(page: Path, text: str) -> None:
    page.with_name(".page.tmp").write_text(text, "utf-8")
    page.with_name(".page.tmp").replace(page)


def with_a_backup(page: Path, text: str) -> None:
    page.rename(page.with_name("page~"))
    page.write_text(text, "utf-8")


def deleted_first(page: Path, text: str) -> None:
    page.unlink()
    page.write_text(text, "utf-8")


def in_pieces(page: Path, text: str) -> None:
    with page.open("wb", buffering=0) as file:
        for byte in text.encode():
            file.write(bytes([byte]))


@pytest.mark.parametrize("save", [in_place, renamed_over, with_a_backup, deleted_first, in_pieces])
async def test_a_save_goes_live_however_the_editor_saves(
    shelf: Shelf, save: Callable[[Path, str], None]
) -> None:
    async with watched(shelf) as held:
        save(shelf.page, "二")
        await held.shows("二")
        save(shelf.page, "三")
        await held.shows("三")


async def test_each_try_is_told_with_its_seconds(shelf: Shelf) -> None:
    async with watched(shelf) as held:
        held.told.clear()
        shelf.page.write_text("坏", "utf-8")
        await held.until(lambda: any(not swapped for swapped, _ in held.told))
        assert held.live() == "一"
        assert held.live.problems == (PROBLEM,)
        assert all(0 <= seconds < 60 for _, seconds in held.told)


async def test_a_save_while_another_is_made_ready_is_not_lost(shelf: Shelf) -> None:
    async with watched(shelf) as held:
        builds = shelf.builds
        shelf.gate.clear()
        shelf.page.write_text("二", "utf-8")
        await held.until(lambda: shelf.builds > builds and shelf.running > 0)
        shelf.page.write_text("三", "utf-8")
        await asyncio.sleep(0.1)
        shelf.gate.set()
        await held.shows("三")


async def test_a_page_below_the_folder_counts_too(shelf: Shelf) -> None:
    async with watched(shelf) as held:
        below = shelf.folder / "scenarios"
        below.mkdir()
        await asyncio.sleep(0.1)
        held.told.clear()
        (below / "new.yaml").write_text("[]", "utf-8")
        await held.until(lambda: bool(held.told))


async def test_an_editor_is_given_the_time_to_finish(shelf: Shelf) -> None:
    async with watched(shelf, settle_ms=400) as held:
        await asyncio.sleep(0.5)
        held.told.clear()
        shelf.page.write_text("坏", "utf-8")
        await asyncio.sleep(0.2)
        shelf.page.write_text("二", "utf-8")
        await held.shows("二")
        assert all(swapped for swapped, _ in held.told)


async def test_a_fault_that_nobody_foresaw_leaves_the_watch_standing(shelf: Shelf) -> None:
    async with watched(shelf) as held:
        shelf.page.write_text("炸", "utf-8")
        await held.until(lambda: not all(swapped for swapped, _ in held.told), 2)
        assert held.live() == "一"
        shelf.page.write_text("二", "utf-8")
        await held.shows("二", 2)


async def test_a_folder_replaced_as_a_whole_is_watched_on(shelf: Shelf, tmp_path: Path) -> None:
    async with watched(shelf) as held:
        other = tmp_path / "other"
        other.mkdir()
        (other / "page").write_text("二", "utf-8")
        shelf.folder.rename(tmp_path / "away")
        other.rename(shelf.folder)
        await held.shows("二")
        await asyncio.sleep(0.3)
        shelf.page.write_text("三", "utf-8")
        await held.shows("三", 2)


async def test_a_save_before_the_new_folder_is_watched_is_not_lost(
    shelf: Shelf, tmp_path: Path
) -> None:
    async with watched(shelf) as held:
        other = tmp_path / "other"
        other.mkdir()
        (other / "page").write_text("二", "utf-8")
        shelf.gate.clear()
        shelf.folder.rename(tmp_path / "away")
        other.rename(shelf.folder)
        await held.until(lambda: shelf.running > 0)
        # 二 has been read, and the watch still stands on the folder that went away.
        shelf.page.write_text("三", "utf-8")
        shelf.gate.set()
        await held.shows("三", 5)
        assert [swapped for swapped, _ in held.told[-2:]] == [True, True]


async def test_a_folder_that_nobody_touched_is_not_made_ready_again(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reload, "LOOK_MS", 50)
    held = Watched(shelf, Live("一", shelf.build))
    watching = asyncio.create_task(
        watch(shelf.folder, held.live, 50, lambda swapped, s: held.told.append((swapped, s)))
    )
    await asyncio.sleep(0.4)
    watching.cancel()
    await asyncio.wait({watching})
    assert held.told == []


async def test_a_folder_that_goes_away_and_comes_back_goes_live(
    shelf: Shelf, tmp_path: Path
) -> None:
    async with watched(shelf) as held:
        shelf.folder.rename(tmp_path / "away")
        await held.until(lambda: held.live.problems != ())
        assert held.live() == "一"
        (tmp_path / "away" / "page").write_text("二", "utf-8")
        await asyncio.sleep(0.5)
        (tmp_path / "away").rename(shelf.folder)
        await held.shows("二")
        assert held.live.problems == ()
        shelf.page.write_text("三", "utf-8")
        await held.shows("三")
