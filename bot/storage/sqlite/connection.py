"""The connection to the SQLite file: integrity checks on opening, one transaction at a time."""

from __future__ import annotations

import asyncio
import logging
import shutil
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from bot.errors import StoreFull, StoreUnavailable
from bot.storage.common.migrations import SQL, migrations
from bot.storage.sqlite import file_integrity
from bot.storage.sqlite.errors import translated
from bot.storage.sqlite.file_lock import FileLock

log = logging.getLogger(__name__)

MEMORY = ":memory:"
PAGE_BYTES = 4096
# SQLite's default: a commit that makes the log this long copies it into the file, about 4 MB.
# bench/store.py shows no faster turns with 4,000.
CHECKPOINT_PAGES = 1_000
# How long all turns wait when another program reads the file while the log is to be emptied.
WIPE_BUSY_MILLIS = 50
WIPE_RETRY_SECONDS = 5.0
# All turns wait while the file is written anew: about ten seconds for this size.
LARGEST_REWRITE_BYTES = 1024**3
# A rewrite needs room for a temporary copy and for a log of the same size.
REWRITE_ROOM = 2.2

T = TypeVar("T")
Work = Callable[[aiosqlite.Connection], Awaitable[T]]
Committed = Callable[[T], Awaitable[None]]


class SqliteDatabase:
    """A Database (see SqlStore) in one file, or in memory.

    A transaction runs to its end even when its caller is cancelled: a half-done one would become
    part of the next. `busy_seconds`: how long to wait while another program locks the file.
    """

    SYNCHRONOUS = "FULL"
    SQL = SQL / "sqlite"

    def __init__(self, path: Path | str, *, busy_seconds: float) -> None:
        # The lock and a new file belong where a symbolic link points: one file has one owner.
        self.path = Path(path).resolve() if Path(path).is_symlink() else Path(path)
        self._in_memory = str(path) == MEMORY
        self._busy_seconds = busy_seconds
        self._owner = FileLock(self.path)
        self._db: aiosqlite.Connection | None = None
        self._lock = asyncio.Lock()
        self._running: set[asyncio.Task[Any]] = set()
        self._wiping: asyncio.Task[None] | None = None
        self._rewriting = False

    async def open(self) -> None:
        """Lock the file, verify it, and migrate it. A damaged or foreign file is not changed."""
        try:
            with translated(str(self.path)):
                known = migrations(self.SQL)
                if not self._in_memory:
                    await self._take_file()
                self._db = await self._connect()
                await file_integrity.migrate(self._db, known)
                # From here on sqlite3 begins transactions itself, without a thread switch.
                self._db.isolation_level = "IMMEDIATE"
            # The process before may have ended between a deletion and the wipe.
            async with self._lock:
                await self.wipe_log()
        except BaseException:
            await self.close()
            raise

    async def transaction(self, work: Work[T], committed: Committed[T] | None = None) -> T:
        """See Database."""
        return await self._to_its_end(self._transaction(work, committed))

    async def rewrite(self, committed: Work[None]) -> None:
        """Write the whole file anew and empty the log, so that neither has a copy of a deleted
        row; then run `committed`, before any other transaction.

        `secure_delete` overwrites a row where it lies, but not the copies that stay in the unused
        part of a page when SQLite moves rows between pages. Raises StoreError if the file is too
        large or the disk has too little room.
        """
        if not self._in_memory:
            await self._to_its_end(self._rewrite(committed))

    async def execute(self, sql: str, *values: Any) -> int:
        """See Database."""

        async def work(db: aiosqlite.Connection) -> int:
            return (await db.execute(_qmarks(sql), values)).rowcount

        return await self.transaction(work)

    async def fetch(self, sql: str, *values: Any) -> list[Any]:
        """See Database. Reads only."""
        async with self._lock:
            with translated(str(self.path)):
                return list(await self._connected().execute_fetchall(_qmarks(sql), values))

    async def size(self) -> int:
        """Return the size in bytes of the file and its log; in memory, of the database."""
        if self._in_memory:
            [(pages,)] = await self.fetch("PRAGMA page_count")
            return int(pages) * PAGE_BYTES
        return await asyncio.to_thread(self._size_on_disk)

    def _size_on_disk(self) -> int:
        total = 0
        for tail in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                total += self.path.with_name(self.path.name + tail).stat().st_size
        return total

    async def wipe_log(self) -> None:
        """Empty the log of deleted rows; if another program reads the file or this fails, try
        again later. Call it only from `committed`."""
        if self._in_memory or await self._wiped() or self._wiping is not None:
            return
        self._wiping = asyncio.create_task(self._wipe_later(), name="sqlite-wipe")

    async def close(self) -> None:
        """See Database."""
        if self._wiping is not None:
            self._wiping.cancel()
            await asyncio.wait([self._wiping])
            self._wiping = None
        if self._rewriting and self._db is not None:
            await self._db.interrupt()
        if self._running:
            await asyncio.wait(self._running)
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
            await asyncio.to_thread(file_integrity.require_one_name, self.path)
            await asyncio.to_thread(file_integrity.make_private, self.path)
            await file_integrity.verify(self.path, self._busy_seconds)

    async def _connect(self) -> aiosqlite.Connection:
        db = await aiosqlite.connect(
            MEMORY if self._in_memory else self.path,
            isolation_level=None,
            timeout=self._busy_seconds,
            cached_statements=512,
        )
        self._db = db
        await db.execute(f"PRAGMA synchronous = {self.SYNCHRONOUS}")
        await db.execute("PRAGMA secure_delete = ON")
        await db.execute("PRAGMA temp_store = MEMORY")
        if not self._in_memory:
            await db.execute_fetchall(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
            await db.execute_fetchall(
                f"PRAGMA journal_size_limit = {CHECKPOINT_PAGES * PAGE_BYTES}"
            )
            await db.execute_fetchall("PRAGMA journal_mode = WAL")
        return db

    async def _transaction(self, work: Work[T], committed: Committed[T] | None) -> T:
        async with self._lock:
            db = self._connected()
            with translated(str(self.path)):
                try:
                    result = await work(db)
                    await self._commit(db)
                except BaseException:
                    if db.in_transaction:
                        with suppress(sqlite3.Error):
                            await db.rollback()
                    raise
                if committed is not None:
                    await committed(result)
                return result

    async def _to_its_end(self, work: Coroutine[Any, Any, T]) -> T:
        """Run this to its end, even when the caller is cancelled."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._finished)
        return await asyncio.shield(task)

    async def _rewrite(self, committed: Work[None]) -> None:
        async with self._lock:
            db = self._connected()
            with translated(str(self.path)):
                folder = self.path.absolute().parent
                await asyncio.to_thread(self._require_room, folder)
                try:
                    self._rewriting = True
                    # In memory, the temporary copy would take as much as the file.
                    quoted = str(folder).replace("'", "''")
                    await db.execute_fetchall(f"PRAGMA temp_store_directory = '{quoted}'")
                    await db.execute_fetchall("PRAGMA temp_store = FILE")
                    await db.execute_fetchall("VACUUM")
                    self._rewriting = False
                    await committed(db)
                    await self._commit(db)
                finally:
                    self._rewriting = False
                    await db.execute_fetchall("PRAGMA temp_store = MEMORY")
                    await self.wipe_log()

    def _require_room(self, folder: Path) -> None:
        size = self.path.stat().st_size
        if size > LARGEST_REWRITE_BYTES:
            raise StoreUnavailable(
                f"{self.path} 有 {size / 1e9:.1f} GB，太大了，夜里不重写（那时所有对话都要等）；"
                "文件里可能还有已删除内容的残留。请停下服务，用 sqlite3 运行一次 VACUUM"
            )
        if shutil.disk_usage(folder).free < REWRITE_ROOM * size:
            raise StoreFull(
                f"磁盘剩得不够把 {self.path} 重写一遍，文件里可能还有已删除内容的残留；请腾出空间"
            )

    async def _commit(self, db: aiosqlite.Connection) -> None:
        await db.commit()

    async def _wiped(self) -> bool:
        """Empty the log with the lock held; return whether that succeeded."""
        try:
            return await self._truncate_log()
        except sqlite3.Error as error:
            log.warning("wal checkpoint failed: %s", error)
            return False

    async def _truncate_log(self) -> bool:
        """Copy the log into the file and empty it; return False while another program reads the
        file. Raises sqlite3.Error."""
        db = self._connected()
        await db.execute_fetchall(f"PRAGMA busy_timeout = {WIPE_BUSY_MILLIS}")
        try:
            [(busy, _, _)] = await db.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            millis = round(self._busy_seconds * 1000)
            await db.execute_fetchall(f"PRAGMA busy_timeout = {millis}")
        return not busy

    async def _wipe_later(self) -> None:
        while True:
            await asyncio.sleep(WIPE_RETRY_SECONDS)
            async with self._lock:
                if await self._wiped():
                    self._wiping = None
                    return

    def _connected(self) -> aiosqlite.Connection:
        if self._db is None:
            raise StoreUnavailable(f"{self.path} 没有打开，或者已经关闭")
        return self._db

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        # Retrieve the exception: nothing else does when the caller was cancelled.
        if not task.cancelled():
            task.exception()


async def run_in_thread(
    connection: aiosqlite.Connection, work: Callable[[sqlite3.Connection], T]
) -> T:
    """Run `work` as one call in SQLite's thread and return its result.

    The protected method is the only one that runs more than a statement; aiosqlite is pinned for
    it.
    """
    result: T = await connection._execute(work, connection._conn)  # type: ignore[no-untyped-call]
    return result


def _qmarks(sql: str) -> str:
    """Return the statement with `?1` for `$1`; no statement has a dollar sign otherwise."""
    return sql.replace("$", "?")
