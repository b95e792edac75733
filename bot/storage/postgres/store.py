"""The store for several processes and machines over one PostgreSQL database.

The insert into `inbox` decides which process answers a message; the upsert of its session row
locks the conversation until the commit. Rows are locked in key order, so that two batches cannot
deadlock. Nothing that another process needs is kept in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.storage.common.batch import BatchWrites, Delivery, MessageKey
from bot.storage.common.sql_store import EXPIRE_ROWS, LONGEST_PAUSE_MILLIS, SqlStore
from bot.storage.postgres.errors import RowsVanishedError
from bot.storage.postgres.pool import Connection, PostgresDatabase

# ORDER BY reads all of `new` before the first session row is locked.
_CLAIM = """
WITH new AS (
    INSERT INTO inbox (conv, message_id, seen)
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
    ON CONFLICT DO NOTHING RETURNING conv, message_id
), locked AS (
    INSERT INTO session AS s (conv, data, version, updated)
    SELECT conv, '', '', 0 FROM new ORDER BY conv
    ON CONFLICT (conv) DO UPDATE SET conv = s.conv
    RETURNING conv, data
)
SELECT conv, message_id, data FROM new JOIN locked USING (conv)"""
# The row lock counts as a write, so the commit waits for the synchronous standby. After a crash
# the primary shows turns that its standby does not have; without the lock, a repeated message
# would be acknowledged from them and lost with the primary.
_SEEN = """
SELECT conv, message_id, record FROM inbox
JOIN unnest($1::text[], $2::text[]) AS asked (conv, message_id) USING (conv, message_id)
FOR KEY SHARE OF inbox"""
_SAVE = """
WITH s AS (
    UPDATE session SET data = u.data, version = u.version, updated = u.updated
    FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
        AS u (conv, data, version, updated)
    WHERE session.conv = u.conv
)
UPDATE inbox SET record = u.record, turn = nextval('inbox_turn')
FROM unnest($5::text[], $6::text[], $7::text[]) AS u (conv, message_id, record)
WHERE inbox.conv = u.conv AND inbox.message_id = u.message_id"""
_SAVE_OUTBOX = """
INSERT INTO outbox (conv, channel, reply, due, lent)
SELECT conv, channel, reply, due,
    CASE WHEN lent = 0 OR EXISTS (SELECT 1 FROM outbox AS o WHERE o.conv = u.conv) THEN 0
    ELSE lent + $6::bigint END
FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])
    WITH ORDINALITY AS u (conv, channel, reply, due, lent, place)
ORDER BY place
RETURNING id, conv, lent"""
_DELETE_SENT = """
DELETE FROM outbox USING unnest($1::text[], $2::bigint[]) AS u (conv, id)
WHERE outbox.conv = u.conv AND outbox.id = u.id"""
_SAVE_FEEDBACK = """
INSERT INTO feedback (conv, support, useful, at)
SELECT * FROM unnest($1::text[], $2::text[], $3::boolean[], $4::bigint[])
ON CONFLICT (conv, support) DO UPDATE SET useful = excluded.useful, at = excluded.at"""
_SAVE_ENTRIES = """
INSERT INTO unanswered (conv, kind, text, subject, reason, day, at)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[])"""
_WITHDRAW = """
DELETE FROM unanswered AS o
USING unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS u (conv, kind, text, subject)
WHERE o.conv = u.conv AND o.kind = u.kind AND (u.text = '' OR o.text = u.text)
AND (u.subject = '' OR o.subject = u.subject)"""
_EXPIRE_ENTRIES = """
WITH gone AS (
    DELETE FROM unanswered WHERE at < $1 AND ctid = ANY
        (ARRAY(SELECT ctid FROM unanswered WHERE at < $1 ORDER BY at LIMIT $2))
    RETURNING day, conv, kind, subject
), counted AS (
    INSERT INTO daily_count (day, channel, kind, key, entries)
    SELECT day, split_part(conv, ':', 1), kind, subject, count(*) FROM gone
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    ON CONFLICT (day, channel, kind, key)
    DO UPDATE SET entries = daily_count.entries + excluded.entries
)
SELECT count(*) FROM gone"""
_ERASE = """
WITH s AS (DELETE FROM session WHERE conv = ANY ($1)),
    o AS (DELETE FROM outbox WHERE conv = ANY ($1)),
    f AS (DELETE FROM feedback WHERE conv = ANY ($1)),
    n AS (DELETE FROM note WHERE conv = ANY ($1))
DELETE FROM unanswered WHERE conv = ANY ($1)"""
_ERASE_MESSAGES = "DELETE FROM inbox WHERE conv = ANY ($1) RETURNING conv, message_id, seen"
_MESSAGES = "SELECT conv, message_id, seen FROM inbox WHERE conv = $1"
_SAVE_ERASED = """
INSERT INTO erased (hash, at, record) SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[])
ON CONFLICT (hash) DO NOTHING"""
# A statement of its own after _CLAIM: the insert waits for a turn that erases the conversation,
# and the statement that waited does not see the hashes of that turn.
_ERASED = "SELECT hash, record FROM erased WHERE hash = ANY ($1)"
# A claim whose session is "" made that row.
_UNCLAIM = (
    "DELETE FROM inbox USING unnest($1::text[], $2::text[]) AS u (conv, message_id) "
    "WHERE inbox.conv = u.conv AND inbox.message_id = u.message_id",
    "DELETE FROM session USING unnest($1::text[], $2::text[]) AS u (conv, message_id) "
    "WHERE session.conv = u.conv AND session.data = ''",
)
# `apply` has locked the session rows already; `forget` has not. A note that is being stored holds
# its session row (_SET_NOTE), and would otherwise not be seen by _ERASE.
_LOCK = "SELECT 1 FROM session WHERE conv = ANY ($1) ORDER BY conv FOR UPDATE"
# FOR SHARE waits for a turn that erases the conversation, and then finds no row.
_SET_NOTE = """
WITH living AS (SELECT 1 FROM session WHERE conv = $1 FOR SHARE)
INSERT INTO note (conv, text, at)
SELECT conv, $3, seen FROM inbox
WHERE conv = $1 AND message_id = $2 AND EXISTS (SELECT 1 FROM living)
ON CONFLICT (conv) DO UPDATE SET text = excluded.text, at = excluded.at"""
_SET_SHOWN = """
WITH living AS (SELECT 1 FROM session WHERE conv = $1 FOR SHARE)
INSERT INTO inbox (conv, message_id, seen)
SELECT conv, $3, seen FROM inbox
WHERE conv = $1 AND message_id = $2 AND EXISTS (SELECT 1 FROM living)
ON CONFLICT DO NOTHING"""
# The lock waits for a turn of either conversation, in key order as everywhere.
_LOCK_BOTH = "SELECT conv FROM session WHERE conv IN ($1, $2) ORDER BY conv FOR UPDATE"
_MOVE = (
    "UPDATE session SET conv = $2 WHERE conv = $1 "
    "AND NOT EXISTS (SELECT 1 FROM session WHERE conv = $2)",
    "UPDATE inbox AS o SET conv = $2 WHERE conv = $1 AND NOT EXISTS "
    "(SELECT 1 FROM inbox AS p WHERE p.conv = $2 AND p.message_id = o.message_id)",
    "UPDATE feedback AS o SET conv = $2 WHERE conv = $1 AND NOT EXISTS "
    "(SELECT 1 FROM feedback AS p WHERE p.conv = $2 AND p.support = o.support)",
    "UPDATE unanswered SET conv = $2 WHERE conv = $1",
    "UPDATE note SET conv = $2 WHERE conv = $1 "
    "AND NOT EXISTS (SELECT 1 FROM note WHERE conv = $2)",
)
_MOVE_OUTBOX = "UPDATE outbox SET conv = $2, lent = 0 WHERE conv = $1 RETURNING id"
# FOR UPDATE reads again a row that was just leased or deleted: it then no longer matches.
_DUE = """
WITH head AS (
    SELECT o.conv, o.id FROM outbox AS o
    WHERE o.channel = $1 AND (o.due <= $2 OR o.due > $5) AND (o.lent <= $2 OR o.lent > $6)
    AND NOT EXISTS (
        SELECT 1 FROM outbox AS p WHERE p.conv = o.conv AND p.id < o.id)
    ORDER BY o.id LIMIT $3 FOR UPDATE OF o SKIP LOCKED
), given AS (
    UPDATE outbox AS o SET lent = $4 FROM head
    WHERE o.conv = head.conv AND o.id = head.id
    RETURNING o.id, o.conv, o.reply, o.attempts
)
SELECT id, conv, reply, attempts FROM given ORDER BY id"""
_EXPIRE = """
WITH idle AS (
    DELETE FROM session WHERE updated < $1 AND conv IN (
        SELECT conv FROM session WHERE updated < $1
        ORDER BY conv LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING conv
), o AS (DELETE FROM outbox USING idle WHERE outbox.conv = idle.conv),
    n AS (DELETE FROM note USING idle WHERE note.conv = idle.conv),
    f AS (UPDATE feedback SET conv = NULL FROM idle WHERE feedback.conv = idle.conv)
SELECT conv FROM idle"""


class PostgresStore(SqlStore[Connection]):
    """A Store in a PostgreSQL database.

    `statement_cache_size`: 0 behind PgBouncer. `retry_seconds`: how long a restart or a failover
    may take before a turn fails. `command_seconds`: after how long without an answer a connection
    is given up. `lease_seconds`: how long a reply from `due` stays leased. `secret`: see
    ErasedMessages.
    """

    DATABASE = PostgresDatabase
    CHANNEL = "split_part(conv, ':', 1)"
    RECENT = (
        "SELECT message_id, record FROM inbox WHERE conv = $1 AND record IS NOT NULL "
        "ORDER BY turn DESC, seen DESC, message_id DESC LIMIT $2"
    )
    LATER = (
        "UPDATE outbox SET due = $3, lent = 0, attempts = attempts + 1 WHERE conv = $1 AND id = $2"
    )
    SET_NOTE = _SET_NOTE
    SET_SHOWN = _SET_SHOWN
    EXPIRE_NOTES = (
        "DELETE FROM note WHERE at < $1 AND conv IN "
        "(SELECT conv FROM note WHERE at < $1 ORDER BY conv LIMIT $2)"
    )
    EXPIRE_OUTBOX = (
        "DELETE FROM outbox WHERE ctid = ANY "
        "(ARRAY(SELECT ctid FROM outbox WHERE due < $1 LIMIT $2)) AND due < $1"
    )
    EXPIRE_RECORDS = (
        "DELETE FROM inbox WHERE ctid = ANY "
        "(ARRAY(SELECT ctid FROM inbox WHERE seen < $1 LIMIT $2)) AND seen < $1"
    )
    CHANNEL = "split_part(conv, ':', 1)"

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 4,
        statement_cache_size: int = 100,
        retry_seconds: float = 10.0,
        command_seconds: float = 5.0,
        lease_seconds: float = 30.0,
        secret: bytes = b"",
    ) -> None:
        super().__init__(lease_seconds=lease_seconds, secret=secret)
        self._db: PostgresDatabase = self.DATABASE(
            url,
            pool_size=pool_size,
            statement_cache_size=statement_cache_size,
            retry_seconds=retry_seconds,
            command_seconds=command_seconds,
        )

    async def size(self) -> int:
        """See Store."""
        [(size,)] = await self._db.fetch("SELECT pg_database_size(current_database())")
        return int(size)

    async def _check_write(self, size: int) -> None:
        await self._db.check(size)

    async def _claim(
        self, connection: Connection, batch: Sequence[Delivery]
    ) -> dict[MessageKey, str | None]:
        columns = _columns(((d.conv, d.message_id, d.at) for d in batch), 3)
        rows = await connection.fetch(_CLAIM, *columns)
        sessions = {(conv, message_id): data for conv, message_id, data in rows}
        hashes = {self._erased.hash(key): key for key in sessions}
        erased = [hashes[hash_] for hash_, _ in await self._erased_records(connection, [*hashes])]
        if erased:
            await self._unclaim(connection, erased)
        return {key: data for key, data in sessions.items() if key not in erased}

    async def _unclaim(self, connection: Connection, keys: Sequence[MessageKey]) -> None:
        columns = _columns(keys, 2)
        for sql in _UNCLAIM:
            await connection.execute(sql, *columns)

    async def _erased_records(
        self, connection: Connection, hashes: Sequence[str]
    ) -> Sequence[tuple[str, str]]:
        rows = await connection.fetch(_ERASED, list(hashes)) if hashes else []
        return [(hash_, record) for hash_, record in rows]

    async def _records(
        self, connection: Connection, repeated: Sequence[Delivery]
    ) -> dict[MessageKey, str]:
        rows = await connection.fetch(_SEEN, *_columns((d.key for d in repeated), 2))
        if len(rows) < len(repeated):
            raise RowsVanishedError
        return {(conv, message_id): record for conv, message_id, record in rows}

    async def _save(self, connection: Connection, writes: BatchWrites) -> None:
        if writes.erased:
            await self._erase(connection, writes.erased)
        if writes.sessions:
            columns = (*_columns(writes.sessions, 4), *_columns(writes.records, 3))
            await connection.execute(_SAVE, *columns)
        if writes.sent:
            await self._delete_sent(connection, writes.sent)
        if writes.outbox:
            replies = _columns(writes.outbox, 5)
            rows = await connection.fetch(_SAVE_OUTBOX, *replies, self._lease_millis)
            leased = {conv for _, conv, lent in rows if lent}
            for id_, conv, _ in sorted(rows, key=lambda row: int(row["id"])):
                if conv in leased:
                    writes.handed.setdefault(conv, []).append(id_)
        if writes.feedback:
            await connection.execute(_SAVE_FEEDBACK, *_columns(writes.feedback, 4))
        if writes.withdrawn:
            await connection.execute(_WITHDRAW, *_columns(writes.withdrawn, 4))
        if writes.entries:
            await connection.execute(_SAVE_ENTRIES, *_columns(writes.entries, 7))

    async def _delete_sent(self, connection: Connection, sent: Sequence[tuple[str, int]]) -> None:
        await connection.execute(_DELETE_SENT, *_columns(sent, 2))

    async def _erase(self, connection: Connection, farewells: Mapping[str, str]) -> None:
        convs = list(farewells)
        await connection.execute(_LOCK, convs)
        messages = await connection.fetch(_ERASE_MESSAGES, convs)
        await self._remember(connection, messages, farewells)
        await connection.execute(_ERASE, convs)

    async def _remember(
        self, connection: Connection, messages: Sequence[Any], farewells: Mapping[str, str]
    ) -> None:
        # In key order: two processes must not lock the same rows in different orders.
        rows = sorted(self._erased.rows(messages, farewells))
        await connection.execute(_SAVE_ERASED, *_columns(rows, 3))

    async def _move(self, connection: Connection, conv: str, to: str) -> Sequence[int]:
        await connection.execute(_LOCK_BOTH, conv, to)
        await self._remember(connection, await connection.fetch(_MESSAGES, conv), {})
        for sql in _MOVE:
            await connection.execute(sql, conv, to)
        rows = await connection.fetch(_MOVE_OUTBOX, conv, to)
        await self._erase(connection, {conv: ""})
        return [row["id"] for row in rows]

    async def _expire_sessions(self, connection: Connection, before: int) -> int:
        return len(await connection.fetch(_EXPIRE, before, EXPIRE_ROWS))

    async def _expire_entries(self, connection: Connection, before: int) -> int:
        return int(await connection.fetchval(_EXPIRE_ENTRIES, before, EXPIRE_ROWS))

    async def _lease(self, channel: str, now: int, limit: int) -> Sequence[Any]:
        far, lent = now + LONGEST_PAUSE_MILLIS, now + self._lease_millis
        too_late = far + self._lease_millis
        return await self._db.fetch(_DUE, channel, now, limit, lent, far, too_late)


def _columns(rows: Iterable[tuple[Any, ...]], width: int) -> list[list[Any]]:
    """Return the rows transposed, as `unnest` takes them."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    return columns or [[] for _ in range(width)]
