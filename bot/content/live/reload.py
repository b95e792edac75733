"""Live reload: a saved change is made ready in a thread, then swapped whole.

What does not hold (a broken file, a scenario that fails) leaves the old base serving.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Generic, TypeVar

from watchfiles import awatch

from bot.content.documents.snapshot import FOLDERS
from bot.errors import KnowledgeError, Problem

T = TypeVar("T")
RETRY_SECONDS = 1.0
LOOK_MS = 1000


class Live(Generic[T]):
    """What is served now, and what stands in the way of a newer one. `build` makes it from the
    folder, and raises KnowledgeError with every problem; it runs in a thread."""

    def __init__(self, first: T, build: Callable[[], T]) -> None:
        self._now = first
        self._build = build
        self._lock = asyncio.Lock()
        self.problems: tuple[Problem, ...] = ()

    def __call__(self) -> T:
        """What is served now: read it once a turn, so that a turn never sees half of each."""
        return self._now

    async def refresh(self) -> bool:
        """Build anew and swap; False when the new one does not hold, and the old one stays."""
        async with self._lock:
            try:
                self._now = await asyncio.to_thread(self._build)
            except KnowledgeError as error:
                self.problems = error.problems
                return False
            except Exception as error:  # a bug of ours, or a folder that goes away as we read
                message = f"读知识库时出了意外：{type(error).__name__}"
                self.problems = (Problem("knowledge", 1, message),)
                return False
            self.problems = ()
            return True


async def watch(
    folder: Path, live: Live[T], settle_ms: int, told: Callable[[bool, float], None]
) -> None:
    """Refresh `live` whenever something under the folder was saved; runs until it is cancelled.

    `settle_ms`: how long it must be quiet before we read, so that an editor can finish.
    `told(swapped, seconds)` hears of each try.
    """
    clock = asyncio.get_running_loop().time
    seen, files = _identity(folder), _files(folder)
    while True:
        first = True
        try:
            changes = awatch(
                folder,
                step=max(settle_ms, 50),
                debounce=max(settle_ms * 8, 1600),
                rust_timeout=LOOK_MS,
                yield_on_timeout=True,
            )
            async for found in changes:
                now = _identity(folder)
                # What was saved before this watch stood comes as no event.
                missed = first and _files(folder) != files
                first = False
                if found or missed or now != seen:
                    began, files = clock(), _files(folder)
                    told(await live.refresh(), clock() - began)
                if now != seen:
                    seen = now
                    break  # another folder stands there now: watch that one
        except (OSError, RuntimeError):
            await asyncio.sleep(RETRY_SECONDS)


def _identity(folder: Path) -> tuple[int, int]:
    """Which folder stands there now; (0, 0) for none."""
    try:
        found = folder.stat()
    except OSError:
        return 0, 0
    return found.st_dev, found.st_ino


def _files(folder: Path) -> frozenset[tuple[str, int, int, int]]:
    """What tells each file that counts from how it is after the next save."""
    found = set()
    for name in ("", *FOLDERS):
        with suppress(OSError), os.scandir(folder / name) as entries:
            for entry in entries:
                with suppress(OSError):  # it went away as we looked
                    now = entry.stat()
                    found.add((entry.path, now.st_ino, now.st_size, now.st_mtime_ns))
    return frozenset(found)
