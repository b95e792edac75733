"""Telegram's updates as plain JSON: what was meant, in which chat, and whether it was to us.

Each update is read by itself and without the library's classes: one that cannot be read is
skipped, and never stands in the way of the ones behind it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.channels.common.choice_ids import is_support
from bot.channels.common.rendering import clean
from bot.core.domain.session import Utterance

Json = Mapping[str, Any]

# The kinds that we read; anything else is not even sent to us.
ALLOWED = ("message", "edited_message", "callback_query")
COMMANDS = {
    "start": ("c:start", "开始，看看哪些扶持适合我"),
    "result": ("c:results", "我的结果"),
    "me": ("c:me", "我的信息，可以修改"),
    "restart": ("c:restart", "重新开始"),
    "forget": ("c:forget", "忘记我：删除我的全部信息"),
    "help": ("c:help", "怎么用"),
}
NONTEXT = Utterance(choice="c:nontext")

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@(\w{1,64}))?(?:\s+(.*))?", re.DOTALL)
_MEDIA = frozenset(
    {
        *("animation", "audio", "contact", "dice", "document", "game", "location", "paid_media"),
        *("photo", "poll", "sticker", "story", "venue", "video", "video_note", "voice"),
    }
)


class UpdateError(ValueError):
    """The update is not in a shape that we know. The text quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Me:
    """The bot itself, as getMe tells."""

    id: int
    username: str


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button: `query` must be answered; `left` are the rows of its keyboard that stay
    (links) once the choices are gone."""

    query: str
    message_id: int | None = None
    left: tuple[tuple[Json, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """An update for us. `chat` 0 and no utterance: only the press wants an answer.

    `written`: when, in seconds since 1970; 0 where the update does not say.
    """

    update_id: int
    chat: int
    utterance: Utterance | None
    written: int = 0
    press: Press | None = None

    @property
    def conv(self) -> str:
        """The conversation: one a chat."""
        return f"telegram:{self.chat}"


def read_update(update: object, me: Me | None, text_chars: int = 500) -> Delivery | None:
    """What the update brings, or None where it is not for us. Raises UpdateError.

    Of a text only the first `text_chars` characters count. An edited message is a new one.
    """
    try:
        return _read(update, me, text_chars)  # type: ignore[arg-type] # a wrong type is what the except is for
    except (KeyError, TypeError, AttributeError, ValueError, IndexError):
        raise UpdateError("an update of unknown shape") from None


def update_id(update: object) -> int | None:
    """The update's number, also where the rest of it cannot be read."""
    number = update.get("update_id") if isinstance(update, Mapping) else None
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def _read(update: Json, me: Me | None, text_chars: int) -> Delivery | None:
    number = _integer(update["update_id"])
    if "callback_query" in update:
        return _pressed(number, update["callback_query"])
    for kind in ("message", "edited_message"):
        if kind in update:
            message = update[kind]
            utterance = _said(message, me, text_chars)
            if utterance is None:
                return None
            written = message.get("edit_date") or message.get("date") or 0
            return Delivery(number, _integer(message["chat"]["id"]), utterance, int(written))
    return None


def _pressed(number: int, query: Json) -> Delivery:
    message = query.get("message") or {}
    chat = _integer((message.get("chat") or query["from"])["id"])
    data = query.get("data") or ""
    rows = (message.get("reply_markup") or {}).get("inline_keyboard") or ()
    left = (tuple(button for button in row if button.get("url")) for row in rows)
    press = Press(str(query["id"]), message.get("message_id"), tuple(row for row in left if row))
    if not data or "inline_message_id" in query:
        return Delivery(number, 0, None, press=press)
    return Delivery(number, chat, Utterance(choice=clean(str(data))), press=press)


def _said(message: Json, me: Me | None, text_chars: int) -> Utterance | None:
    private = message["chat"]["type"] == "private"
    if message["chat"]["type"] == "channel" or (message.get("from") or {}).get("is_bot"):
        return None
    text = clean(str(message.get("text") or message.get("caption") or "")).strip()
    command = _COMMAND.fullmatch(text)
    if command and message.get("text"):
        return _command(command, me, private=private)
    mentioned, text = _without_mention(text, me)
    if not (private or mentioned or _answers_us(message, me)):
        return None
    if text:
        return Utterance(text=text[:text_chars])
    if mentioned and not _MEDIA & message.keys():
        return Utterance(choice="c:help")
    return NONTEXT if _MEDIA & message.keys() else None


def _command(command: re.Match[str], me: Me | None, *, private: bool) -> Utterance | None:
    name, addressee, argument = command.groups()
    if addressee and me and addressee.lower() != me.username.lower():
        return None
    known = COMMANDS.get(name.lower())
    if known is None:
        # In a group it may well be another bot's.
        return Utterance(choice="c:help") if private or addressee else None
    support = (argument or "").strip()
    if name.lower() == "start" and is_support(support):
        return Utterance(choice=f"s:{support}")
    return Utterance(choice=known[0])


def _without_mention(text: str, me: Me | None) -> tuple[bool, str]:
    if not me or f"@{me.username}".lower() not in text.lower():
        return False, text
    name = re.compile(rf"(?<!\w)@{re.escape(me.username)}(?![A-Za-z0-9_])", re.IGNORECASE)
    rest, count = name.subn(" ", text)
    return bool(count), rest.strip() if count else text


def _answers_us(message: Json, me: Me | None) -> bool:
    sender = (message.get("reply_to_message") or {}).get("from") or {}
    return bool(me and sender.get("id") == me.id)


def _integer(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value
