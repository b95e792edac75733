"""The connection pool to PostgreSQL, with transactions that survive a restart or failover."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from secrets import token_hex
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
from bot.storage.postgres.failover import ClosingConnection, Servers

T = TypeVar("T")
Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"
Work = Callable[["PoolConnectionProxy[asyncpg.Record]"], Awaitable[T]]
Committed = Callable[[T], Awaitable[None]]

RETRIED = (asyncpg.PostgresError, *BROKEN_CONNECTION, RowsVanishedError)
# A plan made while the tables were small would keep scanning them.
PLAN_SECONDS = 5
CREATED_CONCURRENTLY = (
    asyncpg.UniqueViolationError,
    asyncpg.DuplicateTableError,
    asyncpg.DuplicateObjectError,
)
_WRITE = "INSERT INTO note (conv, text) VALUES ($1, $2)"
_DELETE = "DELETE FROM note WHERE conv = $1"
FIRST_PAUSE = 0.01
LONGEST_PAUSE = 0.25


class PostgresDatabase:
    """A Database (see SqlStore) over a connection pool.

    `retry_seconds`: for how long a transaction is retried after a conflict or a lost connection.
    `command_seconds`: the time limit of a statement, after which its connection is closed.
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
        # Without the password: it appears in messages.
        self.name = f"{parts.netloc.rpartition('@')[2]}{parts.path}" or "postgresql"

    async def open(self) -> None:
        """Connect and migrate; retry while the server starts."""
        known = migrations(self.SQL)
        try:
            self._pool = await asyncpg.create_pool(
                connect=self.SERVERS(self._url, self._command_seconds).connect,
                connection_class=ClosingConnection,
                min_size=0,
                max_size=self._pool_size,
                statement_cache_size=self._statement_cache_size,
                max_cached_statement_lifetime=PLAN_SECONDS,
                command_timeout=self._command_seconds,
                reset=_no_reset,
                server_settings={"application_name": "liuchuangtong"},
            )
            await self._require_utf8()
            await self.transaction(_make_version_table)
            await self.transaction(lambda connection: _migrate(connection, known))
        except (asyncpg.PostgresError, *BROKEN_CONNECTION, ValueError) as error:
            raise translate(error, self.name) from error

    async def transaction(self, work: Work[T], committed: Committed[T] | None = None) -> T:
        """See Database. `work` may run several times: a lost connection leaves open whether the
        transaction was committed, so its statements must find that out from the rows."""
        result = await self._retried(work)
        if committed is not None:
            await committed(result)
        return result

    async def execute(self, sql: str, *values: Any) -> int:
        """See Database."""

        async def work(connection: Connection) -> int:
            return int((await connection.execute(sql, *values)).rpartition(" ")[2])

        return await self.transaction(work)

    async def fetch(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        """See Database."""
        return await self.transaction(lambda connection: connection.fetch(sql, *values))

    async def check(self, size: int) -> None:
        """Raise StoreError if the server cannot write this many characters now."""
        # A row of its own, which no other process waits for, and which no one ever sees.
        key, filler = f"check:{token_hex(16)}", token_hex(size // 2)

        async def work(connection: Connection) -> str:
            read_only = str(await connection.fetchval("SHOW transaction_read_only"))
            if read_only == "off":
                await connection.execute(_WRITE, key, filler)
                await connection.execute(_DELETE, key)
            return read_only

        if await self.transaction(work) != "off":
            raise StoreUnavailable(f"数据库 {self.name} 现在只能读：它可能是备用服务器")

    async def _require_utf8(self) -> None:
        encoding = await self.transaction(lambda c: c.fetchval("SHOW server_encoding"))
        if encoding != "UTF8":
            raise StoreUnavailable(
                f"数据库 {self.name} 的编码是 {encoding}，存不了中文。请另建一个库："
                "createdb -T template0 -E UTF8 库名"
            )

    async def close(self) -> None:
        """See Database."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            try:
                await asyncio.wait_for(pool.close(), self._command_seconds)
            except BROKEN_CONNECTION:
                pool.terminate()

    async def _retried(self, work: Work[T]) -> T:
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

    async def _once(self, pool: asyncpg.Pool[asyncpg.Record], work: Work[T]) -> T:
        async with pool.acquire() as connection:
            try:
                async with connection.transaction():
                    return await work(connection)
            except USELESS_CONNECTION:
                # The pool would keep a connection that was cut in the middle of a response.
                with suppress(asyncpg.InterfaceError):  # it is closed already
                    connection.terminate()
                # The idle connections are affected too: each would wait for its own time limit.
                await pool.expire_connections()
                raise

    def _connected(self) -> asyncpg.Pool[asyncpg.Record]:
        if self._pool is None:
            raise StoreUnavailable(f"数据库 {self.name} 没有打开，或者已经关闭")
        return self._pool


async def _no_reset(_: asyncpg.Connection[asyncpg.Record]) -> None:
    """Do nothing: no code changes session settings, and a reset would cost a round trip."""


async def _make_version_table(connection: Connection) -> None:
    # IF NOT EXISTS fails if another process creates the table at the same time.
    with suppress(*CREATED_CONCURRENTLY):
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
