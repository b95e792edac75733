"""The one entry of a turn, for every channel: `await guide.answer(incoming)`.

One writer task takes the messages that wait, at most one per conversation, and the store handles
the whole batch in one transaction: seen before? give the stored record; else load, step, save
session, record and outbox; commit; and only then resolve the waiting calls. The ports (`Brain`,
`Store`) are drawn here; `bot.app.composition` wires real ones in.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from types import TracebackType
from typing import Any, Protocol, Self

from bot.core.domain.json_codec import load
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Session, Utterance
from bot.errors import GuideBusy, StoreError

BATCH = 64
QUEUE_LIMIT = 1_000

Step = Callable[[Session, "Incoming"], Turn]
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as a channel received it.

    `conv` is `channel:user`, the one key of every hot table. `message_id` is unique within the
    conversation: the same id again is the same message. `push` is true for channels that send
    (Telegram): their replies go through the outbox; the others take them from the answer.
    """

    conv: str
    message_id: str
    utterance: Utterance
    received_at: datetime
    push: bool = False


@dataclass(frozen=True)
class Answered:
    """What the guide gives back once the turn is durable. `text` is design section 9's object
    without `user`, as JSON; `duplicate` is true when this message had been answered before."""

    text: str
    outcome: str | None = None
    duplicate: bool = False

    @cached_property
    def record(self) -> Mapping[str, Any]:
        """The object; the caller's own."""
        record: Mapping[str, Any] = load(self.text)
        return record

    @property
    def replies(self) -> tuple[Reply, ...]:
        """The replies of this turn, in order."""
        return tuple(Reply.load(reply) for reply in self.record["replies"])


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """A reply that waits to be sent, the oldest one of its conversation."""

    id: int
    conv: str
    reply: Reply
    attempts: int


class Store(Protocol):
    """Where conversations live. Every store passes the same contract test."""

    async def open(self) -> None:
        """Migrate and make ready. Raises StoreError with a line that an admin can act on.

        A store is opened once; after `close`, make a new one.
        """

    async def apply(self, batch: Sequence[Incoming], step: Step) -> list[Answered]:
        """One transaction for the batch (at most one message per conversation). Durable when it
        returns; if it raises, nothing of the batch was acknowledged. What `step` raises passes
        through, and then nothing of the batch was kept.

        A turn with `effects.forget` leaves no row of the conversation behind, save its own
        reply on the way out. Its message id goes too, so what makes a second delivery harmless is
        the process's memory: the last thousand or so forgetting messages get their reply again
        and move nothing; after a restart the message is simply carried out once more.
        """

    async def peek(self, conv: str) -> Session | None:
        """The session as it stands, or None."""

    async def last(self, conv: str) -> Mapping[str, Any] | None:
        """The record of the turn of this conversation that was carried out last, while it is
        kept, whatever the clock said."""

    async def note(self, conv: str) -> str:
        """What a channel noted of this conversation, "" if nothing."""

    async def keep(self, conv: str, note: str) -> None:
        """Keep this note instead of the one before; "" removes it."""

    async def due(self, channel: str, now: datetime, limit: int) -> list[OutboxItem]:
        """The oldest unsent reply of each conversation of this channel that is due.

        What is given out is lent for half a minute: until then no other call, in this process or
        another, gets it again, unless `later` hands it back.
        """

    async def sent(self, item: OutboxItem) -> None:
        """The platform has taken this reply."""

    async def later(self, item: OutboxItem, due: datetime) -> None:
        """Try this reply (and so all behind it in its conversation) again at `due`."""

    async def drop(self, item: OutboxItem) -> None:
        """This reply can never be sent (the user blocked us): take it and those behind it out."""

    async def forget(self, conv: str) -> None:
        """Remove every row of this conversation, and its bytes from an SQLite file and its log.
        (PostgreSQL gives the space free, and overwrites it after its next vacuum.)"""

    async def expire(
        self, idle_before: datetime, seen_before: datetime, unanswered_before: datetime
    ) -> int:
        """Remove sessions idle since before, processed ids older than `seen_before`, and texts of
        unanswered questions older than `unanswered_before`; how many rows went.

        A text keeps its own day, whether its talk is still there or not; until then it stays
        under its conversation, so that `forget` finds it.
        """

    async def check(self) -> None:
        """Raises StoreError when the store cannot take a turn now (for /readyz)."""

    async def close(self) -> None:
        """Finish what runs and let go of the file or the connections."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """An accepted message and the call that waits for it."""

    incoming: Incoming
    future: asyncio.Future[Answered]

    def resolve(self, answered: Answered) -> None:
        """Give the caller its answer, unless it has gone away meanwhile."""
        if not self.future.done():
            self.future.set_result(answered)

    def fail(self, error: BaseException) -> None:
        """Give the caller the error, unless it has gone away meanwhile."""
        if not self.future.done():
            self.future.set_exception(error)


class Guide:
    """Answers messages durably: in order within a conversation, in parallel between them.

    Use it as an async context manager, or call `start` and `stop`. The store must be open.
    `queue_limit`: how many messages may wait before `answer` raises GuideBusy.
    """

    def __init__(
        self, store: Store, step: Step, *, queue_limit: int = QUEUE_LIMIT, clock: Clock
    ) -> None:
        self._store = store
        self._step = step
        self._queue_limit = queue_limit
        self._clock = clock
        self._queues: dict[str, deque[_Waiting]] = {}
        self._turn_of: deque[str] = deque()
        self._accepted = 0
        self._wake = asyncio.Event()
        self._stopping = False
        self._writer: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many accepted messages have not been answered yet."""
        return self._accepted

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Begin to answer."""
        if self._writer is None:
            # Asking for it is a system call in Python 3.11, and every turn needs it.
            self._loop = asyncio.get_running_loop()
            self._stopping = False
            self._writer = asyncio.create_task(self._write(), name="guide-writer")

    async def stop(self) -> None:
        """Answer what was accepted, then end; from now on `answer` raises GuideBusy."""
        self._stopping = True
        self._wake.set()
        if self._writer is not None:
            await self._writer
            self._writer = None

    async def answer(self, incoming: Incoming) -> Answered:
        """The answer to this message, once it is durable.

        A caller that is cancelled only stops waiting: an accepted message is carried out, and
        the same message id gets its answer later. Raises GuideBusy (nothing was kept), StoreError
        (not acknowledged: deliver it again), or what the step itself raised.
        """
        if self._stopping or self._writer is None:
            raise GuideBusy("服务正在停止，请稍后再发一次")
        if self._accepted >= self._queue_limit:
            raise GuideBusy("现在咨询的人太多，请稍后再发一次")
        waiting = _Waiting(incoming, self._loop.create_future())
        queue = self._queues.get(incoming.conv)
        if queue is None:
            self._queues[incoming.conv] = deque((waiting,))
            self._turn_of.append(incoming.conv)
        else:
            queue.append(waiting)
        self._accepted += 1
        self._wake.set()
        return await waiting.future

    async def expire(self, *, idle: timedelta, seen: timedelta, unanswered: timedelta) -> int:
        """Remove talks idle for longer than `idle`, processed ids older than `seen` and texts of
        unanswered questions older than `unanswered`; how many rows went. Raises StoreError."""
        now = self._clock()
        return await self._store.expire(now - idle, now - seen, now - unanswered)

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            while batch := self._next_batch():
                try:
                    await self._carry_out(batch)
                finally:
                    self._accepted -= len(batch)
            self._wake.clear()
            if self._stopping:
                return

    def _next_batch(self) -> list[_Waiting]:
        """The oldest message of each conversation, in the order in which their turns came."""
        batch = []
        for _ in range(min(BATCH, len(self._turn_of))):
            conv = self._turn_of.popleft()
            queue = self._queues[conv]
            batch.append(queue.popleft())
            # Behind all others: a conversation that floods us waits for its next turn like them.
            if queue:
                self._turn_of.append(conv)
            else:
                del self._queues[conv]
        return batch

    def _take_behind(self, conv: str) -> Sequence[_Waiting]:
        """What waits behind a message that failed. It must be delivered again, after that one:
        carried out now it would come first."""
        behind = self._queues.pop(conv, ())
        if behind:
            self._turn_of.remove(conv)
            self._accepted -= len(behind)
        return behind

    async def _carry_out(self, batch: Sequence[_Waiting]) -> None:
        try:
            answers = await self._store.apply([w.incoming for w in batch], self._step)
        except StoreError as error:
            for waiting in batch:
                waiting.fail(_own_copy(error))
                for behind in self._take_behind(waiting.incoming.conv):
                    behind.fail(_own_copy(error))
        except Exception as error:
            # A step that fails is a bug in one turn; the others of the batch must not pay for it.
            if len(batch) == 1:
                batch[0].fail(error)
                return
            for waiting in batch:
                await self._carry_out([waiting])
        else:
            for waiting, answered in zip(batch, answers, strict=True):
                waiting.resolve(answered)


def _own_copy(error: StoreError) -> StoreError:
    """An equal error: one object raised in many tasks would gather all their tracebacks."""
    copy = type(error)(*error.args)
    copy.__cause__ = error
    return copy
