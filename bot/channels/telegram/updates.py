"""Parse Telegram updates: who wrote what in which chat, and whether it addresses the bot.

Updates are parsed one by one from plain JSON, without the classes of the library, so that an
update of unknown shape does not block the ones behind it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.channels.common.choice_ids import is_support_id
from bot.channels.common.rendering import sanitize
from bot.core.domain.session import Utterance

Json = Mapping[str, Any]

# The types of updates that Telegram is asked to deliver.
ALLOWED_UPDATES = ("message", "edited_message", "callback_query")
# Choice ids and descriptions (phrase ids) of the commands, in the order of the command menu.
COMMANDS = {
    "start": "c:start",
    "result": "c:results",
    "me": "c:me",
    "restart": "c:restart",
    "forget": "c:forget",
    "help": "c:help",
}
COMMAND_PHRASES = {
    "start": "telegram_command_start",
    "result": "telegram_command_result",
    "me": "telegram_command_me",
    "restart": "telegram_command_restart",
    "forget": "telegram_command_forget",
    "help": "telegram_command_help",
}
HELP = Utterance(choice="c:help")
NON_TEXT = Utterance(choice="c:nontext")

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@(\w{1,64}))?(?:\s+(.*))?", re.DOTALL)
_MEDIA = frozenset(
    {
        *("animation", "audio", "contact", "dice", "document", "game", "location", "paid_media"),
        *("photo", "poll", "sticker", "story", "venue", "video", "video_note", "voice"),
    }
)


class UpdateError(ValueError):
    """The update has an unknown shape. The message quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class BotIdentity:
    """Id and user name of the bot, from `getMe`."""

    id: int
    username: str


@dataclass(frozen=True, slots=True)
class ButtonPress:
    """A callback query.

    `link_rows`: the rows of the pressed keyboard, reduced to buttons with a link.
    """

    query_id: str
    message_id: int | None = None
    link_rows: tuple[tuple[Json, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedUpdate:
    """An update that the bot handles.

    Without an utterance, `chat_id` is 0 and only `press` has to be acknowledged. `sent_at`:
    seconds since 1970, 0 if unknown.
    """

    update_id: int
    chat_id: int
    utterance: Utterance | None
    sent_at: int = 0
    press: ButtonPress | None = None

    @property
    def conv(self) -> str:
        """The conversation id: one conversation per chat."""
        return f"telegram:{self.chat_id}"


def parse_update(
    update: object, identity: BotIdentity | None, text_chars: int = 500
) -> ParsedUpdate | None:
    """Return the parsed update, or None if it does not address the bot.

    Texts are cut after `text_chars` characters. An edited message counts as a new one. Without
    `identity`, group messages are ignored. Raises UpdateError.
    """
    try:
        return _parse(update, identity, text_chars)  # type: ignore[arg-type] # the except handles other types
    except (KeyError, TypeError, AttributeError, ValueError, IndexError):
        raise UpdateError("an update of unknown shape") from None


def update_id(update: object) -> int | None:
    """Return the number of an update, also if the rest of it cannot be parsed."""
    number = update.get("update_id") if isinstance(update, Mapping) else None
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def _parse(update: Json, identity: BotIdentity | None, text_chars: int) -> ParsedUpdate | None:
    number = _integer(update["update_id"])
    if "callback_query" in update:
        return _parse_press(number, update["callback_query"])
    for kind in ("message", "edited_message"):
        if kind in update:
            message = update[kind]
            utterance = _parse_message(message, identity, text_chars)
            if utterance is None:
                return None
            sent_at = message.get("edit_date") or message.get("date") or 0
            return ParsedUpdate(number, _integer(message["chat"]["id"]), utterance, int(sent_at))
    return None


def _parse_press(number: int, query: Json) -> ParsedUpdate:
    message = query.get("message") or {}
    chat_id = _integer((message.get("chat") or query["from"])["id"])
    data = query.get("data") or ""
    rows = (message.get("reply_markup") or {}).get("inline_keyboard") or ()
    link_rows = (tuple(button for button in row if button.get("url")) for row in rows)
    press = ButtonPress(
        str(query["id"]), message.get("message_id"), tuple(row for row in link_rows if row)
    )
    if not data or "inline_message_id" in query:
        return ParsedUpdate(number, 0, None, press=press)
    return ParsedUpdate(number, chat_id, Utterance(choice=sanitize(str(data))), press=press)


def _parse_message(
    message: Json, identity: BotIdentity | None, text_chars: int
) -> Utterance | None:
    private = message["chat"]["type"] == "private"
    if message["chat"]["type"] == "channel" or (message.get("from") or {}).get("is_bot"):
        return None
    text = sanitize(str(message.get("text") or message.get("caption") or "")).strip()
    command = _COMMAND.fullmatch(text)
    if command and message.get("text"):
        return _parse_command(command, identity, private=private)
    mentioned, text = _without_mention(text, identity)
    if not (private or mentioned or _is_reply_to_bot(message, identity)):
        return None
    if text:
        return Utterance(text=text[:text_chars])
    if _MEDIA & message.keys():
        return NON_TEXT
    return HELP if mentioned else None


def _parse_command(
    command: re.Match[str], identity: BotIdentity | None, *, private: bool
) -> Utterance | None:
    name, addressee, argument = command.groups()
    if addressee and identity and addressee.lower() != identity.username.lower():
        return None
    choice = COMMANDS.get(name.lower())
    if choice is None:
        # In a group, an unknown command may be meant for another bot.
        return HELP if private or addressee else None
    support = (argument or "").strip()
    if name.lower() == "start" and is_support_id(support):
        return Utterance(choice=f"s:{support}")
    return Utterance(choice=choice)


def _without_mention(text: str, identity: BotIdentity | None) -> tuple[bool, str]:
    """Return whether `text` mentions the bot, and the text without the mention."""
    if not identity or f"@{identity.username}".lower() not in text.lower():
        return False, text
    mention = re.compile(rf"(?<!\w)@{re.escape(identity.username)}(?![A-Za-z0-9_])", re.IGNORECASE)
    rest, count = mention.subn(" ", text)
    return bool(count), rest.strip() if count else text


def _is_reply_to_bot(message: Json, identity: BotIdentity | None) -> bool:
    sender = (message.get("reply_to_message") or {}).get("from") or {}
    return bool(identity and sender.get("id") == identity.id)


def _integer(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value
