"""Live reload: a saved change is made ready in a thread, then swapped whole.

What does not hold (a broken file, a scenario that fails) leaves the old base serving.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from watchfiles import awatch

from bot.errors import KnowledgeError, Problem

T = TypeVar("T")
RETRY_SECONDS = 5.0


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
            self.problems = ()
            return True


async def watch(
    folder: Path, live: Live[T], settle_ms: int, told: Callable[[bool, float], None]
) -> None:
    """Refresh `live` whenever something under the folder was saved; runs until it is cancelled.

    `settle_ms`: how long to let an editor finish. `told(swapped, seconds)` hears of each try.
    """
    clock = asyncio.get_running_loop().time
    while True:
        try:
            async for _ in awatch(folder, step=50, debounce=max(settle_ms, 50)):
                began = clock()
                told(await live.refresh(), clock() - began)
        except (OSError, RuntimeError):
            # The folder is being replaced as a whole: look again when it is back.
            pass
        await asyncio.sleep(RETRY_SECONDS)
