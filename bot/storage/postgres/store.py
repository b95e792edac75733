"""The store for several processes and machines over one PostgreSQL database.

Inserting into `inbox` decides who answers a message; the upsert of its session row locks the
conversation until commit. Rows are locked in key order, so two batches never wait for each other
crosswise; nothing that another replica needs is kept in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.core.domain.json_codec import load
from bot.core.domain.replies import Reply
from bot.core.domain.session import Session
from bot.service.ports import Answered, Incoming, OutboxItem, Step
from bot.storage.common import key_encoding
from bot.storage.common.batch import Arrival, Key, Rows, answers, arrivals, step_all
from bot.storage.common.erased_messages import ErasedMessages
from bot.storage.postgres.errors import RowsVanishedError
from bot.storage.postgres.pool import Connection, PostgresDatabase

EXPIRE_ROWS = 500

# The sort takes in all of `new` before the first session row is locked.
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
# The lock is for what it makes the commit do: wait for the synchronous standby, as only one that
# has written does. After a crash the primary shows turns that its standby has not heard of, and a
# second delivery acknowledged from them would be lost with the primary.
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
INSERT INTO outbox (conv, channel, reply, due)
SELECT conv, channel, reply, due
FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
    WITH ORDINALITY AS u (conv, channel, reply, due, place)
ORDER BY place"""
_SAVE_FEEDBACK = """
INSERT INTO feedback (conv, support, useful, at)
SELECT * FROM unnest($1::text[], $2::text[], $3::boolean[], $4::bigint[])
ON CONFLICT (conv, support) DO UPDATE SET useful = excluded.useful, at = excluded.at"""
_SAVE_UNANSWERED = """
INSERT INTO unanswered (conv, text, at)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])"""
_ERASE = """
WITH s AS (DELETE FROM session WHERE conv = ANY ($1)),
    i AS (DELETE FROM inbox WHERE conv = ANY ($1)),
    o AS (DELETE FROM outbox WHERE conv = ANY ($1)),
    f AS (DELETE FROM feedback WHERE conv = ANY ($1)),
    n AS (DELETE FROM note WHERE conv = ANY ($1))
DELETE FROM unanswered WHERE conv = ANY ($1)"""
# The lock reads a row again that somebody has just lent or sent, and then it no longer fits.
_DUE = """
WITH head AS (
    SELECT o.conv, o.id FROM outbox AS o
    WHERE o.channel = $1 AND o.due <= $2 AND o.lent <= $2 AND NOT EXISTS (
        SELECT 1 FROM outbox AS p WHERE p.conv = o.conv AND p.id < o.id)
    ORDER BY o.id LIMIT $3 FOR UPDATE OF o SKIP LOCKED
), given AS (
    UPDATE outbox AS o SET lent = $4 FROM head
    WHERE o.conv = head.conv AND o.id = head.id
    RETURNING o.id, o.conv, o.reply, o.attempts
)
SELECT id, conv, reply, attempts FROM given ORDER BY id"""
_LAST = """
SELECT record FROM inbox WHERE conv = $1 AND record IS NOT NULL
ORDER BY turn DESC, seen DESC, message_id DESC LIMIT 1"""
_KEEP = """
INSERT INTO note (conv, text) VALUES ($1, $2)
ON CONFLICT (conv) DO UPDATE SET text = excluded.text"""
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
_EXPIRE_OLD = (
    "DELETE FROM inbox WHERE ctid = ANY (ARRAY(SELECT ctid FROM inbox WHERE seen < $1 LIMIT $2)) "
    "AND seen < $1",
    "DELETE FROM unanswered WHERE ctid = ANY "
    "(ARRAY(SELECT ctid FROM unanswered WHERE at < $1 LIMIT $2)) AND at < $1",
)


class PostgresStore:
    """A Store in a PostgreSQL database.

    `statement_cache_size`: 0 behind PgBouncer. `retry_seconds`: how long a restart or a fail-over
    may take before a turn fails. `lend_seconds`: how long a sender may take over a reply.
    """

    DATABASE = PostgresDatabase

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 4,
        statement_cache_size: int = 100,
        retry_seconds: float = 10.0,
        command_seconds: float = 5.0,
        lend_seconds: float = 30.0,
    ) -> None:
        self._db = self.DATABASE(
            url,
            pool_size=pool_size,
            statement_cache_size=statement_cache_size,
            retry_seconds=retry_seconds,
            command_seconds=command_seconds,
        )
        self._lend_millis = round(lend_seconds * 1000)
        self._forgotten = ErasedMessages()

    async def open(self) -> None:
        """See Store."""
        try:
            await self._db.open()
            await self.check()
        except BaseException:
            await self._db.close()
            raise

    async def apply(self, batch: Sequence[Incoming], step: Step) -> list[Answered]:
        """See Store."""
        made = arrivals(batch)
        done = self._forgotten.among(made)
        fresh = [arrival for arrival in made if arrival.key not in done]
        if not fresh:
            return answers(made, {}, done)

        async def work(connection: Connection) -> tuple[Rows, dict[Key, str]]:
            sessions = await self._claim(connection, fresh)
            old = await self._records(connection, [a for a in fresh if a.key not in sessions])
            new = [arrival for arrival in fresh if arrival.key in sessions]
            rows = step_all(new, sessions, step)
            await self._save(connection, rows)
            return rows, old

        rows, old = await self._db.transaction(work)
        self._forgotten.note(made, rows)
        return answers(made, rows.answers, {**done, **old})

    async def peek(self, conv: str) -> Session | None:
        """See Store."""
        rows = await self._db.rows(
            "SELECT data FROM session WHERE conv = $1", key_encoding.key(conv)
        )
        return Session.load(load(rows[0]["data"])) if rows else None

    async def last(self, conv: str) -> Mapping[str, Any] | None:
        """See Store."""
        rows = await self._db.rows(_LAST, key_encoding.key(conv))
        return load(rows[0]["record"]) if rows else None

    async def note(self, conv: str) -> str:
        """See Store."""
        rows = await self._db.rows("SELECT text FROM note WHERE conv = $1", key_encoding.key(conv))
        return str(rows[0]["text"]) if rows else ""

    async def keep(self, conv: str, note: str) -> None:
        """See Store."""
        key = key_encoding.key(conv)
        if note:
            await self._db.run(_KEEP, key, key_encoding.plain(note))
        else:
            await self._db.run("DELETE FROM note WHERE conv = $1", key)

    async def due(self, channel: str, now: datetime, limit: int) -> list[OutboxItem]:
        """See Store."""
        moment = key_encoding.millis(now)
        given = await self._db.rows(
            _DUE, key_encoding.key(channel), moment, limit, moment + self._lend_millis
        )
        return [
            OutboxItem(id_, key_encoding.unkey(conv), Reply.load(load(reply)), attempts)
            for id_, conv, reply, attempts in given
        ]

    async def sent(self, item: OutboxItem) -> None:
        """See Store."""
        sql = "DELETE FROM outbox WHERE conv = $1 AND id = $2"
        await self._db.run(sql, key_encoding.key(item.conv), item.id)

    async def later(self, item: OutboxItem, due: datetime) -> None:
        """See Store."""
        sql = (
            "UPDATE outbox SET due = $3, lent = 0, attempts = attempts + 1 "
            "WHERE conv = $1 AND id = $2"
        )
        await self._db.run(sql, key_encoding.key(item.conv), item.id, key_encoding.millis(due))

    async def drop(self, item: OutboxItem) -> None:
        """See Store."""
        sql = "DELETE FROM outbox WHERE conv = $1 AND id >= $2"
        await self._db.run(sql, key_encoding.key(item.conv), item.id)

    async def forget(self, conv: str) -> None:
        """See Store."""
        await self._db.run(_ERASE, [key_encoding.key(conv)])

    async def expire(
        self, idle_before: datetime, seen_before: datetime, unanswered_before: datetime
    ) -> int:
        """See Store. Works in small transactions, and leaves alone what others hold."""
        idle = key_encoding.millis(idle_before)
        ages = (key_encoding.millis(seen_before), key_encoding.millis(unanswered_before))
        total = 0
        while gone := len(await self._db.rows(_EXPIRE, idle, EXPIRE_ROWS)):
            total += gone
        for sql, before in zip(_EXPIRE_OLD, ages, strict=True):
            while gone := await self._db.run(sql, before, EXPIRE_ROWS):
                total += gone
        return total

    async def check(self) -> None:
        """See Store."""
        await self._db.check()

    async def close(self) -> None:
        """See Store."""
        await self._db.close()

    async def _claim(
        self, connection: Connection, made: Sequence[Arrival]
    ) -> dict[Key, str | None]:
        """Take the messages that are new and lock their conversations; the stored sessions."""
        columns = _columns(((a.conv, a.message_id, a.at) for a in made), 3)
        rows = await connection.fetch(_CLAIM, *columns)
        return {(conv, message_id): data for conv, message_id, data in rows}

    async def _records(self, connection: Connection, seen: Sequence[Arrival]) -> dict[Key, str]:
        if not seen:
            return {}
        rows = await connection.fetch(_SEEN, *_columns((a.key for a in seen), 2))
        if len(rows) < len(seen):
            raise RowsVanishedError
        return {(conv, message_id): record for conv, message_id, record in rows}

    async def _save(self, connection: Connection, rows: Rows) -> None:
        if rows.forgotten:
            await connection.execute(_ERASE, rows.forgotten)
        if rows.session:
            columns = (*_columns(rows.session, 4), *_columns(rows.inbox, 3))
            await connection.execute(_SAVE, *columns)
        if rows.outbox:
            await connection.execute(_SAVE_OUTBOX, *_columns(rows.outbox, 4))
        if rows.feedback:
            await connection.execute(_SAVE_FEEDBACK, *_columns(rows.feedback, 4))
        if rows.unanswered:
            await connection.execute(_SAVE_UNANSWERED, *_columns(rows.unanswered, 3))


def _columns(rows: Iterable[tuple[Any, ...]], width: int) -> list[list[Any]]:
    """The rows turned on their side, as `unnest` takes them."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    return columns or [[] for _ in range(width)]
