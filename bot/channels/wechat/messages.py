"""Parse WeChat's XML messages into utterances, and format replies as XML."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from bot.channels.common.choice_ids import is_choice_id, is_support_id
from bot.channels.common.rendering import sanitize
from bot.channels.wechat.articles import Article
from bot.channels.wechat.crypto import MessageError
from bot.core.domain.session import Utterance
from bot.core.text.expressions import stands_for_no_text

NON_TEXT = Utterance(choice="c:nontext")
START = Utterance(choice="c:start")
HELP = Utterance(choice="c:help")

_ID_LIMIT = 128


@dataclass(frozen=True, slots=True)
class WeChatMessage:
    """A message or an event. `fields`: the text of each flat element by name, stripped."""

    account: str
    user: str
    kind: str
    fields: Mapping[str, str]

    @property
    def event(self) -> str:
        """The name of the event, "" for a message."""
        return self.fields.get("Event", "")

    @property
    def id(self) -> str:
        """An id that is equal for all deliveries of a message: MsgId, or a digest for events.

        The platform identifies events by FromUserName and CreateTime. Name and key are added to
        distinguish two events of the same second.
        """
        if self.event or not self.fields.get("MsgId"):
            parts = [self.fields.get(k, "") for k in ("Event", "EventKey", "Content")]
            digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
            return f"{self.fields.get('CreateTime', '')}-{digest}"
        return self.fields["MsgId"]


def parse_fields(body: bytes | str) -> dict[str, str]:
    """Return the flat elements of an <xml> body. Raises MessageError, also for a DTD."""
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise MessageError("the body is not plain XML") from None
    if root.tag != "xml":
        raise MessageError("the body is not a message")
    return {child.tag: (child.text or "").strip() for child in root if not len(child)}


def parse_message(body: bytes | str) -> WeChatMessage:
    """Return the message of a body. Raises MessageError if sender, time or type are missing."""
    fields = parse_fields(body)
    required = ("ToUserName", "FromUserName", "CreateTime", "MsgType")
    account, user, created, kind = (fields.get(name, "") for name in required)
    if not (account and user and kind and created.isascii() and created.isdigit()):
        raise MessageError("the message has no sender, time or type")
    if max(map(len, (account, user, created, fields.get("MsgId", "")))) > _ID_LIMIT:
        raise MessageError("the message has an overlong id")
    return WeChatMessage(account, user, kind.lower(), fields)


# Returns the district that a place is in, as a user would type it; "" if it is not known.
PlaceReader = Callable[[str], str]


def no_place(_place: str) -> str:
    """Return that the district is not known."""
    return ""


def parse_utterance(
    message: WeChatMessage, text_chars: int = 500, district_in: PlaceReader = no_place
) -> Utterance | None:
    """Return the utterance of a message, or None if it needs no answer (most events).

    Texts are cut after `text_chars` characters. A location states the district that its label is
    in.
    """
    if message.kind == "event":
        return _parse_event(message.event.lower(), message.fields.get("EventKey", ""))
    if message.kind.endswith("_event"):
        return None
    choice = message.fields.get("bizmsgmenuid", "")
    if is_choice_id(choice):
        return Utterance(choice=choice)
    if message.kind == "location":
        district = district_in(sanitize(message.fields.get("Label", "")))
        return Utterance(text=district) if district else NON_TEXT
    name = {"text": "Content", "voice": "Recognition"}.get(message.kind, "")
    text = sanitize(message.fields.get(name, "")).strip()[:text_chars]
    if not text or stands_for_no_text(text):
        return NON_TEXT
    return Utterance(text=text)


def _parse_event(event: str, key: str) -> Utterance | None:
    if event == "click":
        return Utterance(choice=key) if is_choice_id(key) else HELP
    if event not in ("subscribe", "scan"):
        return None
    scene = key.removeprefix("qrscene_").removeprefix("s:")
    return Utterance(choice=f"s:{scene}") if is_support_id(scene) else START


def passive_reply(message: WeChatMessage, page: str, created: int) -> str:
    """Return a page as a passive reply: a text or an article. It must not be empty: the platform
    shows an error for that."""
    article = Article.of_page(page)
    content = _article_fields(article) if article else f"<Content>{_cdata(page)}</Content>"
    return (
        f"<xml><ToUserName>{_cdata(message.user)}</ToUserName>"
        f"<FromUserName>{_cdata(message.account)}</FromUserName>"
        f"<CreateTime>{created}</CreateTime>"
        f"<MsgType><![CDATA[{'news' if article else 'text'}]]></MsgType>{content}</xml>"
    )


def _article_fields(article: Article) -> str:
    return (
        "<ArticleCount>1</ArticleCount><Articles><item>"
        f"<Title>{_cdata(article.title)}</Title>"
        f"<Description>{_cdata(article.description)}</Description>"
        f"<PicUrl>{_cdata(article.picture)}</PicUrl><Url>{_cdata(article.url)}</Url>"
        "</item></Articles>"
    )


def envelope(encrypted: str, signature: str, timestamp: str, nonce: str) -> str:
    """Return an encrypted reply as XML."""
    return (
        f"<xml><Encrypt>{_cdata(encrypted)}</Encrypt><MsgSignature>{_cdata(signature)}</MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp><Nonce>{_cdata(nonce)}</Nonce></xml>"
    )


def _cdata(text: str) -> str:
    """Return `text` as CDATA like the samples of the platform, escaped if it contains `]]>`."""
    text = sanitize(text)
    return escape(text) if "]]>" in text else f"<![CDATA[{text}]]>"
