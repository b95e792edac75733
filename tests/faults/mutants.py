"""Stores with a bug planted in them: a fault test that passes one of these tests nothing."""

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
    """Does not wait for the disk."""

    SYNCHRONOUS = "NORMAL"


class NormalStore(SqliteStore):
    """`synchronous=NORMAL`: what was acknowledged may go with the power."""

    DATABASE = NormalDatabase


class HastyDatabase(SqliteDatabase):
    """Gives the result before the commit."""

    async def transaction(self, work: Work[T], committed: Committed[T] | None = None) -> T:
        known: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        async def tell(db: aiosqlite.Connection) -> T:
            result = await work(db)
            known.set_result(result)
            await asyncio.sleep(WINDOW_SECONDS)
            return result

        committing = asyncio.create_task(super().transaction(tell, committed))
        self._running.add(committing)
        committing.add_done_callback(self._finished)
        await asyncio.wait([known, committing], return_when=asyncio.FIRST_COMPLETED)
        return known.result() if known.done() else await committing


class AcknowledgeFirstStore(SqliteStore):
    """Acknowledges first and commits then."""

    DATABASE = HastyDatabase


class NoDedupeStore(SqliteStore):
    """Takes every delivery for a new message."""

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
    """Commits that it has seen the message, and only then what came of it."""

    async def _claim(
        self, connection: aiosqlite.Connection, batch: Sequence[Delivery]
    ) -> dict[MessageKey, str | None]:
        found = await super()._claim(connection, batch)
        await connection.commit()
        await asyncio.sleep(WINDOW_SECONDS)
        return found


class NoOwnerLock(FileLock):
    """Locks nothing."""

    def acquire(self) -> None:
        """Let everybody in."""


class SharedDatabase(SqliteDatabase):
    """Lets a second owner in."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._owner = NoOwnerLock(self.path)


class NoFileLockStore(SqliteStore):
    """Opens a file that another store has open."""

    DATABASE = SharedDatabase


class NoRowLockStore(PostgresStore):
    """Reads the session without locking it: two replicas overwrite each other's turns."""

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


class HastyPostgresDatabase(PostgresDatabase):
    """Gives the result before the commit, and does not look back."""

    _committing: ClassVar[set[asyncio.Task[Any]]] = set()

    async def transaction(
        self, work: PostgresWork[Result], committed: PostgresCommitted[Result] | None = None
    ) -> Result:
        known: asyncio.Future[Result] = asyncio.get_running_loop().create_future()

        async def tell(connection: Connection) -> Result:
            result = await work(connection)
            known.set_result(result)
            return result

        committing = asyncio.create_task(self._once(self._connected(), tell))
        self._committing.add(committing)
        await asyncio.wait([known, committing], return_when=asyncio.FIRST_COMPLETED)
        return known.result() if known.done() else await super().transaction(work, committed)


class AcknowledgeFirstPostgresStore(PostgresStore):
    """Acknowledges first and commits then."""

    DATABASE = HastyPostgresDatabase


class CredulousStore(PostgresStore):
    """Answers a second delivery from whatever the primary shows."""

    async def _records(
        self, connection: Connection, repeated: Sequence[Delivery]
    ) -> dict[MessageKey, str]:
        sql = "SELECT record FROM inbox WHERE conv = $1 AND message_id = $2"
        return {d.key: await connection.fetchval(sql, *d.key) for d in repeated}


class DriversServers(Servers):
    """Leaves it to the driver to go from one server to the next."""

    def __init__(self, url: str, seconds: float) -> None:
        super().__init__(url, seconds)
        self._urls, self._seconds = [url], seconds


class DriversDatabase(PostgresDatabase):
    """Connects as the driver sees fit."""

    SERVERS = DriversServers


class DriversStore(PostgresStore):
    """Never gets past a server that hangs."""

    DATABASE = DriversDatabase


STORES: dict[str, Any] = {
    made.__name__: made
    for made in (
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
