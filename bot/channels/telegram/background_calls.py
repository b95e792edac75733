"""Small calls to Telegram that may be lost: answering a press, clearing its old keyboard."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from telegram import Bot
from telegram.error import TelegramError

from bot.channels.telegram.keyboard import left_over
from bot.channels.telegram.updates import Press

WAITING = 256
WORKERS = 4
SECONDS = 10.0

Errand = Callable[[], Awaitable[object]]


class BackgroundCalls:
    """Runs errands in the background. At most `WAITING` wait: while Telegram is away more of
    them would help nobody, so they are dropped."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._queue: asyncio.Queue[Errand] = asyncio.Queue(WAITING)

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(WORKERS):
                group.create_task(self._work())

    def answer(self, press: Press) -> None:
        """Stop the button's spinner; Telegram refuses this for old presses, which is fine."""
        self._add(lambda: self._bot.answer_callback_query(press.query))

    def clear(self, chat: int, press: Press) -> None:
        """Take the choices off the message whose button was pressed; its links stay."""
        if press.message_id is not None:
            self._add(
                lambda: self._bot.edit_message_reply_markup(
                    chat, press.message_id, reply_markup=left_over(press)
                )
            )

    def say(self, chat: int, text: str) -> None:
        """Tell a chat something that is not worth keeping."""
        self._add(lambda: self._bot.send_message(chat, text))

    def _add(self, errand: Errand) -> None:
        try:
            self._queue.put_nowait(errand)
        except asyncio.QueueFull:
            structlog.get_logger().debug("telegram_errand_dropped")

    async def _work(self) -> None:
        while True:
            errand = await self._queue.get()
            try:
                async with asyncio.timeout(SECONDS):
                    await errand()
            except (TelegramError, TimeoutError) as error:
                structlog.get_logger().debug("telegram_errand_failed", kind=type(error).__name__)
