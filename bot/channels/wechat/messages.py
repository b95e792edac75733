"""WeChat's XML: what comes in, as fields and as an utterance; what goes out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from bot.channels.common.choice_ids import is_choice, is_support
from bot.channels.common.rendering import clean
from bot.channels.wechat.crypto import MessageError
from bot.core.domain.session import Utterance

NONTEXT = Utterance(choice="c:nontext")
START = Utterance(choice="c:start")
HELP = Utterance(choice="c:help")

# What the platform sends in place of a sticker and other kinds it has no word for.
_UNSUPPORTED = re.compile(r"[\[【]收到不支持的消息类型")
_ID_LIMIT = 128


@dataclass(frozen=True, slots=True)
class WeChatMessage:
    """A message or an event. `fields` holds every flat element by name, blanks stripped."""

    account: str
    user: str
    kind: str
    fields: Mapping[str, str]

    @property
    def event(self) -> str:
        """The event's name as sent, "" for a message."""
        return self.fields.get("Event", "")

    @property
    def id(self) -> str:
        """The same for every try of one delivery: MsgId, or what tells events apart.

        The platform names FromUserName and CreateTime for events; name and key are added, so
        that two events of one second stay two.
        """
        if self.event or not self.fields.get("MsgId"):
            seen = [self.fields.get(k, "") for k in ("Event", "EventKey", "Content")]
            digest = hashlib.sha256("\n".join(seen).encode()).hexdigest()[:16]
            return f"{self.fields.get('CreateTime', '')}-{digest}"
        return self.fields["MsgId"]


def parse_fields(body: bytes | str) -> dict[str, str]:
    """The flat elements of an <xml> body. Raises MessageError; DTDs and entities are refused."""
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise MessageError("the body is not plain XML") from None
    if root.tag != "xml":
        raise MessageError("the body is not a message")
    return {child.tag: (child.text or "").strip() for child in root if not len(child)}


def parse_message(body: bytes | str) -> WeChatMessage:
    """The message in the body. Raises MessageError when sender, time or kind are missing."""
    fields = parse_fields(body)
    wanted = ("ToUserName", "FromUserName", "CreateTime", "MsgType")
    account, user, created, kind = (fields.get(name, "") for name in wanted)
    if not (account and user and kind and created.isascii() and created.isdigit()):
        raise MessageError("the message names no sender, time or kind")
    if max(map(len, (account, user, created, fields.get("MsgId", "")))) > _ID_LIMIT:
        raise MessageError("the message has an overlong id")
    return WeChatMessage(account, user, kind.lower(), fields)


def read(message: WeChatMessage, text_chars: int = 500) -> Utterance | None:
    """What the user means, or None where there is nothing to answer (most events).

    Of a text only the first `text_chars` characters count.
    """
    if message.kind == "event":
        return _read_event(message.event.lower(), message.fields.get("EventKey", ""))
    if message.kind.endswith("_event"):
        return None
    tapped = message.fields.get("bizmsgmenuid", "")
    if is_choice(tapped):
        return Utterance(choice=tapped)
    name = {"text": "Content", "voice": "Recognition"}.get(message.kind, "")
    text = clean(message.fields.get(name, "")).strip()[:text_chars]
    if not text or _UNSUPPORTED.match(text):
        return NONTEXT
    return Utterance(text=text)


def _read_event(event: str, key: str) -> Utterance | None:
    if event == "click":
        return Utterance(choice=key) if is_choice(key) else HELP
    if event not in ("subscribe", "scan"):
        return None
    scene = key.removeprefix("qrscene_").removeprefix("s:")
    return Utterance(choice=f"s:{scene}") if is_support(scene) else START


def text_reply(message: WeChatMessage, text: str, created: int) -> str:
    """The passive reply. `text` must not be empty: the platform shows a fault for that."""
    return (
        f"<xml><ToUserName>{_data(message.user)}</ToUserName>"
        f"<FromUserName>{_data(message.account)}</FromUserName>"
        f"<CreateTime>{created}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content>{_data(text)}</Content></xml>"
    )


def envelope(sealed: str, signed: str, timestamp: str, nonce: str) -> str:
    """The encrypted reply."""
    return (
        f"<xml><Encrypt>{_data(sealed)}</Encrypt><MsgSignature>{_data(signed)}</MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp><Nonce>{_data(nonce)}</Nonce></xml>"
    )


def _data(text: str) -> str:
    """CDATA, as the platform's own samples; escaped where the text would end it."""
    text = clean(text)
    return escape(text) if "]]>" in text else f"<![CDATA[{text}]]>"
