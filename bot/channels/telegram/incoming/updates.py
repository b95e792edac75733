"""Parse Telegram updates: who wrote what in which chat, and whether it addresses the bot.

Updates are parsed one by one from plain JSON, without the classes of the library, so that an
update of unknown shape does not block the ones behind it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.channels.common.choice_ids import is_support_id
from bot.channels.common.rendering import sanitize
from bot.core.domain.phrases import phrase_id
from bot.core.domain.session import Utterance

# Objects of the Bot API as plain values: those of PTB take most of the time of a message.
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
    "start": phrase_id("telegram_command_start"),
    "result": phrase_id("telegram_command_result"),
    "me": phrase_id("telegram_command_me"),
    "restart": phrase_id("telegram_command_restart"),
    "forget": phrase_id("telegram_command_forget"),
    "help": phrase_id("telegram_command_help"),
}
ENGLISH_COMMANDS = {
    "start": phrase_id("telegram_command_start_en"),
    "result": phrase_id("telegram_command_result_en"),
    "me": phrase_id("telegram_command_me_en"),
    "restart": phrase_id("telegram_command_restart_en"),
    "forget": phrase_id("telegram_command_forget_en"),
    "help": phrase_id("telegram_command_help_en"),
}
HELP = Utterance(choice="c:help")
NON_TEXT = Utterance(choice="c:nontext")

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@(\w{1,64}))?(?:\s+(.*))?", re.DOTALL)
_FORMATS = frozenset({"bold", "italic", "expandable_blockquote", "text_link"})
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
    """A callback query. `data`: that of the button; `rows`: the keyboard; `text` and `entities`:
    those of the message, empty if it is too old."""

    query_id: str
    message_id: int | None = None
    data: str = ""
    rows: tuple[tuple[Json, ...], ...] = ()
    text: str = ""
    entities: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageVersion:
    """One version of a message: its id in the chat, and a digest of its text."""

    id: int
    digest: str

    def __str__(self) -> str:
        return f"{self.id}:{self.digest}"

    @classmethod
    def of(cls, message_id: str) -> MessageVersion | None:
        """Return the version in an id that `ParsedUpdate.message_id` returned."""
        _, _, version = message_id.partition(":")
        number, _, digest = version.partition(":")
        return cls(int(number), digest) if number.lstrip("-").isdigit() else None


@dataclass(frozen=True, slots=True)
class ParsedUpdate:
    """An update that the bot handles.

    Without an utterance, `chat_id` is 0 and only `press` has to be acknowledged. `sent_at`:
    seconds since 1970, 0 if unknown. `thread`: the topic of the chat, 0 for none. `version`: the
    text of a message, None for a press. `edited`: the message was sent before. `sender`: the id of
    the person, or of the chat in whose name the message was written.
    """

    update_id: int
    chat_id: int
    utterance: Utterance | None
    sent_at: int = 0
    press: ButtonPress | None = None
    thread: int = 0
    version: MessageVersion | None = None
    edited: bool = False
    sender: int = 0

    @property
    def message_id(self) -> str:
        """The id of the message for the guide: that of the update, and the version."""
        return f"{self.update_id}:{self.version}" if self.version else str(self.update_id)

    @property
    def conv(self) -> str:
        """The conversation id: one conversation per chat, whatever its topics."""
        return conversation(self.chat_id)


@dataclass(frozen=True, slots=True)
class Migration:
    """A group became a supergroup: its id changed from `old` to `new`."""

    old: int
    new: int


def conversation(chat_id: int) -> str:
    """Return the conversation id of a chat."""
    return f"telegram:{chat_id}"


def parse_migration(update: object) -> Migration | None:
    """Return the migration that a service message reports. It is sent to the old and to the new
    chat."""
    message = update.get("message") if isinstance(update, Mapping) else None
    try:
        chat_id = _integer(message["chat"]["id"])  # type: ignore[index] # the except handles it
        if "migrate_to_chat_id" in message:  # type: ignore[operator] # as above
            return Migration(chat_id, _integer(message["migrate_to_chat_id"]))  # type: ignore[index]
        return Migration(_integer(message["migrate_from_chat_id"]), chat_id)  # type: ignore[index]
    except (KeyError, TypeError):
        return None


def parse_update(
    update: object, identity: BotIdentity | None, text_chars: int = 500
) -> ParsedUpdate | None:
    """Return the parsed update, or None if it does not address the bot.

    Texts are cut after `text_chars` characters. Without `identity`, group messages are ignored.
    Raises UpdateError.
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
            edited = kind == "edited_message"
            if utterance is None or (edited and not utterance.text):
                # An edited command, or a change of media, such as a live location.
                return None
            sent_at = message.get("edit_date") or message.get("date") or 0
            chat_id, thread = _integer(message["chat"]["id"]), _thread(message)
            return ParsedUpdate(
                number,
                chat_id,
                utterance,
                int(sent_at),
                thread=thread,
                version=_version(message),
                edited=edited,
                sender=_sender(message),
            )
    return None


def _parse_press(number: int, query: Json) -> ParsedUpdate:
    message = query.get("message") or {}
    chat_id = _integer((message.get("chat") or query["from"])["id"])
    data = query.get("data") or ""
    rows = (message.get("reply_markup") or {}).get("inline_keyboard") or ()
    press = ButtonPress(
        str(query["id"]),
        message.get("message_id"),
        sanitize(str(data)),
        tuple(tuple(_button(button) for button in row) for row in rows),
        str(message.get("text") or ""),
        tuple(_formats(message.get("entities") or ())),
    )
    if not data or "inline_message_id" in query:
        return ParsedUpdate(number, 0, None, press=press)
    utterance = Utterance(choice=sanitize(str(data)))
    return ParsedUpdate(
        number, chat_id, utterance, press=press, thread=_thread(message), sender=_sender(query)
    )


def _button(button: Json) -> Json:
    """Return the parts of a button that the bot gives it."""
    return {key: str(button[key]) for key in ("text", "callback_data", "url") if key in button}


def _formats(entities: Iterable[Json]) -> Iterator[Json]:
    """Return the entities that the bot gives a text, without those that Telegram finds in it."""
    for entity in entities:
        if entity["type"] in _FORMATS:
            yield {
                key: entity[key] for key in ("type", "offset", "length", "url") if key in entity
            }


def _sender(message: Json) -> int:
    sender = message.get("sender_chat") or message.get("from") or {}
    return _integer(sender.get("id", 0))


def _version(message: Json) -> MessageVersion | None:
    if "message_id" not in message:
        return None
    text = sanitize(str(message.get("text") or message.get("caption") or ""))
    digest = hashlib.blake2s(text.encode(), digest_size=6).hexdigest()
    return MessageVersion(_integer(message["message_id"]), digest)


def _thread(message: Json) -> int:
    """Return the topic of a message, 0 for none. In a chat without topics the field names a thread
    of replies, which `sendMessage` refuses."""
    return _integer(message["message_thread_id"]) if message.get("is_topic_message") else 0


def _parse_message(
    message: Json, identity: BotIdentity | None, text_chars: int
) -> Utterance | None:
    private = message["chat"]["type"] == "private"
    if message["chat"]["type"] == "channel" or _is_from_bot(message):
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


def _is_from_bot(message: Json) -> bool:
    """Return whether a bot wrote the message. Anonymous admins and people who write as a channel
    have a bot of Telegram as their sender, and `sender_chat`."""
    return bool((message.get("from") or {}).get("is_bot")) and not message.get("sender_chat")


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
