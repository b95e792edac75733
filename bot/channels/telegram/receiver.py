"""From Telegram's updates to turns of the guide, in order per chat."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import structlog

from bot.channels.common.guide_port import Answers
from bot.channels.common.logging import log_crash, log_fault
from bot.channels.telegram.background_calls import BackgroundCalls
from bot.channels.telegram.updates import Delivery, Me, UpdateError, read_update, update_id
from bot.errors import GuideBusy, StoreError
from bot.service.ports import Incoming

BROKEN = "刚才没有处理好，请再发一次。"
# Of what a chat wrote while we were away for longer than this, only the newest is answered.
BACKLOG = timedelta(minutes=10)
_LONGEST_WAIT = 30.0


class Receiver:
    """Hands updates to the guide. A reply goes to the outbox; `wake` tells its sender."""

    def __init__(
        self,
        guide: Answers,
        errands: BackgroundCalls,
        wake: Callable[[], None],
        now: Callable[[], datetime],
        text_chars: int = 500,
    ) -> None:
        self.me: Me | None = None
        self._guide = guide
        self._errands = errands
        self._wake = wake
        self._now = now
        self._text_chars = text_chars

    async def take(self, update: object) -> None:
        """One update, durable on return. What cannot be read is logged and done with.

        Raises GuideBusy or StoreError: deliver it again.
        """
        delivery = self._read(update)
        if delivery:
            await self._hand_in(delivery, push=True)

    async def take_all(self, updates: Iterable[object]) -> None:
        """A batch of updates, durable on return, however long the guide or the store is busy."""
        chats: dict[int, list[Delivery]] = {}
        for update in updates:
            if delivery := self._read(update):
                chats.setdefault(delivery.chat, []).append(delivery)
        await asyncio.gather(*(self._take_chat(deliveries) for deliveries in chats.values()))

    def _read(self, update: object) -> Delivery | None:
        try:
            return read_update(update, self.me, self._text_chars)
        except UpdateError as error:
            number = update_id(update)
            structlog.get_logger().error("telegram_update_skipped", id=number, why=str(error))
            return None

    async def _take_chat(self, deliveries: list[Delivery]) -> None:
        old = (self._now() - BACKLOG).timestamp()
        for index, delivery in enumerate(deliveries):
            stale = 0 < delivery.written < old and index < len(deliveries) - 1
            wait = 1.0
            while True:
                try:
                    await self._hand_in(delivery, push=not stale)
                    break
                except (GuideBusy, StoreError) as error:
                    log_fault("telegram_update_waits", error)
                    await asyncio.sleep(wait)
                    wait = min(wait * 2, _LONGEST_WAIT)

    async def _hand_in(self, delivery: Delivery, *, push: bool) -> None:
        if delivery.press:
            self._errands.answer(delivery.press)
        if delivery.utterance is None:
            return
        incoming = Incoming(
            delivery.conv, str(delivery.update_id), delivery.utterance, self._now(), push
        )
        try:
            await self._guide.answer(incoming)
        except (GuideBusy, StoreError):
            raise
        except Exception as error:
            # The next try would fail the same way and hold up everything behind it.
            log_crash("telegram_turn_failed", error)
            self._errands.say(delivery.chat, BROKEN)
            return
        self._wake()
        if delivery.press:
            self._errands.clear(delivery.chat, delivery.press)
