"""Classify errors of the PostgreSQL driver: retry, or translate into StoreError."""

from __future__ import annotations

import asyncpg

from bot.errors import StoreDamaged, StoreError, StoreFull, StoreUnavailable

# OSError includes TimeoutError and ConnectionError. asyncpg raises InternalClientError when a
# connection is cut in the middle of a response.
BROKEN_CONNECTION = (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError)
# A server that became read-only too: after a failover the next connection may reach the primary.
USELESS_CONNECTION = (*BROKEN_CONNECTION, asyncpg.ReadOnlySQLTransactionError)
# Raised when the tables of the database were created by another program.
FOREIGN_TABLES = (
    asyncpg.DuplicateTableError,
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.UndefinedFunctionError,
    asyncpg.DatatypeMismatchError,
)
_RETRIED_STATES = (
    "40001",  # serialization_failure
    "40P01",  # deadlock_detected
    "08",  # connection exceptions
    "57P01",  # admin_shutdown
    "57P02",  # crash_shutdown
    "57P03",  # cannot_connect_now: starting up
    "53300",  # too_many_connections
    "25006",  # read_only_sql_transaction: the server has become a standby
)


class RowsVanishedError(Exception):
    """The row of a repeated message was deleted before it could be read: retry."""


def worth_retrying(error: BaseException) -> bool:
    """Return whether the transaction may succeed on retry: a conflict, or a server restart."""
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate or "").startswith(_RETRIED_STATES)
    if isinstance(error, ValueError):
        return False  # an invalid URL
    return isinstance(error, (*BROKEN_CONNECTION, RowsVanishedError))


def translate(error: BaseException, server: str) -> StoreError:
    """Return the StoreError for an error of the driver."""
    reason = str(error) or type(error).__name__
    if isinstance(error, asyncpg.DiskFullError):
        return StoreFull(f"数据库 {server} 的磁盘已满，请腾出空间（{reason}）")
    if isinstance(error, FOREIGN_TABLES):
        return StoreDamaged(
            f"数据库 {server} 里的表不是本程序的，没有改动它；请换一个空的库（{reason}）"
        )
    if isinstance(error, asyncpg.DataCorruptedError):
        return StoreDamaged(f"数据库 {server} 报告数据损坏，请换回备份（{reason}）")
    return StoreUnavailable(
        f"连不上数据库 {server}，或者它现在不能写；请检查地址、账号和服务（{reason}）"
    )
