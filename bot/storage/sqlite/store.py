"""The store in one SQLite file, owned by one process.

A batch is one transaction of set-based statements with one fsync, whatever its size.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import aiosqlite

from bot.storage.common.batch import BatchWrites, Delivery, MessageKey
from bot.storage.common.sql_store import EXPIRE_ROWS, LONGEST_PAUSE_MILLIS, SqlStore
from bot.storage.sqlite.connection import SqliteDatabase, run_in_thread

# The channel of a key.
CHANNEL = "substr(conv, 1, instr(conv, ':') - 1)"
# Rows of one statement at most. Its parameters stay far below SQLite's limit.
MOST_ROWS = 64

# `{values}` stands for a list of rows of placeholders.
_CLAIM = (
    "INSERT INTO inbox (conv, message_id, seen) SELECT column1, column2, column3 "
    "FROM (VALUES {values}) WHERE NOT EXISTS (SELECT 1 FROM erased WHERE hash = column4) "
    "ON CONFLICT DO NOTHING "
    "RETURNING conv, message_id, (SELECT data FROM session WHERE session.conv = inbox.conv)"
)
_UNCLAIM = "DELETE FROM inbox WHERE conv = ? AND message_id = ?"
_SEEN = "SELECT conv, message_id, record FROM inbox WHERE (conv, message_id) IN (VALUES {values})"
_SAVE_SESSION = (
    "INSERT INTO session (conv, data, version, updated) VALUES {values} ON CONFLICT (conv) "
    "DO UPDATE SET data = excluded.data, version = excluded.version, updated = excluded.updated"
)
_SAVE_RECORD = (
    "UPDATE inbox SET record = new.column3 FROM (VALUES {values}) AS new "
    "WHERE conv = new.column1 AND message_id = new.column2"
)
_SAVE_OUTBOX = "INSERT INTO outbox (conv, channel, reply, due) VALUES {values}"
# Ids are never used twice.
_SENT = "DELETE FROM outbox WHERE id IN ({values})"
_UNSENT_IDS = "SELECT conv, id FROM outbox WHERE conv IN ({values}) ORDER BY id"
_SAVE_FEEDBACK = (
    "INSERT INTO feedback (conv, support, useful, at) VALUES {values} ON CONFLICT "
    "(conv, support) DO UPDATE SET useful = excluded.useful, at = excluded.at"
)
_SAVE_ENTRIES = (
    "INSERT INTO unanswered (conv, kind, text, subject, reason, day, at) VALUES {values}"
)
_WITHDRAW = (
    "DELETE FROM unanswered WHERE conv = ?1 AND kind = ?2 AND (?3 = '' OR text = ?3) "
    "AND (?4 = '' OR subject = ?4)"
)
_OLD_ENTRIES = "(SELECT id FROM unanswered WHERE at < ? ORDER BY at, id LIMIT ?)"
_COUNT_ENTRIES = (
    "INSERT INTO daily_count (day, channel, kind, key, entries) "  # noqa: S608 - constants
    f"SELECT day, {CHANNEL}, kind, subject, count(*) FROM unanswered WHERE id IN {_OLD_ENTRIES} "
    "GROUP BY 1, 2, 3, 4 ON CONFLICT (day, channel, kind, key) "
    "DO UPDATE SET entries = entries + excluded.entries"
)
_DELETE_ENTRIES = f"DELETE FROM unanswered WHERE id IN {_OLD_ENTRIES}"  # noqa: S608 - constants
_ERASE = tuple(
    f"DELETE FROM {table} WHERE conv = ?"  # noqa: S608 - the names are in the next line
    for table in ("session", "outbox", "feedback", "unanswered", "note")
)
_ERASE_MESSAGES = (
    "DELETE FROM inbox WHERE conv IN (VALUES {values}) RETURNING conv, message_id, seen"
)
_MESSAGES = "SELECT conv, message_id, seen FROM inbox WHERE conv = ?"
_SAVE_ERASED = (
    "INSERT INTO erased (hash, at, record) VALUES {values} ON CONFLICT (hash) DO NOTHING"
)
_ERASED = "SELECT hash, record FROM erased WHERE hash IN (VALUES {values})"
# A row whose key `to` has already stays behind and is deleted.
_MOVE = tuple(
    f"UPDATE OR IGNORE {table} SET conv = ?2 WHERE conv = ?1"  # noqa: S608 - see _ERASE
    for table in ("session", "inbox", "outbox", "feedback", "unanswered", "note")
)
_MARK_ERASED = "INSERT INTO upkeep (name, value) VALUES ('erased', 1) ON CONFLICT DO NOTHING"
_IS_ERASED = "SELECT 1 FROM upkeep WHERE name = 'erased'"
_CLEANED = "DELETE FROM upkeep WHERE name = 'erased'"
_WRITE_BYTES = "INSERT INTO note (conv, text) VALUES ('', zeroblob(?))"
_DUE = (
    "SELECT id, conv, reply, attempts FROM outbox AS o WHERE channel = $1 "
    "AND (due <= $2 OR due > $4) AND NOT EXISTS "
    "(SELECT 1 FROM outbox AS p WHERE p.conv = o.conv AND p.id < o.id) ORDER BY id LIMIT $3"
)
_IDLE = "SELECT conv FROM session WHERE updated < ? LIMIT ?"
_EXPIRE = (
    "DELETE FROM session WHERE conv = ?",
    "DELETE FROM outbox WHERE conv = ?",
    "DELETE FROM note WHERE conv = ?",
    "UPDATE feedback SET conv = NULL WHERE conv = ?",
)


class SqliteStore(SqlStore[aiosqlite.Connection]):
    """A Store in a file, or in memory with `:memory:`.

    `busy_seconds`: how long to wait while another program locks the file. `lease_seconds`: how
    long a reply from `due` stays leased. `secret`: see ErasedMessages.
    """

    CHANNEL = "substr(conv, 1, instr(conv, ':') - 1)"
    DATABASE = SqliteDatabase
    RECENT = (
        "SELECT message_id, record FROM inbox WHERE conv = $1 AND record IS NOT NULL "
        "ORDER BY rowid DESC LIMIT $2"
    )
    LATER = "UPDATE outbox SET due = $3, attempts = attempts + 1 WHERE conv = $1 AND id = $2"
    SET_NOTE = (
        "INSERT INTO note (conv, text, at) SELECT conv, $3, seen FROM inbox "
        "WHERE conv = $1 AND message_id = $2 "
        "ON CONFLICT (conv) DO UPDATE SET text = excluded.text, at = excluded.at"
    )
    SET_SHOWN = (
        "INSERT INTO inbox (conv, message_id, seen) SELECT conv, $3, seen FROM inbox "
        "WHERE conv = $1 AND message_id = $2 ON CONFLICT DO NOTHING"
    )
    EXPIRE_NOTES = "DELETE FROM note WHERE conv IN (SELECT conv FROM note WHERE at < $1 LIMIT $2)"
    EXPIRE_OUTBOX = (
        "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE due < $1 LIMIT $2)"
    )
    EXPIRE_RECORDS = (
        "DELETE FROM inbox WHERE rowid IN (SELECT rowid FROM inbox WHERE seen < $1 LIMIT $2)"
    )
    CHANNEL = CHANNEL

    def __init__(
        self,
        path: Path | str,
        *,
        busy_seconds: float = 2.0,
        lease_seconds: float = 30.0,
        secret: bytes = b"",
    ) -> None:
        super().__init__(lease_seconds=lease_seconds, secret=secret)
        self._db: SqliteDatabase = self.DATABASE(path, busy_seconds=busy_seconds)
        # In memory, because the process owns the file: the end of each lease by outbox id.
        self._leases: dict[int, int] = {}

    async def size(self) -> int:
        """See Store."""
        return await self._db.size()

    async def _check_write(self, size: int) -> None:
        async def write(connection: aiosqlite.Connection) -> None:
            await connection.execute(_WRITE_BYTES, (size,))
            await connection.execute("DELETE FROM note WHERE conv = ''")

        await self._db.transaction(write)

    async def clean_up(self) -> None:
        """See Store."""
        if await self._db.fetch(_IS_ERASED):
            await self._db.rewrite(_cleaned)

    async def _claim(
        self, connection: aiosqlite.Connection, batch: Sequence[Delivery]
    ) -> dict[MessageKey, str | None]:
        rows = await connection.execute_fetchall(
            *_with_values(_CLAIM, [(*d.key, d.at, self._erased.hash(d.key)) for d in batch])
        )
        return {(conv, message_id): session for conv, message_id, session in rows}

    async def _unclaim(self, connection: aiosqlite.Connection, keys: Sequence[MessageKey]) -> None:
        await execute_all(connection, [(_UNCLAIM, keys)])
        await self._mark_erased(connection)

    async def _erased_records(
        self, connection: aiosqlite.Connection, hashes: Sequence[str]
    ) -> Sequence[tuple[str, str]]:
        return await execute_all(connection, [(_ERASED, [(hash_,) for hash_ in hashes])])

    async def _records(
        self, connection: aiosqlite.Connection, repeated: Sequence[Delivery]
    ) -> dict[MessageKey, str]:
        rows = await connection.execute_fetchall(*_with_values(_SEEN, [d.key for d in repeated]))
        return {(conv, message_id): record for conv, message_id, record in rows}

    async def _save(self, connection: aiosqlite.Connection, writes: BatchWrites) -> None:
        if writes.erased:
            await self._erase(connection, writes.erased)
        elif writes.withdrawn:
            await self._mark_erased(connection)
        rows = await execute_all(
            connection,
            (
                (_SENT, [(id_,) for _, id_ in writes.sent]),
                (_SAVE_SESSION, writes.sessions),
                (_SAVE_RECORD, writes.records),
                (_SAVE_OUTBOX, [row[:4] for row in writes.outbox]),
                (_SAVE_FEEDBACK, writes.feedback),
                (_WITHDRAW, writes.withdrawn),
                (_SAVE_ENTRIES, writes.entries),
                (_UNSENT_IDS, [(conv,) for conv in writes.direct]),
            ),
        )
        ids: dict[str, list[int]] = {}
        for conv, id_ in rows:
            ids.setdefault(conv, []).append(id_)
        for conv, (_, replies) in writes.direct.items():
            if len(ids[conv]) == len(replies):
                writes.handed[conv] = ids[conv]

    async def _delete_sent(
        self, connection: aiosqlite.Connection, sent: Sequence[tuple[str, int]]
    ) -> None:
        await execute_all(connection, [(_SENT, [(id_,) for _, id_ in sent])])

    async def _erase(self, connection: aiosqlite.Connection, farewells: Mapping[str, str]) -> None:
        rows = [(conv,) for conv in farewells]
        statements = [(sql, rows) for sql in (*_ERASE, _ERASE_MESSAGES)]
        messages = await execute_all(connection, statements)
        hashes = self._erased.rows(messages, farewells)
        await execute_all(connection, [(_SAVE_ERASED, hashes)])
        await self._mark_erased(connection)

    async def _mark_erased(self, connection: aiosqlite.Connection) -> None:
        await connection.execute(_MARK_ERASED)

    async def _move(self, connection: aiosqlite.Connection, conv: str, to: str) -> Sequence[int]:
        rows = await connection.execute_fetchall("SELECT id FROM outbox WHERE conv = ?", (conv,))
        messages = await connection.execute_fetchall(_MESSAGES, (conv,))
        hashes = self._erased.rows([(c, m, seen) for c, m, seen in messages], {})
        moves = [(sql, [(conv, to)]) for sql in _MOVE]
        await execute_all(connection, [*moves, (_SAVE_ERASED, hashes)])
        await self._erase(connection, {conv: ""})
        return [id_ for (id_,) in rows]

    async def _expire_sessions(self, connection: aiosqlite.Connection, before: int) -> int:
        convs = list(await connection.execute_fetchall(_IDLE, (before, EXPIRE_ROWS)))
        await execute_all(connection, [(sql, convs) for sql in _EXPIRE])
        return len(convs)

    async def _expire_entries(self, connection: aiosqlite.Connection, before: int) -> int:
        old = (before, EXPIRE_ROWS)
        await connection.execute(_COUNT_ENTRIES, old)
        return (await connection.execute(_DELETE_ENTRIES, old)).rowcount

    async def _lease(self, channel: str, now: int, limit: int) -> Sequence[Any]:
        far = now + LONGEST_PAUSE_MILLIS
        rows = await self._db.fetch(_DUE, channel, now, limit + len(self._leases), far)
        # No await from here on: two concurrent calls must not lease the same reply.
        latest = now + self._lease_millis + LONGEST_PAUSE_MILLIS
        self._leases = {id_: end for id_, end in self._leases.items() if now < end <= latest}
        leased = [row for row in rows if row[0] not in self._leases][:limit]
        self._leases.update((row[0], now + self._lease_millis) for row in leased)
        return leased

    def _begin_lease(self, id_: int, now: int) -> None:
        self._leases[id_] = now + self._lease_millis

    def _end_lease(self, id_: int) -> None:
        self._leases.pop(id_, None)

    async def _wipe(self) -> None:
        await self._db.wipe_log()


async def execute_all(
    connection: aiosqlite.Connection, statements: Sequence[tuple[str, Sequence[Sequence[Any]]]]
) -> list[Any]:
    """Run the statements that have rows, in order, and return the rows that the last one of all
    selects, none if it has no values. Stops at the first error.

    A statement with `{values}` runs once for its rows, at most MOST_ROWS, another one once per
    row. All run in one call in SQLite's thread: each call costs two switches of threads, and each
    step of a statement may have to wait for the interpreter.
    """

    def run(db: sqlite3.Connection) -> list[Any]:
        found: list[Any] = []
        for sql, rows in statements:
            found = []
            if "{values}" not in sql:
                db.executemany(sql, rows)
                continue
            for start in range(0, len(rows), MOST_ROWS):
                part = rows[start : start + MOST_ROWS]
                found += db.execute(*_with_values(sql, part)).fetchall()
        return found

    return await run_in_thread(connection, run)


def _with_values(sql: str, rows: Sequence[Sequence[Any]]) -> tuple[str, list[Any]]:
    """Return a statement with a list of placeholders for these rows, and their values."""
    row = f"({', '.join('?' * len(rows[0]))})"
    return sql.format(values=", ".join([row] * len(rows))), [v for values in rows for v in values]


async def _cleaned(connection: aiosqlite.Connection) -> None:
    await connection.execute(_CLEANED)
