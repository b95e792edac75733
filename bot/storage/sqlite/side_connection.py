"""A second connection to the SQLite file of a service that may be running.

The lock of the file belongs to the service, and so do the checks, the migrations and the deletion
of data. This connection reads, and writes single short rows; it waits while the service writes.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.errors import StoreUnavailable, StoreUnused
from bot.storage.common.inbox_rows import InboxRows
from bot.storage.common.migrations import migrations, missing
from bot.storage.sqlite import file_integrity
from bot.storage.sqlite.connection import SqliteDatabase
from bot.storage.sqlite.errors import translated
from bot.storage.sqlite.store import CHANNEL

BUSY_SECONDS = 5.0


class SideDatabase(SqliteDatabase):
    """A Database over a file that another process may have open."""

    async def open(self) -> None:
        """Connect. Raises StoreError if there is no database of this version of the program:
        StoreUnused if there is none at all."""
        try:
            with translated(str(self.path)):
                if await asyncio.to_thread(file_integrity.is_new, self.path):
                    raise StoreUnused(f"{self.path} 里还没有对话：先启动服务，有人问过再来")
                self._db = await self._connect()
                [(version,)] = await self._db.execute_fetchall(
                    "SELECT version FROM schema_version"
                )
                if missing(migrations(self.SQL), version):
                    raise StoreUnavailable(
                        f"{self.path} 是旧版程序写的：先用现在的程序启动一次服务，它会自己升级"
                    )
                self._db.isolation_level = "IMMEDIATE"
        except BaseException:
            await self.close()
            raise


class SqliteInbox(InboxRows):
    """An Inbox over the file of a service."""

    CHANNEL = CHANNEL

    def __init__(self, path: Path | str) -> None:
        self._db: SideDatabase = SideDatabase(path, busy_seconds=BUSY_SECONDS)

    async def open(self) -> None:
        """Connect. Raises StoreError."""
        await self._db.open()

    async def close(self) -> None:
        """Disconnect."""
        await self._db.close()
