"""Send the replies of the outbox: in order within a chat, independently between chats."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import structlog
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    RetryAfter,
    TelegramError,
)

from bot.channels.common.logging import log_crash, log_fault
from bot.channels.common.phrases import LivePhrases
from bot.channels.telegram.incoming.updates import conversation
from bot.channels.telegram.outgoing.delivery import Delivery, is_chat_gone
from bot.channels.telegram.outgoing.formatting import (
    FormattedPart,
    format_reply,
    lists_supports,
    with_menu,
    with_way_back,
)
from bot.channels.telegram.outgoing.throttle import Throttle
from bot.channels.telegram.raw_bot import Address, RawBot
from bot.errors import StoreError
from bot.service.ports import LONGEST_PAUSE, OutboxItem

MAX_PARALLEL = 32
IDLE_SECONDS = 1.0
# The next batch deletes sent replies in its transaction; without one, they are deleted after this.
FLUSH_SECONDS = 0.02
MAX_PAUSE_SECONDS = 60.0
STOP_SECONDS = 3.0
# With one attempt per minute, more than a day; then the reply is dropped.
MAX_ATTEMPTS = 2_000
# When this many chats fail in a row, Telegram itself is considered unreachable.
_OUTAGE_CHATS = 3
_MAX_FAILING_CHATS = 100
_MAX_PROGRESS = 10_000


class Outbox(Protocol):
    """The part of the store that holds unsent replies; see `bot.service.ports.Store`."""

    async def due(self, channel: str, now: datetime, limit: int) -> list[OutboxItem]:
        """Lease the oldest unsent reply of each conversation that is due."""

    def acknowledge(self, items: Sequence[OutboxItem]) -> None:
        """Delete sent replies with the next batch, or with `flush`."""

    async def flush(self) -> None:
        """Delete the acknowledged replies now."""

    async def later(self, item: OutboxItem, due: datetime) -> None:
        """Postpone a reply until `due`."""

    async def drop(self, item: OutboxItem) -> None:
        """Delete a reply and all later ones of its conversation."""

    async def move(self, conv: str, to: str) -> None:
        """Give a conversation with its unsent replies another id."""


class Sender:
    """Sends replies from the outbox. Run `run` as a task; call `wake` after adding replies.

    `max_pause`: seconds between two attempts at most. In memory are only the replies being sent
    and the number of parts that were sent of long replies.
    """

    def __init__(
        self,
        outbox: Outbox,
        bot: RawBot,
        phrases: LivePhrases,
        now: Callable[[], datetime],
        throttle: Throttle,
        max_pause: float = MAX_PAUSE_SECONDS,
    ) -> None:
        self._outbox = outbox
        self._delivery = Delivery(bot)
        self._phrases = phrases
        self._now = now
        self._throttle = throttle
        self._max_pause = max_pause
        self._wake = asyncio.Event()
        self._look = True
        self._flush_due = False
        self._flushing: asyncio.TimerHandle | None = None
        self._in_flight: dict[int, asyncio.Task[None]] = {}
        # The delivery that runs, by conversation, and the conversations with replies behind it.
        self._running: dict[str, asyncio.Task[None]] = {}
        self._behind: set[str] = set()
        self._sent_parts: OrderedDict[int, int] = OrderedDict()
        self._failing_chats: set[str] = set()

    def wake(self) -> None:
        """Look into the outbox at once."""
        self._look = True
        self._wake.set()

    @property
    def has_room(self) -> bool:
        """Return whether `accept` may take more replies."""
        return len(self._running) < MAX_PARALLEL and not self._failing_chats

    def accept(self, conv: str, handed: Sequence[OutboxItem]) -> None:
        """Send the replies that an answer handed out; without them, look into the outbox."""
        if handed:
            self._start(handed, from_outbox=False)
            return
        if conv in self._running:
            self._behind.add(conv)
        self.wake()

    async def run(self) -> None:
        """Send until cancelled; then finish the replies being sent, for `STOP_SECONDS` at most."""
        try:
            while True:
                self._wake.clear()
                if self._flush_due:
                    await self._flush()
                if not (self._look and await self._start_due()):
                    await self._idle()
        finally:
            if self._flushing:
                self._flushing.cancel()
            if self._in_flight:
                await asyncio.wait(list(self._in_flight.values()), timeout=STOP_SECONDS)
            for task in self._in_flight.values():
                task.cancel()
            await self._flush()

    async def _start_due(self) -> int:
        """Start sending the replies that are due; return how many were started."""
        outage = self._is_outage()
        # During an outage, one reply at a time probes whether Telegram is reachable again.
        free = (1 if outage else MAX_PARALLEL) - len(self._in_flight)
        if free <= 0:
            return 0
        self._look = False
        try:
            items = await self._outbox.due("telegram", self._now(), free)
        except StoreError as error:
            log_fault("telegram_outbox_unavailable", error)
            return 0
        started = [
            self._start([item], from_outbox=True)
            for item in items
            if item.id not in self._in_flight
        ]
        self._look |= bool(started)
        if outage and started:
            await asyncio.wait(started)
            if self._is_outage():
                await asyncio.sleep(min(float(len(self._failing_chats)), self._max_pause))
        return len(started)

    def _start(self, items: Sequence[OutboxItem], *, from_outbox: bool) -> asyncio.Task[None]:
        conv = items[0].conv
        running = self._running.get(conv)
        task = asyncio.create_task(self._deliver(items, running, handed=not from_outbox))
        self._running[conv] = task
        self._in_flight |= dict.fromkeys([item.id for item in items], task)
        task.add_done_callback(partial(self._finished, conv, items, from_outbox))
        return task

    def _finished(
        self, conv: str, items: Sequence[OutboxItem], look: bool, task: asyncio.Task[None]
    ) -> None:
        for item in items:
            self._in_flight.pop(item.id, None)
        if self._running.get(conv) is task:
            del self._running[conv]
        if look or conv in self._behind:
            self._behind.discard(conv)
            self.wake()

    def _acknowledge(self, items: Sequence[OutboxItem]) -> None:
        """Have sent replies deleted by the next batch, or soon."""
        self._outbox.acknowledge(items)
        if self._flushing is None:
            loop = asyncio.get_running_loop()
            self._flushing = loop.call_later(FLUSH_SECONDS, self._want_flush)

    def _want_flush(self) -> None:
        self._flushing, self._flush_due = None, True
        self._wake.set()

    async def _flush(self) -> None:
        self._flush_due = False
        try:
            await self._outbox.flush()
        except StoreError as error:
            # They stay acknowledged: the next batch or look into the outbox deletes them.
            log_fault("telegram_outbox_unavailable", error)

    def _is_outage(self) -> bool:
        return len(self._failing_chats) >= _OUTAGE_CHATS

    async def _idle(self) -> None:
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            self._look = True

    async def _deliver(
        self, items: Sequence[OutboxItem], before: asyncio.Task[None] | None, *, handed: bool
    ) -> None:
        """Send replies of one conversation in order, after the delivery `before` has ended. The
        rest stays in the outbox when one fails. `handed`: they are all replies of one turn."""
        if before:
            await asyncio.wait({before})
        sent: list[OutboxItem] = []
        try:
            for item in items:
                ends_turn = handed and item is items[-1]
                if not await self._send_or_drop(item, ends_turn=ends_turn):
                    self.wake()
                    break
                sent.append(item)
        except StoreError as error:
            # The lease expires, then the reply is sent again from the first unsent part.
            log_fault("telegram_outbox_unavailable", error)
        finally:
            # Only now: the first row keeps its lease until the last reply was sent.
            self._acknowledge(sent)

    async def _send_or_drop(self, item: OutboxItem, *, ends_turn: bool) -> bool:
        """Return whether the reply was sent, or cannot be sent by any attempt."""
        try:
            return await self._send_and_record(item, ends_turn=ends_turn)
        except StoreError:
            raise
        except Exception as error:
            # A reply that cannot be rendered would fail in every attempt.
            log_crash("telegram_reply_broken", error)
            return True

    async def _send_and_record(self, item: OutboxItem, *, ends_turn: bool) -> bool:
        """Send a reply. Return True if its row can be deleted, False if the outbox has it for
        later, or nothing more for this conversation."""
        try:
            await self._send_parts(item, ends_turn=ends_turn)
        except RetryAfter as error:
            wait = error.retry_after
            seconds = wait if isinstance(wait, int) else wait.total_seconds()
            pause = min(timedelta(seconds=seconds), LONGEST_PAUSE)
            await self._outbox.later(item, self._now() + pause)
        except ChatMigrated as error:
            structlog.get_logger().info("telegram_chat_migrated")
            await self._outbox.move(item.conv, conversation(error.new_chat_id))
        except Forbidden:
            await self._drop_chat(item, "blocked")
        except BadRequest as error:
            if is_chat_gone(error):
                await self._drop_chat(item, "gone")
            else:
                structlog.get_logger().error("telegram_reply_refused", outbox=item.id)
                self._sent_parts.pop(item.id, None)
                return True
        except TelegramError as error:
            return await self._retry_later(item, error)
        else:
            self._failing_chats.clear()
            self._sent_parts.pop(item.id, None)
            return True
        return False

    async def _retry_later(self, item: OutboxItem, error: TelegramError) -> bool:
        """Postpone a reply after a time-out or a server error, with growing pauses. Return True if
        it has used up its attempts."""
        structlog.get_logger().warning(
            "telegram_send_failed", kind=type(error).__name__, attempts=item.attempts
        )
        if len(self._failing_chats) < _MAX_FAILING_CHATS:
            self._failing_chats.add(item.conv)
        if item.attempts >= MAX_ATTEMPTS:
            return True
        seconds: float = min(2.0 ** min(item.attempts, 10), self._max_pause)
        await self._outbox.later(item, self._now() + timedelta(seconds=seconds))
        return False

    async def _drop_chat(self, item: OutboxItem, why: str) -> None:
        structlog.get_logger().info("telegram_chat_closed", why=why)
        self._failing_chats.discard(item.conv)
        await self._outbox.drop(item)
        self._sent_parts.pop(item.id, None)

    async def _send_parts(self, item: OutboxItem, *, ends_turn: bool) -> None:
        to = Address.parse(int(item.conv.partition(":")[2]), item.thread)
        parts = self._rendered(item, ends_turn=ends_turn)
        if len(parts) > 1 or not lists_supports(item.reply):
            to = to._replace(edited=0)
        elif to.later:
            parts = [with_way_back(parts[0], self._phrases())]
        for index, part in enumerate(parts):
            if index < self._sent_parts.get(item.id, 0):
                continue
            await self._throttle.wait(to.chat_id)
            await self._delivery.send(to, part)
            self._sent_parts[item.id] = index + 1
            while len(self._sent_parts) > _MAX_PROGRESS:
                self._sent_parts.popitem(last=False)

    def _rendered(self, item: OutboxItem, *, ends_turn: bool) -> Sequence[FormattedPart]:
        """Return the messages of a reply. A turn that offers nothing ends with the main menu."""
        phrases = self._phrases()
        parts = format_reply(item.reply, phrases)
        if not ends_turn or not parts or parts[-1].choices:
            return parts
        return [*parts[:-1], with_menu(parts[-1], phrases)]
