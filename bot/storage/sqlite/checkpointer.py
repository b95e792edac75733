"""Copies SQLite's log into the file in the background, so that no turn waits for it."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from contextlib import suppress
from pathlib import Path

import aiosqlite

log = logging.getLogger(__name__)

ROWS_PER_ROUND = 4_000
LONG_LOG_PAGES = 8_000
RETRY_SECONDS = 5.0


class Checkpointer:
    """Owns a second connection. `lock` is the writer's: who holds it, holds off all turns."""

    def __init__(self, path: Path, lock: asyncio.Lock) -> None:
        self._path = path
        self._lock = lock
        self._rows = 0
        self._wipe_due = False
        self._wake = asyncio.Event()
        self._db: aiosqlite.Connection | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open the connection, empty the log of what a crash left in it, and begin. Raises
        sqlite3.Error."""
        # A short patience: with the writer's lock held, waiting here is waiting for everybody.
        self._db = await aiosqlite.connect(self._path, isolation_level=None, timeout=0.05)
        # Somebody may have been forgotten and not yet wiped when the process before us ended.
        with suppress(sqlite3.Error):
            await self.wipe()
        self._task = asyncio.create_task(self._keep(), name="wal-keeper")

    async def stop(self) -> None:
        """End and close."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None
        if self._db is not None:
            await self._db.close()
            self._db = None

    def wrote(self, rows: int) -> None:
        """Note how many rows have gone into the log."""
        self._rows += rows
        if self._rows >= ROWS_PER_ROUND:
            self._wake.set()

    async def wipe(self) -> None:
        """Empty the log to its last byte; call it with the lock held. Where another program is
        just reading, it is done as soon as that one lets go; where it fails, it is tried again.
        Raises sqlite3.Error."""
        self._wipe_due = True  # also when it fails: a full disk, say
        try:
            busy, _, _ = await self._checkpoint("TRUNCATE")
            self._wipe_due = bool(busy)
        finally:
            if self._wipe_due:
                self._wake.set()

    async def _keep(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            self._rows = 0
            try:
                await self._round()
            except sqlite3.Error as error:
                # The turns themselves meet the same fault, and report it; the log only grows.
                log.warning("wal checkpoint failed: %s", error)
            if self._wipe_due:
                await asyncio.sleep(RETRY_SECONDS)
                self._wake.set()

    async def _round(self) -> None:
        if self._wipe_due:
            async with self._lock:
                await self.wipe()
            return
        _, pages, copied = await self._checkpoint("PASSIVE")
        # Under steady load it never quite catches up, and the log grows: then one short pause.
        if pages > LONG_LOG_PAGES and copied < pages:
            async with self._lock:
                await self._checkpoint("PASSIVE")

    async def _checkpoint(self, mode: str) -> tuple[int, int, int]:
        if self._db is None:
            return 0, 0, 0
        rows = await self._db.execute_fetchall(f"PRAGMA wal_checkpoint({mode})")
        busy, pages, copied = next(iter(rows))
        return busy, pages, copied
