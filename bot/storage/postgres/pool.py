"""The connections to PostgreSQL: transactions that outlive a restart or a fail-over."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeAlias, TypeVar
from urllib.parse import urlsplit

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from bot.errors import StoreUnavailable
from bot.storage.common.migrations import SQL, Migration, migrations, missing
from bot.storage.postgres.errors import (
    BROKEN_CONNECTION,
    USELESS_CONNECTION,
    RowsVanishedError,
    translate,
    worth_retrying,
)
from bot.storage.postgres.failover import Parting, Servers

T = TypeVar("T")
Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"
Work = Callable[["PoolConnectionProxy[asyncpg.Record]"], Awaitable[T]]

RETRIED = (asyncpg.PostgresError, *BROKEN_CONNECTION, RowsVanishedError)
# A plan made while the tables were small would go on reading them whole.
PLAN_SECONDS = 5
MADE_MEANWHILE = (
    asyncpg.UniqueViolationError,
    asyncpg.DuplicateTableError,
    asyncpg.DuplicateObjectError,
)
FIRST_PAUSE = 0.01
LONGEST_PAUSE = 0.25


class PostgresDatabase:
    """Every method raises StoreError in place of what the driver raises.

    `retry_seconds`: for how long a transaction is tried again when the server goes away or two of
    them collide. `command_seconds`: after how long without an answer a connection is given up.
    """

    SQL = SQL / "postgres"
    SERVERS = Servers

    def __init__(
        self,
        url: str,
        *,
        pool_size: int,
        statement_cache_size: int,
        retry_seconds: float,
        command_seconds: float,
    ) -> None:
        self._url = url
        self._pool_size = pool_size
        self._statement_cache_size = statement_cache_size
        self._retry_seconds = retry_seconds
        self._command_seconds = command_seconds
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        parts = urlsplit(url)
        # For messages: without the password.
        self.name = f"{parts.netloc.rpartition('@')[2]}{parts.path}" or "postgresql"

    async def open(self) -> None:
        """Connect and migrate; a server that is just starting is waited for."""
        known = migrations(self.SQL)
        try:
            self._pool = await asyncpg.create_pool(
                connect=self.SERVERS(self._url, self._command_seconds).connect,
                connection_class=Parting,
                min_size=0,
                max_size=self._pool_size,
                statement_cache_size=self._statement_cache_size,
                max_cached_statement_lifetime=PLAN_SECONDS,
                command_timeout=self._command_seconds,
                reset=_keep_session,
                server_settings={"application_name": "liuchuangtong"},
            )
            await self.transaction(_make_version_table)
            await self.transaction(lambda connection: _migrate(connection, known))
        except (asyncpg.PostgresError, *BROKEN_CONNECTION, ValueError) as error:
            raise translate(error, self.name) from error

    async def transaction(self, work: Work[T]) -> T:
        """One transaction; durable when it returns. `work` may be called again: a lost connection
        leaves open whether the first one counted, and the rows themselves must tell."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._retry_seconds
        pause = FIRST_PAUSE
        while True:
            pool = self._connected()
            try:
                return await self._once(pool, work)
            except RETRIED as error:
                if not worth_retrying(error) or loop.time() + pause > deadline:
                    raise translate(error, self.name) from error
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def run(self, sql: str, *values: Any) -> int:
        """One statement; how many rows it touched."""

        async def work(connection: Connection) -> int:
            return int((await connection.execute(sql, *values)).rpartition(" ")[2])

        return await self.transaction(work)

    async def rows(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        """One statement; the rows it gives."""
        return await self.transaction(lambda connection: connection.fetch(sql, *values))

    async def check(self) -> None:
        """Raises StoreError where the server cannot take a write now."""

        async def work(connection: Connection) -> str:
            return str(await connection.fetchval("SHOW transaction_read_only"))

        if await self.transaction(work) != "off":
            raise StoreUnavailable(f"数据库 {self.name} 现在只能读：它可能是备用服务器")

    async def close(self) -> None:
        """Finish what runs and let go of the connections."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            try:
                await asyncio.wait_for(pool.close(), self._command_seconds)
            except BROKEN_CONNECTION:
                pool.terminate()

    async def _once(self, pool: asyncpg.Pool[asyncpg.Record], work: Work[T]) -> T:
        async with pool.acquire() as connection:
            try:
                async with connection.transaction():
                    return await work(connection)
            except USELESS_CONNECTION:
                # The pool would keep one that was cut in mid-answer, and never mend it.
                with suppress(asyncpg.InterfaceError):  # it has ended by itself
                    connection.terminate()
                # A server that hangs has hung for the idle ones too: not each its own long wait.
                await pool.expire_connections()
                raise

    def _connected(self) -> asyncpg.Pool[asyncpg.Record]:
        if self._pool is None:
            raise StoreUnavailable(f"数据库 {self.name} 没有打开，或者已经关闭")
        return self._pool


async def _keep_session(_: asyncpg.Connection[asyncpg.Record]) -> None:
    """We set nothing on a session, so there is nothing to reset: a round trip saved."""


async def _make_version_table(connection: Connection) -> None:
    # IF NOT EXISTS does not wait for another process that is just making it: then it is there.
    with suppress(*MADE_MEANWHILE):
        async with connection.transaction():
            await connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version integer)")


async def _migrate(connection: Connection, known: tuple[Migration, ...]) -> None:
    await connection.execute("LOCK TABLE schema_version IN EXCLUSIVE MODE")
    version = await connection.fetchval("SELECT max(version) FROM schema_version")
    if not isinstance(version, int | None):
        raise asyncpg.DatatypeMismatchError("schema_version.version is no integer")
    for migration in missing(known, version or 0):
        for statement in migration.statements():
            await connection.execute(statement)
        await connection.execute("INSERT INTO schema_version VALUES ($1)", migration.version)
