"""Stores with a planted bug, each of which a fault test must detect."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, ClassVar, TypeVar

import aiosqlite
import asyncpg

from bot.storage.common.batch import BatchWrites, Delivery, MessageKey
from bot.storage.postgres.failover import Servers
from bot.storage.postgres.pool import Committed as PostgresCommitted
from bot.storage.postgres.pool import Connection, PostgresDatabase
from bot.storage.postgres.pool import Work as PostgresWork
from bot.storage.postgres.store import PostgresStore
from bot.storage.sqlite.connection import Committed, SqliteDatabase, T, Work
from bot.storage.sqlite.file_lock import FileLock
from bot.storage.sqlite.store import SqliteStore

WINDOW_SECONDS = 0.004

Result = TypeVar("Result")


class NormalDatabase(SqliteDatabase):
    """Does not sync the log on commit."""

    SYNCHRONOUS = "NORMAL"


class NormalStore(SqliteStore):
    """Uses `synchronous=NORMAL`: a power cut may lose acknowledged turns."""

    DATABASE = NormalDatabase


class AcknowledgeFirstDatabase(SqliteDatabase):
    """Returns the result before the commit."""

    async def transaction(self, work: Work[T], committed: Committed[T] | None = None) -> T:
        reported: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        async def work_and_report(db: aiosqlite.Connection) -> T:
            result = await work(db)
            reported.set_result(result)
            await asyncio.sleep(WINDOW_SECONDS)
            return result

        committing = asyncio.create_task(super().transaction(work_and_report, committed))
        self._running.add(committing)
        committing.add_done_callback(self._finished)
        await asyncio.wait([reported, committing], return_when=asyncio.FIRST_COMPLETED)
        return reported.result() if reported.done() else await committing


class AcknowledgeFirstStore(SqliteStore):
    """Acknowledges before the commit."""

    DATABASE = AcknowledgeFirstDatabase


class NoDedupeStore(SqliteStore):
    """Treats every delivery as a new message."""

    async def _claim(
        self, connection: aiosqlite.Connection, batch: Sequence[Delivery]
    ) -> dict[MessageKey, str | None]:
        found = await super()._claim(connection, batch)
        for delivery in batch:
            if delivery.key not in found:
                sql = "SELECT data FROM session WHERE conv = ?"
                rows = list(await connection.execute_fetchall(sql, (delivery.conv,)))
                found[delivery.key] = rows[0][0] if rows else None
        return found


class SplitTransactionStore(SqliteStore):
    """Commits the message id first and the turn in a second transaction."""

    async def _claim(
        self, connection: aiosqlite.Connection, batch: Sequence[Delivery]
    ) -> dict[MessageKey, str | None]:
        found = await super()._claim(connection, batch)
        await connection.commit()
        await asyncio.sleep(WINDOW_SECONDS)
        return found


class NoFileLock(FileLock):
    """Does not lock the file."""

    def acquire(self) -> None:
        """Do nothing."""


class NoFileLockDatabase(SqliteDatabase):
    """Does not lock the file."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._owner = NoFileLock(self.path)


class NoFileLockStore(SqliteStore):
    """Opens a file that another store has opened."""

    DATABASE = NoFileLockDatabase


class NoRowLockStore(PostgresStore):
    """Reads the session without a lock: two replicas overwrite each other's turns."""

    async def _claim(
        self, connection: Connection, batch: Sequence[Delivery]
    ) -> dict[MessageKey, str | None]:
        found: dict[MessageKey, str | None] = {}
        for d in batch:
            sql = "INSERT INTO inbox VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1"
            if await connection.fetchval(sql, d.conv, d.message_id, d.at):
                sql = "SELECT data FROM session WHERE conv = $1"
                found[d.key] = await connection.fetchval(sql, d.conv)
        return found

    async def _save(self, connection: Connection, writes: BatchWrites) -> None:
        await asyncio.sleep(WINDOW_SECONDS)
        sql = "INSERT INTO session VALUES ($1, '', '', 0) ON CONFLICT DO NOTHING"
        with suppress(asyncpg.UniqueViolationError):
            await connection.executemany(sql, [(row[0],) for row in writes.sessions])
        await super()._save(connection, writes)


class AcknowledgeFirstPostgresDatabase(PostgresDatabase):
    """Returns the result before the commit and ignores its errors."""

    _committing: ClassVar[set[asyncio.Task[Any]]] = set()

    async def transaction(
        self, work: PostgresWork[Result], committed: PostgresCommitted[Result] | None = None
    ) -> Result:
        reported: asyncio.Future[Result] = asyncio.get_running_loop().create_future()

        async def work_and_report(connection: Connection) -> Result:
            result = await work(connection)
            reported.set_result(result)
            return result

        committing = asyncio.create_task(self._once(self._connected(), work_and_report))
        self._committing.add(committing)
        await asyncio.wait([reported, committing], return_when=asyncio.FIRST_COMPLETED)
        return reported.result() if reported.done() else await super().transaction(work, committed)


class AcknowledgeFirstPostgresStore(PostgresStore):
    """Acknowledges before the commit."""

    DATABASE = AcknowledgeFirstPostgresDatabase


class NoStandbyWaitStore(PostgresStore):
    """Answers a repeated message from rows that the standby may lack."""

    async def _records(
        self, connection: Connection, repeated: Sequence[Delivery]
    ) -> dict[MessageKey, str]:
        sql = "SELECT record FROM inbox WHERE conv = $1 AND message_id = $2"
        return {d.key: await connection.fetchval(sql, *d.key) for d in repeated}


class DriverFailoverServers(Servers):
    """Passes all servers to the driver."""

    def __init__(self, url: str, seconds: float) -> None:
        super().__init__(url, seconds)
        self._urls, self._seconds = [url], seconds


class DriverFailoverDatabase(PostgresDatabase):
    """Connects to the server that the driver chooses."""

    SERVERS = DriverFailoverServers


class DriverFailoverStore(PostgresStore):
    """Never reaches another server when one does not respond."""

    DATABASE = DriverFailoverDatabase


STORES: dict[str, Any] = {
    kind.__name__: kind
    for kind in (
        SqliteStore,
        PostgresStore,
        NormalStore,
        AcknowledgeFirstStore,
        NoDedupeStore,
        SplitTransactionStore,
        NoFileLockStore,
        NoRowLockStore,
        AcknowledgeFirstPostgresStore,
    )
}
