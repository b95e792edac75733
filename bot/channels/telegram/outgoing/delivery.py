"""Send one message to Telegram, in a simpler form if Telegram refuses it."""

from __future__ import annotations

from telegram.error import BadRequest, NetworkError

from bot.channels.common.rendering import TELEGRAM, MessageFormat, link_line, render_text
from bot.channels.telegram.outgoing.formatting import SHARE_URL, FormattedPart
from bot.channels.telegram.outgoing.keyboard import inline_keyboard
from bot.channels.telegram.raw_bot import Address, RawBot
from bot.core.domain.json_codec import dump
from bot.core.domain.replies import Reply

_WITHOUT_BUTTONS = MessageFormat(TELEGRAM.max_length, TELEGRAM.unit)
_CHAT_GONE = ("chat not found", "user is deactivated", "bot was kicked", "peer_id_invalid")
_TOPIC_GONE = ("thread not found", "topic_deleted")
_UNCHANGED = "message is not modified"


class Delivery:
    """Sends the messages of replies. Every method raises TelegramError."""

    def __init__(self, bot: RawBot) -> None:
        self._bot = bot

    async def send(self, to: Address, part: FormattedPart) -> None:
        """Send a message, or replace the message that `to` names; if that is gone, send it."""
        keyboard = inline_keyboard(part)
        try:
            await self._send(to, part, keyboard)
        except BadRequest as error:
            if is_chat_gone(error) or not (keyboard or part.entities):
                raise
            # Telegram refuses keyboards with some URLs, for example of local addresses.
            await self._send_plain(to._replace(edited=0), part)

    async def _send_plain(self, to: Address, part: FormattedPart) -> None:
        """Send a message without link buttons and formats; if Telegram refuses that too, without
        buttons."""
        links = [link for link in part.links if not link.url.startswith(SHARE_URL)]
        text = "\n".join([part.text, *map(link_line, links)])
        try:
            if not part.choices or TELEGRAM.measure(text) > TELEGRAM.max_length:
                raise BadRequest("the text with the links is too long")
            plain = part._replace(text=text, entities=(), links=())
            await self._send(to, plain, inline_keyboard(plain))
        except BadRequest:
            reply = Reply(part.text, part.choices, tuple(links))
            for text in render_text([reply], _WITHOUT_BUTTONS):
                await self._send(to, FormattedPart(text), None)

    async def _send(self, to: Address, part: FormattedPart, keyboard: str | None) -> None:
        try:
            await self._post(to, part, keyboard)
        except BadRequest as error:
            if to.edited and not is_chat_gone(error):
                if _UNCHANGED not in str(error).lower():
                    await self._send(to._replace(edited=0), part, keyboard)
            elif to.thread and _is_topic_gone(error):
                await self._post(to._replace(thread=0), part, keyboard)
            else:
                raise

    async def _post(self, to: Address, part: FormattedPart, keyboard: str | None) -> None:
        entities = dump(part.entities) if part.entities else ""
        send = self._bot.edit_text if to.edited else self._bot.send_text
        try:
            await send(to, part.text, entities, keyboard)
        except (KeyError, TypeError, AttributeError):
            # PTB fails like this on JSON that is not from the Bot API, e.g. from a proxy.
            raise NetworkError("the response is not from the Bot API") from None


def is_chat_gone(error: BadRequest) -> bool:
    """Return whether nothing can be sent to the chat any more."""
    return any(text in str(error).lower() for text in _CHAT_GONE)


def _is_topic_gone(error: BadRequest) -> bool:
    return any(text in str(error).lower() for text in _TOPIC_GONE)
