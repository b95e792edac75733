"""Telegram's outbox: replies leave in order per chat, and one chat's trouble stays its own."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import structlog
from telegram import Bot, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.channels.common.logging import log_crash, log_fault
from bot.channels.common.rendering import TELEGRAM, Caps, Part, link_line, render, render_text
from bot.channels.telegram.keyboard import keyboard
from bot.channels.telegram.throttle import Throttle
from bot.core.domain.replies import Reply
from bot.errors import StoreError
from bot.service.ports import OutboxItem

PARALLEL = 32
IDLE_SECONDS = 1.0
LONGEST_PAUSE = 60.0
STOP_SECONDS = 3.0
# Over a day of tries, one a minute: whoever is still unreachable then no longer waits.
MOST_ATTEMPTS = 2_000
# This many chats failing in a row mean that Telegram itself is away.
_OUTAGE_CHATS = 3
_FAILING_KEPT = 100
_PROGRESS_KEPT = 10_000
_PLAIN = Caps(TELEGRAM.max_len, TELEGRAM.unit)
_GONE = ("chat not found", "user is deactivated", "bot was kicked", "peer_id_invalid")


class Outbox(Protocol):
    """The part of the store that keeps what waits to be sent."""

    async def due(self, channel: str, now: datetime, limit: int) -> list[OutboxItem]:
        """The oldest unsent reply of each conversation that is due, lent to the caller."""

    async def sent(self, item: OutboxItem) -> None:
        """This reply needs no more sending."""

    async def later(self, item: OutboxItem, due: datetime) -> None:
        """Try this reply again then."""

    async def drop(self, item: OutboxItem) -> None:
        """Take this reply and those behind it out."""


class Sender:
    """Sends what the outbox holds. Call `run` in a task of its own, `wake` when there is more.

    `longest_pause`: seconds between tries at most, of a reply and of an unreachable Telegram.
    Keeps in memory what is on its way now and how far long replies got; everything else stays
    in the store, however long Telegram is away.
    """

    def __init__(
        self,
        outbox: Outbox,
        bot: Bot,
        now: Callable[[], datetime],
        pace: Throttle,
        longest_pause: float = LONGEST_PAUSE,
    ) -> None:
        self._outbox = outbox
        self._bot = bot
        self._now = now
        self._pace = pace
        self._longest_pause = longest_pause
        self._wake = asyncio.Event()
        self._busy: dict[int, asyncio.Task[None]] = {}
        self._done_parts: OrderedDict[int, int] = OrderedDict()
        self._failing: set[str] = set()

    def wake(self) -> None:
        """Something new waits in the outbox."""
        self._wake.set()

    async def run(self) -> None:
        """Send until cancelled; what is on its way then is finished first."""
        try:
            while True:
                self._wake.clear()
                if not await self._take():
                    await self._rest(IDLE_SECONDS)
        finally:
            if self._busy:
                await asyncio.wait(list(self._busy.values()), timeout=STOP_SECONDS)
            for task in self._busy.values():
                task.cancel()

    async def _take(self) -> int:
        """Start sending what is due; how many there were."""
        away = len(self._failing) >= _OUTAGE_CHATS
        if away and self._busy:
            return 0
        # While Telegram is away one reply at a time tries whether it is back.
        free = 1 if away else PARALLEL - len(self._busy)
        if free <= 0:
            return 0
        try:
            items = await self._outbox.due("telegram", self._now(), free)
        except StoreError as error:
            log_fault("telegram_outbox_unavailable", error)
            return 0
        fresh = [item for item in items if item.id not in self._busy]
        for item in fresh:
            task = asyncio.create_task(self._deliver(item))
            self._busy[item.id] = task
            task.add_done_callback(partial(self._finished, item.id))
        if away and fresh:
            await asyncio.wait([self._busy[item.id] for item in fresh if item.id in self._busy])
            if len(self._failing) >= _OUTAGE_CHATS:
                await asyncio.sleep(self._outage_pause())
        return len(fresh)

    def _outage_pause(self) -> float:
        return min(float(len(self._failing)), self._longest_pause)

    def _finished(self, item_id: int, _: asyncio.Task[None]) -> None:
        self._busy.pop(item_id, None)
        self._wake.set()

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _deliver(self, item: OutboxItem) -> None:
        try:
            try:
                await self._settle(item)
            except StoreError:
                raise
            except Exception as error:
                # A reply that we cannot even render would fail for ever.
                log_crash("telegram_reply_broken", error)
                await self._outbox.sent(item)
        except StoreError as error:
            # The reply stays lent for a while, then it is tried again, from where it got to.
            log_fault("telegram_outbox_unavailable", error)

    async def _settle(self, item: OutboxItem) -> None:
        """Send the reply and tell the outbox how it went."""
        try:
            await self._send_parts(item)
        except RetryAfter as error:
            wait = error.retry_after
            seconds = wait if isinstance(wait, int) else wait.total_seconds()
            await self._outbox.later(item, self._now() + timedelta(seconds=seconds))
        except (Forbidden, ChatMigrated):
            await self._give_up(item, "blocked")
        except BadRequest as error:
            if any(sign in str(error).lower() for sign in _GONE):
                await self._give_up(item, "gone")
            else:
                structlog.get_logger().error("telegram_reply_refused", outbox=item.id)
                self._done_parts.pop(item.id, None)
                await self._outbox.sent(item)
        except TelegramError as error:
            await self._again(item, error)
        else:
            self._failing.clear()
            await self._outbox.sent(item)
            self._done_parts.pop(item.id, None)

    async def _again(self, item: OutboxItem, error: TelegramError) -> None:
        """A time-out or a fault of Telegram's: later, and ever later, but not for ever."""
        structlog.get_logger().warning(
            "telegram_send_failed", kind=type(error).__name__, attempts=item.attempts
        )
        if len(self._failing) < _FAILING_KEPT:
            self._failing.add(item.conv)
        if item.attempts >= MOST_ATTEMPTS:
            await self._outbox.sent(item)
            return
        seconds: float = min(2.0 ** min(item.attempts, 10), self._longest_pause)
        await self._outbox.later(item, self._now() + timedelta(seconds=seconds))

    async def _give_up(self, item: OutboxItem, why: str) -> None:
        structlog.get_logger().info("telegram_chat_closed", why=why)
        self._failing.discard(item.conv)
        await self._outbox.drop(item)
        self._done_parts.pop(item.id, None)

    async def _send_parts(self, item: OutboxItem) -> None:
        chat = int(item.conv.partition(":")[2])
        for index, part in enumerate(render(item.reply, TELEGRAM)):
            if index < self._done_parts.get(item.id, 0):
                continue
            await self._pace.wait(chat)
            await self._send(chat, part)
            self._done_parts[item.id] = index + 1
            while len(self._done_parts) > _PROGRESS_KEPT:
                self._done_parts.popitem(last=False)

    async def _send(self, chat: int, part: Part) -> None:
        markup = keyboard(part)
        try:
            await self._post(chat, part.text, markup)
        except BadRequest as error:
            if markup is None or any(sign in str(error).lower() for sign in _GONE):
                raise
            # A keyboard that Telegram does not take (an address it dislikes, say): as text then.
            await self._plain(chat, part)

    async def _plain(self, chat: int, part: Part) -> None:
        """The part without link buttons, and if even that is refused, without any."""
        text = "\n".join([part.text, *map(link_line, part.links)])
        try:
            if not part.choices or _PLAIN.measure(text) > _PLAIN.max_len:
                raise BadRequest("no room")
            await self._post(chat, text, keyboard(Part(text, part.choices)))
        except BadRequest:
            for line in render_text([Reply(part.text, part.choices, part.links)], _PLAIN):
                await self._post(chat, line, None)

    async def _post(self, chat: int, text: str, markup: InlineKeyboardMarkup | None) -> None:
        try:
            await self._bot.send_message(
                chat,
                text,
                reply_markup=markup,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        except (KeyError, TypeError, AttributeError):
            # PTB trips over an answer that is JSON, but not Telegram's (a proxy's, say).
            raise NetworkError("not an answer of Telegram's") from None
