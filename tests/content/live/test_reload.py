"""Live reload: a valid save goes live at once, a refused one leaves the old value live."""

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
class OnePageFolder:
    """A folder with one file. Text that starts with 坏 is refused; 炸 raises an unexpected error.

    `gate`: a build waits until it is set. `most_at_once`: the most builds that ran at once.
    """

    folder: Path
    name: str = "page"
    gate: threading.Event = field(default_factory=threading.Event)
    builds: int = 0
    running: int = 0
    most_at_once: int = 0

    def __post_init__(self) -> None:
        self.gate.set()

    @property
    def page(self) -> Path:
        return self.folder / self.name

    def build(self) -> str:
        self.builds += 1
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)
        # As in a knowledge folder, a missing file is a problem.
        text = self.page.read_text("utf-8") if self.page.exists() else "坏"
        self.gate.wait(10)
        self.running -= 1
        if text.startswith("坏"):
            raise KnowledgeError([PROBLEM])
        if text.startswith("炸"):
            raise ValueError(text)
        return text


@pytest.fixture
def source(tmp_path: Path) -> OnePageFolder:
    source = OnePageFolder(tmp_path / "folder")
    source.folder.mkdir()
    source.page.write_text("一", "utf-8")
    return source


async def test_a_valid_change_goes_live(source: OnePageFolder) -> None:
    live = Live("一", source.build)
    source.page.write_text("二", "utf-8")
    assert live() == "一"
    assert await live.refresh()
    assert live() == "二"


async def test_a_refused_change_leaves_the_old_value_live_and_gives_the_problems(
    source: OnePageFolder,
) -> None:
    live = Live("一", source.build)
    source.page.write_text("坏", "utf-8")
    assert not await live.refresh()
    assert (live(), live.problems) == ("一", (PROBLEM,))
    source.page.write_text("三", "utf-8")
    assert await live.refresh()
    assert (live(), live.problems) == ("三", ())


async def test_the_old_value_stays_live_while_the_new_one_is_built(source: OnePageFolder) -> None:
    live = Live("一", source.build)
    source.page.write_text("二", "utf-8")
    source.gate.clear()
    refreshing = asyncio.create_task(live.refresh())
    for _ in range(20):
        await asyncio.sleep(0.001)
        assert live() == "一"
    source.gate.set()
    assert await refreshing
    assert live() == "二"


async def test_changes_are_built_one_after_the_other(source: OnePageFolder) -> None:
    live = Live("一", source.build)
    assert await asyncio.gather(*(live.refresh() for _ in range(5))) == [True] * 5
    assert (source.builds, source.most_at_once) == (5, 1)


@dataclass
class WatchedFolder:
    """A watched folder. `refreshes`: the result and the seconds of each refresh."""

    source: OnePageFolder
    live: Live[str]
    refreshes: list[tuple[bool, float]] = field(default_factory=list)

    async def until(self, ready: Callable[[], bool], seconds: float = 60.0) -> None:
        """Return when the condition is true."""
        async with asyncio.timeout(seconds):
            while not ready():  # noqa: ASYNC110 - what is awaited happens in other objects
                await asyncio.sleep(0.01)

    async def until_live(self, text: str, seconds: float = 60.0) -> None:
        """Return when this text is live."""
        await self.until(lambda: self.live() == text, seconds)


@asynccontextmanager
async def watched(source: OnePageFolder, settle_ms: int = 50) -> AsyncIterator[WatchedFolder]:
    """Watch a folder; the watch is ready when the body runs."""
    live = Live("", source.build)
    watching_folder = WatchedFolder(source, live)
    watching = asyncio.create_task(
        watch(
            source.folder,
            live,
            settle_ms,
            lambda swapped, s: watching_folder.refreshes.append((swapped, s)),
        )
    )
    try:
        while not watching_folder.refreshes:
            source.page.write_text("一", "utf-8")
            await asyncio.sleep(0.02 + settle_ms / 500)
        await watching_folder.until_live("一")
        yield watching_folder
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
    source: OnePageFolder, save: Callable[[Path, str], None]
) -> None:
    async with watched(source) as watching_folder:
        save(source.page, "二")
        await watching_folder.until_live("二")
        save(source.page, "三")
        await watching_folder.until_live("三")


async def test_each_refresh_is_reported_with_its_duration(source: OnePageFolder) -> None:
    async with watched(source) as watching_folder:
        watching_folder.refreshes.clear()
        source.page.write_text("坏", "utf-8")
        await watching_folder.until(
            lambda: any(not swapped for swapped, _ in watching_folder.refreshes)
        )
        assert watching_folder.live() == "一"
        assert watching_folder.live.problems == (PROBLEM,)
        assert all(0 <= seconds < 60 for _, seconds in watching_folder.refreshes)


async def test_a_save_during_a_build_is_not_lost(source: OnePageFolder) -> None:
    async with watched(source) as watching_folder:
        builds = source.builds
        source.gate.clear()
        source.page.write_text("二", "utf-8")
        await watching_folder.until(lambda: source.builds > builds and source.running > 0)
        source.page.write_text("三", "utf-8")
        await asyncio.sleep(0.1)
        source.gate.set()
        await watching_folder.until_live("三")


async def test_a_file_in_a_sub_folder_counts_too(source: OnePageFolder) -> None:
    async with watched(source) as watching_folder:
        below = source.folder / "scenarios"
        below.mkdir()
        await asyncio.sleep(0.1)
        watching_folder.refreshes.clear()
        (below / "new.yaml").write_text("[]", "utf-8")
        await watching_folder.until(lambda: bool(watching_folder.refreshes))


async def test_a_refresh_waits_until_the_editor_has_finished(source: OnePageFolder) -> None:
    async with watched(source, settle_ms=400) as watching_folder:
        await asyncio.sleep(0.5)
        watching_folder.refreshes.clear()
        source.page.write_text("坏", "utf-8")
        await asyncio.sleep(0.2)
        source.page.write_text("二", "utf-8")
        await watching_folder.until_live("二")
        assert all(swapped for swapped, _ in watching_folder.refreshes)


async def test_an_unexpected_error_does_not_end_the_watch(source: OnePageFolder) -> None:
    async with watched(source) as watching_folder:
        source.page.write_text("炸", "utf-8")
        await watching_folder.until(
            lambda: not all(swapped for swapped, _ in watching_folder.refreshes), 2
        )
        assert watching_folder.live() == "一"
        source.page.write_text("二", "utf-8")
        await watching_folder.until_live("二", 2)


async def test_a_replaced_folder_is_watched_again(source: OnePageFolder, tmp_path: Path) -> None:
    async with watched(source) as watching_folder:
        other = tmp_path / "other"
        other.mkdir()
        (other / "page").write_text("二", "utf-8")
        source.folder.rename(tmp_path / "away")
        other.rename(source.folder)
        await watching_folder.until_live("二")
        await asyncio.sleep(0.3)
        source.page.write_text("三", "utf-8")
        await watching_folder.until_live("三", 2)


async def test_a_save_before_the_new_folder_is_watched_is_not_lost(
    source: OnePageFolder, tmp_path: Path
) -> None:
    async with watched(source) as watching_folder:
        other = tmp_path / "other"
        other.mkdir()
        (other / "page").write_text("二", "utf-8")
        source.gate.clear()
        source.folder.rename(tmp_path / "away")
        other.rename(source.folder)
        await watching_folder.until(lambda: source.running > 0)
        # 二 has been read, and the watch still stands on the folder that went away.
        source.page.write_text("三", "utf-8")
        source.gate.set()
        await watching_folder.until_live("三", 5)
        assert [swapped for swapped, _ in watching_folder.refreshes[-2:]] == [True, True]


async def test_an_unchanged_folder_is_not_built_again(
    source: OnePageFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reload, "LOOK_MS", 50)
    watching_folder = WatchedFolder(source, Live("一", source.build))
    watching = asyncio.create_task(
        watch(
            source.folder,
            watching_folder.live,
            50,
            lambda swapped, s: watching_folder.refreshes.append((swapped, s)),
        )
    )
    await asyncio.sleep(0.4)
    watching.cancel()
    await asyncio.wait({watching})
    assert watching_folder.refreshes == []


async def test_a_folder_that_is_removed_and_restored_goes_live(
    source: OnePageFolder, tmp_path: Path
) -> None:
    async with watched(source) as watching_folder:
        source.folder.rename(tmp_path / "away")
        await watching_folder.until(lambda: watching_folder.live.problems != ())
        assert watching_folder.live() == "一"
        (tmp_path / "away" / "page").write_text("二", "utf-8")
        await asyncio.sleep(0.5)
        (tmp_path / "away").rename(source.folder)
        await watching_folder.until_live("二")
        assert watching_folder.live.problems == ()
        source.page.write_text("三", "utf-8")
        await watching_folder.until_live("三")


class NoEvents:
    """A system that cannot watch files, such as one whose inotify instances are used up."""

    def __call__(self, *_: object, **__: object) -> AsyncIterator[object]:
        raise OSError("inotify instance limit reached")


class SilentEvents:
    """A file system that accepts a watch and never reports a change, such as a network share."""

    async def __call__(self, *_: object, **__: object) -> AsyncIterator[object]:
        while True:
            await asyncio.sleep(0.02)
            yield set()


@pytest.mark.parametrize(("events", "polls"), [(NoEvents(), 1), (SilentEvents(), 0)])
async def test_a_save_goes_live_where_the_system_reports_no_changes(
    source: OnePageFolder, monkeypatch: pytest.MonkeyPatch, events: reload.Events, polls: int
) -> None:
    monkeypatch.setattr(reload, "RETRY_SECONDS", 0.02)
    watched_folder = WatchedFolder(source, Live("一", source.build))
    polling: list[Exception | None] = []
    watching = asyncio.create_task(
        watch(
            source.folder,
            watched_folder.live,
            10,
            lambda swapped, s: watched_folder.refreshes.append((swapped, s)),
            on_polling=polling.append,
            events=events,
        )
    )
    await asyncio.sleep(0.1)
    assert watched_folder.refreshes == []
    for text in ("二", "三"):
        source.page.write_text(text, "utf-8")
        await watched_folder.until_live(text)
    watching.cancel()
    await asyncio.wait({watching})
    assert len(polling) == polls


async def test_a_save_far_below_the_folder_goes_live_without_reported_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reload, "RETRY_SECONDS", 0.02)
    source = OnePageFolder(tmp_path, "policies/town/supports/page")
    source.page.parent.mkdir(parents=True)
    source.page.write_text("一", "utf-8")
    watched_folder = WatchedFolder(source, Live("一", source.build))
    watching = asyncio.create_task(
        watch(source.folder, watched_folder.live, 10, lambda *_: None, events=SilentEvents())
    )
    await asyncio.sleep(0.1)
    source.page.write_text("二", "utf-8")
    await watched_folder.until_live("二")
    watching.cancel()
    await asyncio.wait({watching})


class RecoveringEvents:
    """A system whose watches are used up at first and free later."""

    def __init__(self) -> None:
        self.tries = 0

    async def __call__(self, *_: object, **__: object) -> AsyncIterator[object]:
        self.tries += 1
        if self.tries < 3:
            raise OSError("inotify instance limit reached")
        while True:
            await asyncio.sleep(0.02)
            yield set()


async def test_polling_is_reported_once_and_its_end_too(
    source: OnePageFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reload, "RETRY_SECONDS", 0.02)
    watched_folder = WatchedFolder(source, Live("一", source.build))
    polling: list[Exception | None] = []
    watching = asyncio.create_task(
        watch(
            source.folder,
            watched_folder.live,
            10,
            lambda swapped, s: watched_folder.refreshes.append((swapped, s)),
            on_polling=polling.append,
            events=RecoveringEvents(),
        )
    )
    await watched_folder.until(lambda: len(polling) == 2)
    assert isinstance(polling[0], OSError)
    assert polling[1] is None
    source.page.write_text("二", "utf-8")
    await watched_folder.until_live("二")
    watching.cancel()
    await asyncio.wait({watching})
    assert len(polling) == 2


async def test_a_file_system_that_hangs_does_not_hold_up_the_service(
    source: OnePageFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, looked = threading.Event(), threading.Event()
    answered: list[bool] = []

    def hanging(folder: Path) -> reload.Files:
        looked.set()
        answered.append(answer.wait(10))
        return frozenset()

    monkeypatch.setattr(reload, "_files_now", hanging)
    watching = asyncio.create_task(
        watch(source.folder, Live("一", source.build), 10, lambda swapped, s: None)
    )
    while not looked.is_set():  # noqa: ASYNC110 - set by another thread
        await asyncio.sleep(0.001)
    # Only a loop that goes on meanwhile can let the file system answer.
    answer.set()
    while not answered:  # noqa: ASYNC110 - set by another thread
        await asyncio.sleep(0.001)
    watching.cancel()
    await asyncio.wait({watching})
    assert answered[0]
