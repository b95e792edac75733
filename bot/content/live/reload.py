"""Reload the knowledge when a file is saved.

The new knowledge is built in a thread and replaces the old one at once. If it has problems (a
broken file, a failing scenario), the old one stays live.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Generic, TypeVar

from watchfiles import awatch

from bot.errors import KnowledgeError, Problem

T = TypeVar("T")
RETRY_SECONDS = 1.0
LOOK_MS = 1000
# A file that changes all the time must not put off the reload for ever.
MOST_SETTLES = 50

Events = Callable[..., AsyncIterator[object]]
Files = frozenset[tuple[str, int, int, int]]


class Live(Generic[T]):
    """The value that is live, and the problems of the last refused one.

    `build` builds a value from the folder, in a thread. It raises KnowledgeError with all
    problems. `before` runs before each build, `after(succeeded)` after it.
    """

    def __init__(
        self,
        first: T,
        build: Callable[[], T],
        *,
        before: Callable[[], Awaitable[None]] | None = None,
        after: Callable[[bool], Awaitable[None]] | None = None,
    ) -> None:
        self._now = first
        self._build = build
        self._before = before
        self._after = after
        self._lock = asyncio.Lock()
        self.problems: tuple[Problem, ...] = ()

    def __call__(self) -> T:
        """Return the live value. Call it once a turn, so that a turn uses one value throughout."""
        return self._now

    async def refresh(self) -> bool:
        """Build a new value and make it live. Return False, and keep the old one, if it fails."""
        async with self._lock:
            if self._before:
                await self._before()
            succeeded = await self._rebuild()
            if self._after:
                await self._after(succeeded)
            return succeeded

    async def _rebuild(self) -> bool:
        try:
            self._now = await asyncio.to_thread(self._build)
        except KnowledgeError as error:
            self.problems = error.problems
            return False
        except Exception as error:  # a bug, or a folder removed meanwhile
            message = f"读知识库时出了意外：{type(error).__name__}"
            self.problems = (Problem("knowledge", 1, message),)
            return False
        self.problems = ()
        return True


async def watch(
    folder: Path,
    live: Live[T],
    settle_ms: int,
    on_refresh: Callable[[bool, float], None],
    *,
    on_polling: Callable[[Exception | None], None] | None = None,
    events: Events = awatch,
) -> None:
    """Refresh `live` after every save in the folder, until the task is cancelled.

    The files are also compared once a second: a network file system sends no events, and a system
    may have no watches left. `settle_ms`: milliseconds without a change before the folder is read,
    so that an editor can finish. `on_refresh(succeeded, seconds)` is called after each refresh,
    `on_polling(error)` when the system stops giving events, `on_polling(None)` when it gives them
    again. `events`: the source of file events.
    """
    clock = asyncio.get_running_loop().time
    seen = await _files(folder)
    polling = False

    def set_polling(error: Exception | None) -> None:
        nonlocal polling
        if on_polling is not None and polling != bool(error):
            polling = bool(error)
            on_polling(error)

    async def refresh_if_changed(notified: bool) -> None:
        nonlocal seen
        if not notified and await _files(folder) == seen:
            return
        # Events arrive only after the last write; a comparison may fall between two writes.
        seen = await _files(folder) if notified else await _settled_files(folder, settle_ms)
        began = clock()
        on_refresh(await live.refresh(), clock() - began)

    while True:
        identity = await _identity(folder)
        try:
            changes = events(
                folder,
                step=max(settle_ms, 50),
                debounce=max(settle_ms * 8, 1600),
                rust_timeout=LOOK_MS,
                yield_on_timeout=True,
            )
            async for found in changes:
                set_polling(None)
                await refresh_if_changed(bool(found))
                if await _identity(folder) != identity:
                    break  # the folder was replaced: watch the new one
        except (OSError, RuntimeError) as error:
            if await _identity(folder) != (0, 0):
                set_polling(error)
            await asyncio.sleep(RETRY_SECONDS)
            await refresh_if_changed(False)


async def _settled_files(folder: Path, settle_ms: int) -> Files:
    """Wait until the files have not changed for `settle_ms`, and return them."""
    files = await _files(folder)
    for _ in range(MOST_SETTLES):
        await asyncio.sleep(settle_ms / 1000)
        before, files = files, await _files(folder)
        if files == before:
            break
    return files


async def _identity(folder: Path) -> tuple[int, int]:
    return await asyncio.to_thread(_identity_now, folder)


async def _files(folder: Path) -> Files:
    # In a thread: a network file system may take seconds, or hang with its server.
    return await asyncio.to_thread(_files_now, folder)


def _identity_now(folder: Path) -> tuple[int, int]:
    """Return device and inode of the folder; (0, 0) if there is none."""
    try:
        found = folder.stat()
    except OSError:
        return 0, 0
    return found.st_dev, found.st_ino


def _files_now(folder: Path) -> Files:
    """Return path, inode, size and time of each file; a save changes at least one of them."""
    found = set()
    with suppress(OSError):  # the folder was removed meanwhile
        for path in folder.rglob("*"):
            with suppress(OSError):  # the file was removed meanwhile
                now = path.stat()
                found.add((str(path), now.st_ino, now.st_size, now.st_mtime_ns))
    return frozenset(found)
