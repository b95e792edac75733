"""The part of a store that is the same over both databases.

Statements number their parameters `$1`, `$2`, …; SqliteDatabase rewrites that for its driver.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from bot.core.domain.session import FOLLOWS, Session
from bot.errors import StoreFull
from bot.service.clock_check import ClockMarks
from bot.service.ports import LONGEST_PAUSE, Answered, Incoming, OutboxItem, Step
from bot.storage.common import key_encoding
from bot.storage.common.batch import (
    BatchWrites,
    Delivery,
    MessageKey,
    answers,
    clear_conversions,
    deliveries,
    duplicate,
    outbox_item,
    parse_session,
    record_or_none,
    step_all,
)
from bot.storage.common.daily_count_rows import DailyCountRows
from bot.storage.common.erased_messages import EXPIRE_ERASED, NO_REPLY, ErasedMessages
from bot.storage.common.inbox_rows import InboxRows

# Few enough that an expiry transaction never delays a turn noticeably.
EXPIRE_ROWS = 500
# More than a turn writes.
TURN_BYTES = 65_536
LONGEST_PAUSE_MILLIS = round(LONGEST_PAUSE.total_seconds() * 1000)

Connection = TypeVar("Connection")
Connection_co = TypeVar("Connection_co", covariant=True)
T = TypeVar("T")

_SESSION = "SELECT data FROM session WHERE conv = $1"
_FOLLOWING = "SELECT conv FROM session WHERE conv LIKE $1 AND data LIKE $2 ORDER BY conv"
# A quotation mark inside a text is escaped in JSON, so only the key has this form.
_HAS_FOLLOWS = f'%"{FOLLOWS}":%'
_NOTE = "SELECT text FROM note WHERE conv = $1"
_MARKS = "SELECT name, value FROM upkeep WHERE name IN ('clock', 'doubt')"
_NEWEST = (
    "SELECT max(at) FROM (SELECT max(updated) AS at FROM session UNION ALL "
    "SELECT max(seen) FROM inbox) AS newest"
)
_SET_MARK = (
    "INSERT INTO upkeep (name, value) VALUES ($1, $2) "
    "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)
_DELETE_DOUBT = "DELETE FROM upkeep WHERE name = 'doubt'"
_DELETE_NOTE = "DELETE FROM note WHERE conv = $1"
_UNSENT = "SELECT count(*) FROM outbox WHERE conv = $1"
_DELETE_REPLY = "DELETE FROM outbox WHERE conv = $1 AND id = $2"
_DROP = "DELETE FROM outbox WHERE conv = $1 AND id >= $2"


class Database(Protocol[Connection_co]):
    """What SqlStore needs of a database. Every method raises StoreError."""

    async def open(self) -> None:
        """Connect and migrate the schema."""

    async def transaction(
        self,
        work: Callable[[Connection_co], Awaitable[T]],
        committed: Callable[[T], Awaitable[None]] | None = None,
    ) -> T:
        """Run `work` in one transaction and return its result once it is durable. `committed`
        runs after the commit, before the next transaction of this process."""

    async def fetch(self, sql: str, *values: Any) -> Sequence[Any]:
        """Run one query and return its rows."""

    async def execute(self, sql: str, *values: Any) -> int:
        """Run one statement in a transaction of its own and return the number of rows changed."""

    async def close(self) -> None:
        """Finish running transactions and disconnect."""


class SqlStore(DailyCountRows, InboxRows, ABC, Generic[Connection]):
    """Base class of the stores. `lease_seconds`: how long a reply from `due` stays leased.
    `secret`: see ErasedMessages."""

    # Statements that differ between the databases.
    RECENT: ClassVar[str]
    LATER: ClassVar[str]
    SET_NOTE: ClassVar[str]
    SET_SHOWN: ClassVar[str]
    EXPIRE_RECORDS: ClassVar[str]
    EXPIRE_NOTES: ClassVar[str]
    EXPIRE_OUTBOX: ClassVar[str]

    _db: Database[Connection]

    def __init__(self, *, lease_seconds: float, secret: bytes) -> None:
        self._lease_millis = round(lease_seconds * 1000)
        self._erased = ErasedMessages(secret)
        self._was_full = False
        # Replies that were sent and are still in the outbox.
        self._acknowledged: list[OutboxItem] = []

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
        received = deliveries(batch)
        sent = self._take_acknowledged()

        async def work(connection: Connection) -> tuple[BatchWrites, dict[MessageKey, Answered]]:
            sessions = await self._claim(connection, received)
            repeated = [delivery for delivery in received if delivery.key not in sessions]
            known = await self._known(connection, repeated) if repeated else {}
            # Who has been erased since must not be written back by a message of ours.
            unasked = [d.key for d in received if d.incoming.unasked and d.key in sessions]
            late = [key for key in unasked if not sessions[key]]
            if late:
                await self._unclaim(connection, late)
                known |= {key: duplicate(NO_REPLY, forgotten=True) for key in late}
            new = [delivery for delivery in received if delivery.key not in known]
            writes = step_all(new, sessions, step)
            writes.sent = _keys(sent)
            await self._save(connection, writes)
            return writes, known

        async def committed(result: tuple[BatchWrites, dict[MessageKey, Answered]]) -> None:
            writes, _ = result
            # Before the next transaction: `due` must not return what is handed out.
            for conv, ids in writes.handed.items():
                self._begin_lease(ids[0], writes.direct[conv][0].at)
            if writes.erased:
                clear_conversions()
                await self._wipe()

        try:
            writes, known = await self._db.transaction(work, committed)
        except BaseException as error:
            self._was_full = self._was_full or isinstance(error, StoreFull)
            self.acknowledge(sent)
            raise
        self._end_leases(sent)
        writes.hand_out()
        return answers(received, {**known, **writes.answers})

    async def _known(
        self, connection: Connection, repeated: Sequence[Delivery]
    ) -> dict[MessageKey, Answered]:
        """Return the answers of messages that are not new."""
        hashes = {self._erased.hash(delivery.key): delivery.key for delivery in repeated}
        erased = {
            hashes[hash_]: duplicate(record, forgotten=True)
            for hash_, record in await self._erased_records(connection, list(hashes))
        }
        rest = [delivery for delivery in repeated if delivery.key not in erased]
        records = await self._records(connection, rest) if rest else {}
        # A message whose page a channel has shown has no record.
        return {**erased, **{key: duplicate(found or NO_REPLY) for key, found in records.items()}}

    async def peek(self, conv: str) -> Session | None:
        """See Store."""
        rows = await self._db.fetch(_SESSION, key_encoding.key(conv))
        return parse_session(rows[0][0]) if rows else None

    async def following(self, channel: str) -> list[str]:
        """See Store."""
        rows = await self._db.fetch(_FOLLOWING, f"{key_encoding.key(channel)}:%", _HAS_FOLLOWS)
        return [key_encoding.unkey(row[0]) for row in rows]

    async def last(self, conv: str) -> Mapping[str, Any] | None:
        """See Store."""
        turns = await self.recent(conv, 1)
        return turns[0][1] if turns else None

    async def recent(self, conv: str, limit: int) -> list[tuple[str, Mapping[str, Any]]]:
        """See Store."""
        rows = await self._db.fetch(self.RECENT, key_encoding.key(conv), limit)
        turns = ((message_id, record_or_none(record)) for message_id, record in rows)
        return [(key_encoding.unkey(message_id), record) for message_id, record in turns if record]

    async def note(self, conv: str) -> str:
        """See Store."""
        rows = await self._db.fetch(_NOTE, key_encoding.key(conv))
        return str(rows[0][0]) if rows else ""

    async def keep(self, conv: str, message_id: str, note: str, shown_by: str = "") -> None:
        """See Store."""
        key = key_encoding.key(conv)
        if note:
            message = key_encoding.key(message_id)
            await self._db.execute(self.SET_NOTE, key, message, key_encoding.plain(note))
            if shown_by:
                await self._db.execute(self.SET_SHOWN, key, message, key_encoding.key(shown_by))
        else:
            await self._db.execute(_DELETE_NOTE, key)

    async def due(self, channel: str, now: datetime, limit: int) -> list[OutboxItem]:
        """See Store."""
        await self.flush()
        moment = key_encoding.millis(now)
        leased = await self._lease(key_encoding.key(channel), moment, limit)
        items = []
        for id_, conv, reply, attempts in leased:
            item = outbox_item(id_, conv, reply, attempts)
            if item:
                items.append(item)
            else:
                # It would otherwise stop the whole channel, and for ever its conversation.
                await self._db.execute(_DELETE_REPLY, conv, id_)
                self._end_lease(id_)
        return items

    async def unsent(self, conv: str) -> int:
        """See Store."""
        rows = await self._db.fetch(_UNSENT, key_encoding.key(conv))
        return int(rows[0][0])

    async def sent(self, item: OutboxItem) -> None:
        """See Store."""
        self.acknowledge([item])
        await self.flush()

    def acknowledge(self, items: Sequence[OutboxItem]) -> None:
        """See Store."""
        self._acknowledged += items

    async def flush(self) -> None:
        """See Store."""
        sent = self._take_acknowledged()
        if not sent:
            return

        async def work(connection: Connection) -> None:
            await self._delete_sent(connection, _keys(sent))

        try:
            await self._db.transaction(work)
        except BaseException:
            self.acknowledge(sent)
            raise
        self._end_leases(sent)

    def _take_acknowledged(self) -> list[OutboxItem]:
        taken, self._acknowledged = self._acknowledged, []
        return taken

    async def later(self, item: OutboxItem, due: datetime) -> None:
        """See Store."""
        moment = key_encoding.millis(due)
        await self._db.execute(self.LATER, key_encoding.key(item.conv), item.id, moment)
        self._end_lease(item.id)

    async def drop(self, item: OutboxItem) -> None:
        """See Store."""
        await self._db.execute(_DROP, key_encoding.key(item.conv), item.id)
        self._end_lease(item.id)

    async def move(self, conv: str, to: str) -> None:
        """See Store."""
        await self.flush()
        keys = key_encoding.key(conv), key_encoding.key(to)
        if keys[0] == keys[1]:
            return

        async def work(connection: Connection) -> Sequence[int]:
            return await self._move(connection, *keys)

        for id_ in await self._db.transaction(work):
            self._end_lease(id_)

    async def forget(self, conv: str) -> None:
        """See Store."""

        async def work(connection: Connection) -> None:
            await self._erase(connection, {key_encoding.key(conv): ""})

        await self._db.transaction(work, lambda _: self._wipe())

    async def expire(
        self, idle_before: datetime, seen_before: datetime, unanswered_before: datetime
    ) -> int:
        """See Store. Uses small transactions, so that turns run between them."""
        idle = key_encoding.millis(idle_before)
        oldest = key_encoding.millis(unanswered_before)

        async def sessions(connection: Connection) -> int:
            return await self._expire_sessions(connection, idle)

        async def entries(connection: Connection) -> int:
            return await self._expire_entries(connection, oldest)

        async def wipe(_: None) -> None:
            await self._wipe()

        total = 0
        while deleted := await self._db.transaction(sessions):
            total += deleted
        for sql, before in (
            (self.EXPIRE_RECORDS, seen_before),
            (EXPIRE_ERASED, seen_before),
            (self.EXPIRE_NOTES, seen_before),
            (self.EXPIRE_OUTBOX, seen_before),
        ):
            moment = key_encoding.millis(before)
            while deleted := await self._db.execute(sql, moment, EXPIRE_ROWS):
                total += deleted
        while deleted := await self._db.transaction(entries):
            total += deleted
        if total:
            await self._db.transaction(self._mark_erased, wipe)
        return total

    async def clock_marks(self) -> ClockMarks:
        """See Store."""
        found = {name: key_encoding.moment(value) for name, value in await self._db.fetch(_MARKS)}
        if "clock" in found:
            return ClockMarks(found["clock"], found.get("doubt"))
        [(newest,)] = await self._db.fetch(_NEWEST)
        last = key_encoding.moment(newest) if newest is not None else None
        return ClockMarks(last, found.get("doubt"))

    async def keep_clock_marks(self, marks: ClockMarks) -> None:
        """See Store."""
        if marks.last is not None:
            await self._db.execute(_SET_MARK, "clock", key_encoding.millis(marks.last))
        if marks.doubted is not None:
            await self._db.execute(_SET_MARK, "doubt", key_encoding.millis(marks.doubted))
        else:
            await self._db.execute(_DELETE_DOUBT)

    async def clean_up(self) -> None:
        """See Store."""

    async def check(self) -> None:
        """See Store. Writes, because reading still works on a full disk. After a turn found the
        disk full, it writes as much as a turn does: one row may still fit."""
        await self._check_write(TURN_BYTES if self._was_full else 0)
        self._was_full = False

    @abstractmethod
    async def size(self) -> int:
        """See Store."""

    async def close(self) -> None:
        """See Store."""
        await self._db.close()

    @abstractmethod
    async def _check_write(self, size: int) -> None:
        """Write this many bytes and delete them again, durably."""

    @abstractmethod
    async def _claim(
        self, connection: Connection, batch: Sequence[Delivery]
    ) -> dict[MessageKey, str | None]:
        """Insert the new messages of the batch, lock their conversations, and return the stored
        session of each as JSON, None if there is none. Messages are left out that are repeated, or
        whose hash is stored because their conversation was erased."""

    @abstractmethod
    async def _unclaim(self, connection: Connection, keys: Sequence[MessageKey]) -> None:
        """Undo `_claim` for these messages, whose conversations have no session."""

    @abstractmethod
    async def _erased_records(
        self, connection: Connection, hashes: Sequence[str]
    ) -> Sequence[tuple[str, str]]:
        """Return those of these hashes that are stored, each with its record."""

    @abstractmethod
    async def _records(
        self, connection: Connection, repeated: Sequence[Delivery]
    ) -> Mapping[MessageKey, str | None]:
        """Return the stored records of repeated messages as JSON. The `shown_by` of `keep` has
        none."""

    @abstractmethod
    async def _save(self, connection: Connection, writes: BatchWrites) -> None:
        """Write the rows of the batch."""

    @abstractmethod
    async def _erase(self, connection: Connection, farewells: Mapping[str, str]) -> None:
        """Delete every row of these conversations, and store the hashes of their messages.
        `farewells`: see ErasedMessages.rows; "" for a conversation without such a record."""

    @abstractmethod
    async def _move(self, connection: Connection, conv: str, to: str) -> Sequence[int]:
        """Move rows as `move` describes and return the ids of the moved replies."""

    @abstractmethod
    async def _expire_sessions(self, connection: Connection, before: int) -> int:
        """Delete up to EXPIRE_ROWS sessions last updated before this time, with their outbox and
        notes, and make their feedback anonymous. Return how many."""

    @abstractmethod
    async def _expire_entries(self, connection: Connection, before: int) -> int:
        """Delete up to EXPIRE_ROWS entries of the inbox older than this time, and add them to the
        counts. Return how many."""

    @abstractmethod
    async def _lease(self, channel: str, now: int, limit: int) -> Sequence[Any]:
        """Lease replies as `due` describes; the rows have id, conv, reply and attempts."""

    @abstractmethod
    async def _delete_sent(self, connection: Connection, sent: Sequence[tuple[str, int]]) -> None:
        """Delete these replies, given by conversation and id."""

    def _end_leases(self, items: Sequence[OutboxItem]) -> None:
        for item in items:
            self._end_lease(item.id)

    def _begin_lease(self, id_: int, now: int) -> None:
        """Begin the lease of a reply that is handed out where it is not part of its row."""

    def _end_lease(self, id_: int) -> None:
        """End the lease of a reply where it is not part of its row."""

    async def _mark_erased(self, connection: Connection) -> None:
        """Store that rows were deleted, for `clean_up`."""

    async def _wipe(self) -> None:
        """Remove what deleted rows left in the log; runs only after a commit."""


def _keys(items: Sequence[OutboxItem]) -> list[tuple[str, int]]:
    return [(key_encoding.key(item.conv), item.id) for item in items]
