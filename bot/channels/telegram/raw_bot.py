"""PTB's bot without the objects of PTB where they cost time or lose updates."""

from __future__ import annotations

from typing import Any

from telegram import Bot
from telegram.error import NetworkError

from bot.channels.telegram.updates import ALLOWED_UPDATES

# How much longer the connection waits than Telegram holds a request for updates.
_READ_MARGIN_SECONDS = 10
_NO_PREVIEW = '{"is_disabled":true}'


class RawBot(Bot):
    """PTB's bot with updates and messages as plain JSON.

    PTB parses a batch as a whole, so that one update it cannot parse would block the batch. Its
    objects for a message with a keyboard take longer than the turn that the message answers.
    """

    async def fetch(self, offset: int, poll_seconds: int) -> list[Any]:
        """Return the updates from `offset` on; wait up to `poll_seconds` for the first."""
        data = {"offset": offset, "timeout": poll_seconds, "allowed_updates": [*ALLOWED_UPDATES]}
        # The protected method is the only access without parsing; PTB is pinned to 22.x for it.
        try:
            found = await self._post(
                "getUpdates", data, read_timeout=poll_seconds + _READ_MARGIN_SECONDS
            )
        except (KeyError, TypeError):
            raise NetworkError("the response is not from the Bot API") from None
        return found if isinstance(found, list) else []

    async def send_text(self, chat_id: int, text: str, thread: int, keyboard: str | None) -> None:
        """Send a message without a link preview. `thread`: 0 for none; `keyboard`: as JSON.

        All values are texts, as the form of the request has them: PTB writes others as JSON first.
        """
        data = {"chat_id": str(chat_id), "text": text, "link_preview_options": _NO_PREVIEW}
        if thread:
            data["message_thread_id"] = str(thread)
        if keyboard:
            data["reply_markup"] = keyboard
        await self._post("sendMessage", data)
