"""The history of the knowledge in PostgreSQL, shared by all processes."""

from __future__ import annotations

from typing import Any

import asyncpg

from bot.service.version_history import (
    KEPT_VERSIONS,
    Files,
    Origin,
    VersionEntry,
    VersionNote,
)
from bot.storage.common import key_encoding
from bot.storage.common.version_archive import pack, unpack_files
from bot.storage.postgres.pool import Connection, PostgresDatabase

_COLUMNS = "number, version, digest, origin, at, who, why"
_ENTRIES = (
    f"SELECT {_COLUMNS} FROM knowledge_version WHERE files IS NOT NULL "  # noqa: S608 - a constant
    "ORDER BY number DESC LIMIT $1"
)
_FILES = "SELECT files FROM knowledge_version WHERE number = $1"
_KNOWS = "SELECT EXISTS (SELECT FROM knowledge_version WHERE digest = $1)"
_LOCK = "LOCK TABLE knowledge_version IN EXCLUSIVE MODE"
_SAME = (
    "SELECT number FROM knowledge_version WHERE number = $1 AND digest = $2 AND origin = $3 "
    "AND at = $4 AND who = $5 AND why = $6"
)
_NEWEST = "SELECT coalesce(max(number), 0) FROM knowledge_version"
_ADD = "INSERT INTO knowledge_version VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
_PRUNE = "UPDATE knowledge_version SET files = NULL WHERE number <= $1 AND files IS NOT NULL"


class PostgresHistory:
    """A VersionHistory in the table knowledge_version. The arguments are those of
    PostgresDatabase."""

    def __init__(
        self,
        url: str,
        *,
        statement_cache_size: int = 100,
        retry_seconds: float = 10.0,
        command_seconds: float = 5.0,
    ) -> None:
        self._db = PostgresDatabase(
            url,
            pool_size=1,
            statement_cache_size=statement_cache_size,
            retry_seconds=retry_seconds,
            command_seconds=command_seconds,
        )

    async def open(self) -> None:
        """See VersionHistory. Connects and migrates the schema."""
        await self._db.open()

    async def close(self) -> None:
        """See VersionHistory."""
        await self._db.close()

    async def entries(self) -> list[VersionEntry]:
        """See VersionHistory."""
        return [_entry(row) for row in await self._db.fetch(_ENTRIES, KEPT_VERSIONS)]

    async def newest(self) -> VersionEntry | None:
        """See VersionHistory."""
        return next((_entry(row) for row in await self._db.fetch(_ENTRIES, 1)), None)

    async def files(self, number: int) -> Files | None:
        """See VersionHistory."""
        rows = await self._db.fetch(_FILES, number)
        if not rows or rows[0][0] is None:
            return None
        return unpack_files(bytes(rows[0][0]), f"{number}（数据库 {self._db.name}）")

    async def add(self, note: VersionNote, files: Files, after: int) -> VersionEntry | None:
        """See VersionHistory."""
        at, number = key_encoding.millis(note.at), after + 1
        packed = pack(note, files)
        values = (note.digest, note.origin.value, at, *map(key_encoding.plain, _words(note)))

        async def work(connection: Connection) -> bool:
            await connection.execute(_LOCK)
            # A repetition after a lost connection finds its own row.
            if await connection.fetchval(_SAME, number, *values) is not None:
                return True
            if await connection.fetchval(_NEWEST) != after:
                return False
            await connection.execute(_ADD, number, note.version, *values, packed)
            await connection.execute(_PRUNE, number - KEPT_VERSIONS)
            return True

        return VersionEntry(number, note) if await self._db.transaction(work) else None

    async def knows(self, digest: str) -> bool:
        """See VersionHistory. Every version that ever went live is remembered."""
        return bool((await self._db.fetch(_KNOWS, digest))[0][0])


def _words(note: VersionNote) -> tuple[str, str]:
    return note.who, note.why


def _entry(row: asyncpg.Record | Any) -> VersionEntry:
    note = VersionNote(
        version=row["version"],
        digest=row["digest"],
        origin=Origin(row["origin"]),
        at=key_encoding.moment(row["at"]),
        who=row["who"],
        why=row["why"],
    )
    return VersionEntry(row["number"], note)
