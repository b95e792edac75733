"""What went wrong with the server: worth another try, or a line that an admin can act on."""

from __future__ import annotations

import asyncpg

from bot.errors import StoreDamaged, StoreError, StoreFull, StoreUnavailable

# OSError has TimeoutError and ConnectionError in it; an internal error is what asyncpg raises when
# a connection is cut in the middle of an answer.
BROKEN_CONNECTION = (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError)
# Also one to a server that no longer takes writes: after a fail-over the next may lead to another.
USELESS_CONNECTION = (*BROKEN_CONNECTION, asyncpg.ReadOnlySQLTransactionError)
# What SQL of ours meets in tables that are not ours.
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
    "25006",  # read_only_sql_transaction: we are on what has become a standby
)


class RowsVanishedError(Exception):
    """What made a message a duplicate was removed before it could be read: try again."""


def worth_retrying(error: BaseException) -> bool:
    """Whether the same transaction may pass in a moment: a conflict, or a server that restarts."""
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate or "").startswith(_RETRIED_STATES)
    if isinstance(error, ValueError):
        return False  # a fault in the URL
    return isinstance(error, (*BROKEN_CONNECTION, RowsVanishedError))


def translate(error: BaseException, server: str) -> StoreError:
    """The StoreError for what the driver raised."""
    reason = str(error) or type(error).__name__
    if isinstance(error, asyncpg.DiskFullError):
        return StoreFull(f"数据库 {server} 的磁盘已满，请腾出空间（{reason}）")
    if isinstance(error, FOREIGN_TABLES):
        return StoreDamaged(
            f"数据库 {server} 里的表不是柳创通的，没有改动它；请换一个空的库（{reason}）"
        )
    if isinstance(error, asyncpg.DataCorruptedError):
        return StoreDamaged(f"数据库 {server} 报告数据损坏，请换回备份（{reason}）")
    return StoreUnavailable(
        f"连不上数据库 {server}，或者它现在不能写；请检查地址、账号和服务（{reason}）"
    )
