"""The embedded store: one SQLite file, owned by one process.

A batch is one transaction of set-based statements: two hops to SQLite's thread and one fsync,
however many messages it has. The log is copied into the file in the background, so that no turn
waits for it; what somebody wants forgotten leaves the log before the turn is acknowledged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import aiosqlite

from bot.core.domain.json_codec import load
from bot.core.domain.replies import Reply
from bot.core.domain.session import Session
from bot.errors import StoreFull
from bot.service.ports import Answered, Incoming, OutboxItem, Step
from bot.storage.common import key_encoding
from bot.storage.common.batch import Arrival, Key, Rows, answers, arrivals, step_all
from bot.storage.common.erased_messages import ErasedMessages
from bot.storage.sqlite.connection import SqliteDatabase

EXPIRE_ROWS = 500

_CLAIM = (
    "INSERT INTO inbox (conv, message_id, seen) VALUES {values} ON CONFLICT DO NOTHING "
    "RETURNING conv, message_id, (SELECT data FROM session WHERE session.conv = inbox.conv)"
)
_SEEN = "SELECT conv, message_id, record FROM inbox WHERE (conv, message_id) IN (VALUES {values})"
_SAVE_SESSION = (
    "INSERT INTO session (conv, data, version, updated) VALUES (?, ?, ?, ?) ON CONFLICT (conv) "
    "DO UPDATE SET data = excluded.data, version = excluded.version, updated = excluded.updated"
)
_SAVE_RECORD = "UPDATE inbox SET record = ?3 WHERE conv = ?1 AND message_id = ?2"
_SAVE_OUTBOX = "INSERT INTO outbox (conv, channel, reply, due) VALUES (?, ?, ?, ?)"
_SAVE_FEEDBACK = (
    "INSERT INTO feedback (conv, support, useful, at) VALUES (?, ?, ?, ?) ON CONFLICT "
    "(conv, support) DO UPDATE SET useful = excluded.useful, at = excluded.at"
)
_SAVE_UNANSWERED = "INSERT INTO unanswered (conv, text, at) VALUES (?, ?, ?)"
_ERASE = tuple(
    f"DELETE FROM {table} WHERE conv = ?"  # noqa: S608 - the names stand in the next line
    for table in ("session", "inbox", "outbox", "feedback", "unanswered", "note")
)
_DUE = (
    "SELECT id, conv, reply, attempts FROM outbox AS o WHERE channel = ? AND due <= ? AND NOT "
    "EXISTS (SELECT 1 FROM outbox AS p WHERE p.conv = o.conv AND p.id < o.id) ORDER BY id LIMIT ?"
)
_LAST = (
    "SELECT record FROM inbox WHERE conv = ? AND record IS NOT NULL ORDER BY rowid DESC LIMIT 1"
)
_KEEP = (
    "INSERT INTO note (conv, text) VALUES (?, ?) "
    "ON CONFLICT (conv) DO UPDATE SET text = excluded.text"
)
_IDLE = "SELECT conv FROM session WHERE updated < ? LIMIT ?"
_EXPIRE = (
    "DELETE FROM session WHERE conv = ?",
    "DELETE FROM outbox WHERE conv = ?",
    "DELETE FROM note WHERE conv = ?",
    "UPDATE feedback SET conv = NULL WHERE conv = ?",
)
_EXPIRE_OLD = (
    "DELETE FROM inbox WHERE rowid IN (SELECT rowid FROM inbox WHERE seen < ? LIMIT ?)",
    "DELETE FROM unanswered WHERE id IN (SELECT id FROM unanswered WHERE at < ? LIMIT ?)",
)


class SqliteStore:
    """A Store in a file, or with `:memory:` in none.

    `busy_seconds`: how long to wait when another program locks the file. `lend_seconds`: how long
    a sender may take over a reply from `due`.
    """

    DATABASE = SqliteDatabase

    def __init__(
        self, path: Path | str, *, busy_seconds: float = 2.0, lend_seconds: float = 30.0
    ) -> None:
        self._db = self.DATABASE(path, busy_seconds=busy_seconds)
        self._lend_millis = round(lend_seconds * 1000)
        self._forgotten = ErasedMessages()
        self._lent: dict[int, int] = {}
        self._was_full = False

    async def open(self) -> None:
        """See Store. A file that is damaged or not ours is left as it was."""
        await self._db.open()
        try:
            await self.check()
        except BaseException:
            await self._db.close()
            raise

    async def apply(self, batch: Sequence[Incoming], step: Step) -> list[Answered]:
        """See Store."""
        made = arrivals(batch)
        done = self._forgotten.among(made)
        fresh = [arrival for arrival in made if arrival.key not in done]

        async def work(db: aiosqlite.Connection) -> tuple[Rows, dict[Key, str]]:
            sessions = await self._claim(db, fresh)
            new = [arrival for arrival in fresh if arrival.key in sessions]
            old = await _records(db, [a for a in fresh if a.key not in sessions])
            rows = step_all(new, sessions, step)
            await self._save(db, rows)
            return rows, old

        async def after(result: tuple[Rows, dict[Key, str]]) -> None:
            if result[0].forgotten:
                self._forgotten.note(made, result[0])
                await self._db.wipe_log()

        if fresh:
            try:
                rows, old = await self._db.write(work, after)
            except StoreFull:
                self._was_full = True
                raise
            return answers(made, rows.answers, done | old)
        return answers(made, {}, done)

    async def peek(self, conv: str) -> Session | None:
        """See Store."""
        rows = await self._db.read(
            "SELECT data FROM session WHERE conv = ?", (key_encoding.key(conv),)
        )
        return Session.load(load(rows[0][0])) if rows else None

    async def last(self, conv: str) -> Mapping[str, Any] | None:
        """See Store."""
        rows = await self._db.read(_LAST, (key_encoding.key(conv),))
        return load(rows[0][0]) if rows else None

    async def note(self, conv: str) -> str:
        """See Store."""
        rows = await self._db.read(
            "SELECT text FROM note WHERE conv = ?", (key_encoding.key(conv),)
        )
        return str(rows[0][0]) if rows else ""

    async def keep(self, conv: str, note: str) -> None:
        """See Store."""
        key = key_encoding.key(conv)
        if note:
            await self._db.run(_KEEP, (key, key_encoding.plain(note)))
        else:
            await self._db.run("DELETE FROM note WHERE conv = ?", (key,))

    async def due(self, channel: str, now: datetime, limit: int) -> list[OutboxItem]:
        """See Store. What is lent is known to this process only: it owns the file."""
        moment = key_encoding.millis(now)
        many = limit + len(self._lent)
        found = await self._db.read(_DUE, (key_encoding.key(channel), moment, many))
        # From here on without waiting: two calls at once must not be given the same reply.
        self._lent = {id_: until for id_, until in self._lent.items() if until > moment}
        items = [
            OutboxItem(id_, key_encoding.unkey(conv), Reply.load(load(reply)), attempts)
            for id_, conv, reply, attempts in found
            if id_ not in self._lent
        ][:limit]
        self._lent.update((item.id, moment + self._lend_millis) for item in items)
        return items

    async def sent(self, item: OutboxItem) -> None:
        """See Store."""
        await self._db.run("DELETE FROM outbox WHERE id = ?", (item.id,))
        self._lent.pop(item.id, None)

    async def later(self, item: OutboxItem, due: datetime) -> None:
        """See Store."""
        sql = "UPDATE outbox SET due = ?, attempts = attempts + 1 WHERE id = ?"
        await self._db.run(sql, (key_encoding.millis(due), item.id))
        self._lent.pop(item.id, None)

    async def drop(self, item: OutboxItem) -> None:
        """See Store."""
        sql = "DELETE FROM outbox WHERE conv = ? AND id >= ?"
        await self._db.run(sql, (key_encoding.key(item.conv), item.id))
        self._lent.pop(item.id, None)

    async def forget(self, conv: str) -> None:
        """See Store."""

        async def work(db: aiosqlite.Connection) -> None:
            await _erase(db, [key_encoding.key(conv)])

        await self._db.write(work, self._wipe)

    async def expire(
        self, idle_before: datetime, seen_before: datetime, unanswered_before: datetime
    ) -> int:
        """See Store. Works in small transactions, so that turns get in between."""
        idle = key_encoding.millis(idle_before)
        ages = (key_encoding.millis(seen_before), key_encoding.millis(unanswered_before))

        async def sessions(db: aiosqlite.Connection) -> int:
            convs = list(await db.execute_fetchall(_IDLE, (idle, EXPIRE_ROWS)))
            for sql in _EXPIRE if convs else ():
                await db.executemany(sql, convs)
            return len(convs)

        total = 0
        while gone := await self._db.write(sessions):
            total += gone
        for sql, before in zip(_EXPIRE_OLD, ages, strict=True):
            while gone := await self._db.run(sql, (before, EXPIRE_ROWS)):
                total += gone
        if total:
            await self._db.write(_nothing, self._wipe)
        return total

    async def check(self) -> None:
        """See Store. Writes for real: on a full disk, reading still works; and once a turn found
        it full, as much as a turn does: there may be room for one page still."""
        if self._was_full:
            await self._db.write(_much)
            self._was_full = False
        await self._db.run("UPDATE schema_version SET version = version", ())

    async def close(self) -> None:
        """See Store."""
        await self._db.close()

    async def _claim(
        self, db: aiosqlite.Connection, made: Sequence[Arrival]
    ) -> dict[Key, str | None]:
        """Begin the transaction; the stored session of every message that is new."""
        values = ", ".join(["(?, ?, ?)"] * len(made))
        flat = [value for a in made for value in (a.conv, a.message_id, a.at)]
        rows = await db.execute_fetchall(_CLAIM.format(values=values), flat)
        return {(conv, message_id): session for conv, message_id, session in rows}

    async def _save(self, db: aiosqlite.Connection, rows: Rows) -> None:
        if rows.forgotten:
            await _erase(db, rows.forgotten)
        for sql, values in (
            (_SAVE_SESSION, rows.session),
            (_SAVE_RECORD, rows.inbox),
            (_SAVE_OUTBOX, rows.outbox),
            (_SAVE_FEEDBACK, rows.feedback),
            (_SAVE_UNANSWERED, rows.unanswered),
        ):
            if values:
                self._db.put_down(sql, values)

    async def _wipe(self, _: object) -> None:
        await self._db.wipe_log()


async def _records(db: aiosqlite.Connection, seen: Sequence[Arrival]) -> dict[Key, str]:
    if not seen:
        return {}
    values = ", ".join(["(?, ?)"] * len(seen))
    flat = [part for arrival in seen for part in arrival.key]
    rows = await db.execute_fetchall(_SEEN.format(values=values), flat)
    return {(conv, message_id): record for conv, message_id, record in rows}


async def _erase(db: aiosqlite.Connection, convs: Sequence[str]) -> None:
    for sql in _ERASE:
        await db.executemany(sql, [(conv,) for conv in convs])


async def _much(db: aiosqlite.Connection) -> None:
    await db.execute("INSERT INTO note (conv, text) VALUES ('', zeroblob(65536))")
    await db.execute("DELETE FROM note WHERE conv = ''")


async def _nothing(_: aiosqlite.Connection) -> None:
    """A transaction of nothing, for what comes after it."""
