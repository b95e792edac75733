"""Bot API calls that may be lost: acknowledging a press, showing it on its message."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from telegram.error import TelegramError

from bot.channels.common.rendering import TELEGRAM
from bot.channels.telegram.incoming.presses import (
    Keyboards,
    Rows,
    ends_question,
    label_of,
    link_rows,
    pressed_label,
    with_pressed,
)
from bot.channels.telegram.incoming.updates import ButtonPress
from bot.channels.telegram.outgoing.keyboard import keyboard
from bot.channels.telegram.raw_bot import Address, RawBot
from bot.core.domain.json_codec import dump

QUEUE_LIMIT = 256
WORKERS = 4
CALL_SECONDS = 10.0

ApiCall = Callable[[], Awaitable[object]]


class BackgroundCalls:
    """Makes fire-and-forget Bot API calls.

    The queue holds `QUEUE_LIMIT` calls; further ones are dropped while Telegram does not answer.
    """

    def __init__(self, bot: RawBot, keyboards: Keyboards) -> None:
        self._bot = bot
        self._keyboards = keyboards
        self._queue: asyncio.Queue[ApiCall] = asyncio.Queue(QUEUE_LIMIT)
        # Messages whose keyboard is being edited, and those that changed meanwhile.
        self._editing: dict[Address, bool] = {}

    async def run(self) -> None:
        """Make the queued calls until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(WORKERS):
                group.create_task(self._work())

    def acknowledge(self, press: ButtonPress, text: str = "") -> None:
        """Stop the progress indicator of the button, and show `text`. Telegram refuses this for
        old presses."""
        self._enqueue(lambda: self._bot.answer_callback_query(press.query_id, text or None))

    def show_choice(self, chat_id: int, press: ButtonPress, label: str) -> None:
        """Show on the message of the button what was pressed.

        A question gets a line with the choice and loses its choices, but not its links. Among
        buttons that may all be opened, the pressed one is marked.
        """
        if press.message_id is None:
            return
        to = Address(chat_id, edited=press.message_id)
        if ends_question(press.rows) or not press.rows:
            left = keyboard(link_rows(press.rows))
            text = f"{press.text}\n{pressed_label(label or label_of(press.rows, press.data))}"
            if press.text and TELEGRAM.measure(text) <= TELEGRAM.max_length:
                entities = dump(press.entities) if press.entities else ""
                self._enqueue(lambda: self._bot.edit_text(to, text, entities, left))
            else:
                self._enqueue(lambda: self._bot.edit_keyboard(to, left))
        elif (marked := with_pressed(press.rows, press.data)) is not None:
            self._enqueue(lambda: self._bot.edit_keyboard(to, keyboard(marked)))

    def show_ticks(self, chat_id: int, message_id: int, rows: Rows) -> None:
        """Show the ticks of a choice of several. Edits of one message follow one another."""
        self._keyboards.change(chat_id, message_id, rows)
        to = Address(chat_id, edited=message_id)
        if to in self._editing:
            self._editing[to] = True
            return
        self._editing[to] = False
        if not self._enqueue(lambda: self._edit_ticks(to, rows)):
            del self._editing[to]

    async def _edit_ticks(self, to: Address, rows: Rows) -> None:
        try:
            while True:
                self._editing[to] = False
                shown = self._keyboards.latest(to.chat_id, to.edited, rows)
                await self._bot.edit_keyboard(to, keyboard(shown))
                if not self._editing[to]:
                    return
        finally:
            del self._editing[to]

    def send(self, chat_id: int, text: str, thread: int = 0) -> None:
        """Send a text that is not worth storing."""
        self._enqueue(
            lambda: self._bot.send_message(chat_id, text, message_thread_id=thread or None)
        )

    def _enqueue(self, call: ApiCall) -> bool:
        """Queue a call; return whether there was room."""
        try:
            self._queue.put_nowait(call)
        except asyncio.QueueFull:
            structlog.get_logger().debug("telegram_background_call_dropped")
            return False
        return True

    async def _work(self) -> None:
        while True:
            call = await self._queue.get()
            try:
                async with asyncio.timeout(CALL_SECONDS):
                    await call()
            except (TelegramError, TimeoutError) as error:
                kind = type(error).__name__
                structlog.get_logger().debug("telegram_background_call_failed", kind=kind)
