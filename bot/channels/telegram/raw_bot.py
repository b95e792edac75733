"""PTB's bot without the objects of PTB where they cost time or lose updates."""

from __future__ import annotations

from typing import Any, NamedTuple

from telegram import Bot
from telegram.error import NetworkError

from bot.channels.telegram.incoming.updates import ALLOWED_UPDATES

# How much longer the connection waits than Telegram holds a request for updates.
_READ_MARGIN_SECONDS = 10
_NO_PREVIEW = '{"is_disabled":true}'


class Address(NamedTuple):
    """Where a message goes: a chat, the topic in it, and the message that it replaces; 0 for
    none. `later`: the message is a later page than the one it replaces. As text it is stored with
    a reply: `77`, `77@12`, `@12+`."""

    chat_id: int
    thread: int = 0
    edited: int = 0
    later: bool = False

    def within_chat(self) -> str:
        """Return topic and message as a text, "" without both."""
        edited = f"@{self.edited}{'+' if self.later else ''}" if self.edited else ""
        return f"{self.thread or ''}{edited}"

    @classmethod
    def parse(cls, chat_id: int, within_chat: str) -> Address:
        """Return the address that `within_chat` returned as a text."""
        thread, _, edited = within_chat.partition("@")
        number = edited.removesuffix("+")
        return cls(chat_id, int(thread or 0), int(number or 0), number != edited)


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

    async def send_text(self, to: Address, text: str, entities: str, keyboard: str | None) -> None:
        """Send a message without a link preview. `entities` and `keyboard`: as JSON, "" or None
        for none.

        All values are texts, as the form of the request has them: PTB writes others as JSON first.
        """
        data = _text_fields(to, text, entities, keyboard)
        if to.thread:
            data["message_thread_id"] = str(to.thread)
        await self._post("sendMessage", data)

    async def edit_text(self, to: Address, text: str, entities: str, keyboard: str | None) -> None:
        """Replace the text and the keyboard of the message `to.edited`; see `send_text`."""
        data = _text_fields(to, text, entities, keyboard)
        await self._post("editMessageText", data | {"message_id": str(to.edited)})

    async def edit_keyboard(self, to: Address, keyboard: str | None) -> None:
        """Replace the keyboard of the message `to.edited`; None removes it."""
        data = {"chat_id": str(to.chat_id), "message_id": str(to.edited)}
        if keyboard:
            data["reply_markup"] = keyboard
        await self._post("editMessageReplyMarkup", data)


def _text_fields(to: Address, text: str, entities: str, keyboard: str | None) -> dict[str, str]:
    data = {"chat_id": str(to.chat_id), "text": text, "link_preview_options": _NO_PREVIEW}
    if entities:
        data["entities"] = entities
    if keyboard:
        data["reply_markup"] = keyboard
    return data
