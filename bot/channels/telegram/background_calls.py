"""Bot API calls that may be lost: acknowledging a button press, removing used buttons."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from telegram import Bot
from telegram.error import TelegramError

from bot.channels.telegram.keyboard import link_keyboard
from bot.channels.telegram.updates import ButtonPress

QUEUE_LIMIT = 256
WORKERS = 4
CALL_SECONDS = 10.0

ApiCall = Callable[[], Awaitable[object]]


class BackgroundCalls:
    """Makes fire-and-forget Bot API calls.

    The queue holds `QUEUE_LIMIT` calls; further ones are dropped while Telegram does not answer.
    """

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._queue: asyncio.Queue[ApiCall] = asyncio.Queue(QUEUE_LIMIT)

    async def run(self) -> None:
        """Make the queued calls until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(WORKERS):
                group.create_task(self._work())

    def acknowledge(self, press: ButtonPress) -> None:
        """Stop the progress indicator of the button. Telegram refuses this for old presses."""
        self._enqueue(lambda: self._bot.answer_callback_query(press.query_id))

    def remove_choices(self, chat_id: int, press: ButtonPress) -> None:
        """Remove the choices, but not the links, from the message of the pressed button."""
        if press.message_id is not None:
            self._enqueue(
                lambda: self._bot.edit_message_reply_markup(
                    chat_id, press.message_id, reply_markup=link_keyboard(press)
                )
            )

    def send(self, chat_id: int, text: str, thread: int = 0) -> None:
        """Send a text that is not worth storing."""
        self._enqueue(
            lambda: self._bot.send_message(chat_id, text, message_thread_id=thread or None)
        )

    def _enqueue(self, call: ApiCall) -> None:
        try:
            self._queue.put_nowait(call)
        except asyncio.QueueFull:
            structlog.get_logger().debug("telegram_background_call_dropped")

    async def _work(self) -> None:
        while True:
            call = await self._queue.get()
            try:
                async with asyncio.timeout(CALL_SECONDS):
                    await call()
            except (TelegramError, TimeoutError) as error:
                kind = type(error).__name__
                structlog.get_logger().debug("telegram_background_call_failed", kind=kind)
