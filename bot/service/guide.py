"""Durable turns: `await guide.answer(incoming)` is the entry of every channel.

One writer task takes the waiting messages, at most one per conversation, and passes them to the
store, which processes the batch in one transaction. A call returns once that is committed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Self

from bot.errors import GuideBusy, GuideStopping, StoreError
from bot.service.clock_check import check_clock
from bot.service.ports import Answered, Clock, Incoming, Step, Store

BATCH_SIZE = 64
QUEUE_LIMIT = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """An accepted message and the future of its caller, which may be cancelled."""

    incoming: Incoming
    future: asyncio.Future[Answered]

    def resolve(self, answered: Answered) -> None:
        if not self.future.done():
            self.future.set_result(answered)

    def fail(self, error: BaseException) -> None:
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
        self._clock_doubt = ""
        self._queues: dict[str, deque[_Waiting]] = {}
        self._conversations: deque[str] = deque()
        self._accepted = 0
        self._wake = asyncio.Event()
        self._stopping = False
        self._writer: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Return how many accepted messages are not answered yet."""
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
        """Start the writer task."""
        if self._writer is None:
            self._stopping = False
            self._writer = asyncio.create_task(self._write(), name="guide-writer")

    async def stop(self) -> None:
        """Answer the accepted messages, then end; from now on `answer` raises GuideBusy."""
        self._stopping = True
        self._wake.set()
        if self._writer is not None:
            await self._writer
            self._writer = None

    async def answer(self, incoming: Incoming) -> Answered:
        """Return the answer to this message once it is durable.

        Cancelling the caller only ends its waiting: an accepted message is processed, and a
        second delivery of the same id gets its answer. Raises GuideBusy (nothing was stored),
        StoreError (not acknowledged: deliver it again), or the exception of the step.
        """
        if self._stopping or self._writer is None:
            raise GuideStopping("服务正在停止")
        if self._accepted >= self._queue_limit:
            raise GuideBusy("等待处理的消息太多，请稍后再试")
        waiting = _Waiting(incoming, asyncio.get_running_loop().create_future())
        queue = self._queues.get(incoming.conv)
        if queue is None:
            self._queues[incoming.conv] = deque((waiting,))
            self._conversations.append(incoming.conv)
        else:
            queue.append(waiting)
        self._accepted += 1
        self._wake.set()
        return await waiting.future

    @property
    def clock_doubt(self) -> str:
        """Return, in Chinese, why the last `expire` did not trust the clock; "" if it did."""
        return self._clock_doubt

    async def expire(self, *, idle: timedelta, seen: timedelta, unanswered: timedelta) -> int:
        """Delete sessions idle for longer than `idle`, processed message ids older than `seen`
        and unanswered questions older than `unanswered`. Return the number of deleted rows: none
        while the clock is in doubt (`clock_doubt`). Raises StoreError."""
        now = self._clock()
        known = await self._store.clock_marks()
        marks, self._clock_doubt = check_clock(now, known)
        if marks != known:
            await self._store.keep_clock_marks(marks)
        if self._clock_doubt:
            return 0
        return await self._store.expire(now - idle, now - seen, now - unanswered)

    async def clean_up(self) -> None:
        """Remove what deleted rows left on the disk; turns wait meanwhile. Raises StoreError."""
        await self._store.clean_up()

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            while batch := self._next_batch():
                try:
                    await self._process(batch)
                finally:
                    self._accepted -= len(batch)
            self._wake.clear()
            if self._stopping:
                return

    def _next_batch(self) -> list[_Waiting]:
        """Take the oldest message of each conversation, up to BATCH_SIZE, round robin."""
        batch = []
        for _ in range(min(BATCH_SIZE, len(self._conversations))):
            conv = self._conversations.popleft()
            queue = self._queues[conv]
            batch.append(queue.popleft())
            # To the end of the line: a conversation with many messages must not delay the others.
            if queue:
                self._conversations.append(conv)
            else:
                del self._queues[conv]
        return batch

    def _take_queue(self, conv: str) -> Sequence[_Waiting]:
        """Remove and return the queued messages of a conversation whose message failed. They must
        be delivered again after it: processed now, they would come before it."""
        queue = self._queues.pop(conv, ())
        if queue:
            self._conversations.remove(conv)
            self._accepted -= len(queue)
        return queue

    async def _process(self, batch: Sequence[_Waiting]) -> None:
        try:
            answers = await self._store.apply([w.incoming for w in batch], self._step)
        except StoreError as error:
            for waiting in batch:
                waiting.fail(_copy(error))
                for queued in self._take_queue(waiting.incoming.conv):
                    queued.fail(_copy(error))
        except Exception as error:
            # An exception of one step must not fail the other messages of the batch.
            if len(batch) == 1:
                batch[0].fail(error)
                return
            for waiting in batch:
                await self._process([waiting])
        else:
            for waiting, answered in zip(batch, answers, strict=True):
                waiting.resolve(answered)


def _copy(error: StoreError) -> StoreError:
    """Return an equal error: one object raised in many tasks would collect their tracebacks."""
    copy = type(error)(*error.args)
    copy.__cause__ = error
    return copy
