"""The connection to our SQLite file: opened with care, one transaction at a time."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from bot.errors import StoreUnavailable
from bot.storage.common.migrations import SQL, migrations
from bot.storage.sqlite import file_integrity
from bot.storage.sqlite.checkpointer import LONG_LOG_PAGES, Checkpointer
from bot.storage.sqlite.errors import translated
from bot.storage.sqlite.file_lock import FileLock

MEMORY = ":memory:"

T = TypeVar("T")
Work = Callable[[aiosqlite.Connection], Awaitable[T]]
After = Callable[[T], Awaitable[None]]


class _Connection(sqlite3.Connection):
    """A connection that writes what was put down for it right before it commits: that is one hop
    to SQLite's thread, where each statement would take one of its own."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.put_down: list[tuple[str, Sequence[Sequence[Any]]]] = []

    def commit(self) -> None:
        """Write and commit."""
        put_down, self.put_down = self.put_down, []
        for sql, rows in put_down:
            self.executemany(sql, rows)
        super().commit()


class SqliteDatabase:
    """Every method raises StoreError in place of what SQLite raises.

    A transaction once begun runs to its end, even when who asked for it is cancelled: a half-done
    one would slip into the next.
    """

    SYNCHRONOUS = "FULL"
    SQL = SQL / "sqlite"

    def __init__(self, path: Path | str, *, busy_seconds: float) -> None:
        # One file has one owner, by whatever link it is named; a new one is made where that leads.
        self.path = Path(path).resolve() if Path(path).is_symlink() else Path(path)
        self._in_memory = str(path) == MEMORY
        self._busy_seconds = busy_seconds
        self._owner = FileLock(self.path)
        self._db: aiosqlite.Connection | None = None
        self._beneath: _Connection | None = None
        self._wal: Checkpointer | None = None
        self._lock = asyncio.Lock()
        self._running: set[asyncio.Task[Any]] = set()

    async def open(self) -> None:
        """Take the file, check that it is ours and whole, and migrate it. A file that is damaged
        or foreign is left as it was."""
        try:
            with translated(str(self.path)):
                known = migrations(self.SQL)
                if not self._in_memory:
                    await self._take_file()
                self._db = await self._connect()
                await file_integrity.migrate(self._db, known)
                # From now on sqlite3 begins transactions itself, without a hop to its thread.
                self._db.isolation_level = "IMMEDIATE"
                if not self._in_memory:
                    self._wal = Checkpointer(self.path, self._lock)
                    await self._wal.start()
        except BaseException:
            await self.close()
            raise

    async def write(self, work: Work[T], after: After[T] | None = None) -> T:
        """One transaction, durable when it returns; if it raises, nothing was kept. `after` runs
        once it is committed, before the next one."""
        task = asyncio.create_task(self._transaction(work, after))
        self._running.add(task)
        task.add_done_callback(self._finished)
        return await asyncio.shield(task)

    def put_down(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run this statement for each of these rows when the transaction commits. Only to be
        called by the work of `write`."""
        if self._beneath is None:
            raise self._closed()
        self._beneath.put_down.append((sql, rows))

    async def run(self, sql: str, values: Iterable[Any]) -> int:
        """One statement in its own transaction; how many rows it touched."""

        async def work(db: aiosqlite.Connection) -> int:
            return (await db.execute(sql, values)).rowcount

        return await self.write(work)

    async def read(self, sql: str, values: Iterable[Any]) -> list[Any]:
        """The rows, as committed."""
        async with self._lock:
            with translated(str(self.path)):
                return list(await self._connected().execute_fetchall(sql, values))

    async def wipe_log(self) -> None:
        """Empty the log of what was deleted, unless a reader holds it: then as soon as it can.
        Only to be called as `after`."""
        if self._wal is not None:
            with suppress(sqlite3.Error):
                await self._wal.wipe()

    async def close(self) -> None:
        """Finish what runs, and let go of the file."""
        if self._running:
            await asyncio.wait(self._running)
        if self._wal is not None:
            await self._wal.stop()
            self._wal = None
        if self._db is not None:
            db, self._db = self._db, None
            with suppress(sqlite3.Error):
                await db.close()
        self._owner.release()

    async def _take_file(self) -> None:
        await asyncio.to_thread(self.path.parent.mkdir, parents=True, exist_ok=True)
        await asyncio.to_thread(self._owner.acquire)
        if await asyncio.to_thread(file_integrity.is_new, self.path):
            await file_integrity.create(self.path, migrations(self.SQL))
        else:
            await file_integrity.verify(self.path, self._busy_seconds)

    async def _connect(self) -> aiosqlite.Connection:
        def make(*arguments: Any, **named: Any) -> _Connection:
            self._beneath = _Connection(*arguments, **named)
            return self._beneath

        db = await aiosqlite.connect(
            MEMORY if self._in_memory else self.path,
            factory=make,
            isolation_level=None,
            timeout=self._busy_seconds,
            cached_statements=256,
        )
        self._db = db
        await db.execute(f"PRAGMA synchronous = {self.SYNCHRONOUS}")
        await db.execute("PRAGMA secure_delete = ON")
        await db.execute("PRAGMA temp_store = MEMORY")
        if not self._in_memory:
            await db.execute_fetchall("PRAGMA wal_autocheckpoint = 0")
            await db.execute_fetchall(f"PRAGMA journal_size_limit = {LONG_LOG_PAGES * 4096}")
            await db.execute_fetchall("PRAGMA journal_mode = WAL")
        return db

    async def _transaction(self, work: Work[T], after: After[T] | None) -> T:
        async with self._lock:
            db = self._connected()
            with translated(str(self.path)):
                before = db.total_changes
                try:
                    result = await work(db)
                    await self._commit(db)
                except BaseException:
                    if self._beneath is not None:
                        self._beneath.put_down = []
                    if db.in_transaction:
                        with suppress(sqlite3.Error):
                            await db.rollback()
                    raise
                if self._wal is not None:
                    self._wal.wrote(db.total_changes - before)
                if after is not None:
                    await after(result)
                return result

    async def _commit(self, db: aiosqlite.Connection) -> None:
        await db.commit()

    def _connected(self) -> aiosqlite.Connection:
        if self._db is None:
            raise self._closed()
        return self._db

    def _closed(self) -> StoreUnavailable:
        return StoreUnavailable(f"{self.path} 没有打开，或者已经关闭")

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        # Read it: nobody else does when the caller was cancelled.
        if not task.cancelled():
            task.exception()
