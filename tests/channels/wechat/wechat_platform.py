"""An emulated WeChat platform: signs and encrypts messages, decrypts replies.

Encryption is that of wechatpy, an independent implementation.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import xmltodict
from wechatpy.crypto import WeChatCrypto

from tests.channels.fake_guide import NOW

TOKEN = "spamtest"
APP_ID = "wx2c2769f8efd9abc2"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
STAMP = str(int(NOW.timestamp()))


def sign(*parts: str) -> str:
    """Return the signature of the platform."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def xml(fields: Mapping[str, str]) -> str:
    """Return a message in the format of the platform."""
    rows = (f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields.items())
    return f"<xml>{''.join(rows)}</xml>"


def fields_of(body: str) -> dict[str, str]:
    """Return the fields of a reply, parsed by xmltodict."""
    parsed = xmltodict.parse(body)["xml"]
    return {name: value or "" for name, value in parsed.items()}


@dataclass
class Platform:
    """Sends requests to the channel at `url`. `sealed`: encrypted mode."""

    url: str
    client: httpx.AsyncClient
    sealed: bool = False
    token: str = TOKEN
    app_id: str = APP_ID
    stamp: str = STAMP
    nonces: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    ids: itertools.count[int] = field(default_factory=lambda: itertools.count(6054768590064713728))

    def query(self, **more: str) -> dict[str, str]:
        """Return the query parameters of every request."""
        nonce = more.get("nonce") or f"nonce{next(self.nonces)}"
        signed = sign(self.token, self.stamp, nonce)
        return {"signature": signed, "timestamp": self.stamp, "nonce": nonce, **more}

    async def check(self, echostr: str = "138066257067505647") -> httpx.Response:
        """Request the URL verification."""
        return await self.client.get(self.url, params=self.query(echostr=echostr))

    async def post(self, body: str | bytes, **query: str) -> httpx.Response:
        """Deliver a body unchanged, with a signature."""
        content = body.encode() if isinstance(body, str) else body
        return await self.client.post(self.url, params=self.query(**query), content=content)

    async def deliver(self, body: str) -> httpx.Response:
        """Deliver a message in the mode of the account."""
        if not self.sealed:
            return await self.post(body)
        envelope = fields_of(
            WeChatCrypto(self.token, AES_KEY, self.app_id).encrypt_message(
                body, (nonce := f"nonce{next(self.nonces)}"), self.stamp
            )
        )
        return await self.post(
            xml({"ToUserName": "gh_1", "Encrypt": envelope["Encrypt"]}),
            nonce=nonce,
            encrypt_type="aes",
            msg_signature=envelope["MsgSignature"],
            openid="oUser",
        )

    def message(self, text: str, user: str = "oUser", **more: str) -> str:
        """Return a text message with a new id."""
        given = {
            "ToUserName": "gh_1",
            "FromUserName": user,
            "CreateTime": self.stamp,
            "MsgType": "text",
            "Content": text,
            "MsgId": str(next(self.ids)),
        }
        return xml(given | more)

    def event(self, name: str, key: str = "", user: str = "oUser", **more: str) -> str:
        """Return an event, which has no id."""
        given = {
            "ToUserName": "gh_1",
            "FromUserName": user,
            "CreateTime": self.stamp,
            "MsgType": "event",
            "Event": name,
            "EventKey": key,
        }
        return xml(given | more)

    async def reply_to(self, body: str) -> str:
        """Deliver a body and return the text of the reply, "" for none."""
        return self.read(await self.deliver(body))

    async def text(self, text: str, user: str = "oUser") -> str:
        """Deliver a text and return the text of the reply."""
        return await self.reply_to(self.message(text, user))

    @staticmethod
    def read_article(news: Mapping[str, Any]) -> str:
        """Return title, description and address of the one article of a reply."""
        assert news["ArticleCount"] == "1"
        item = news["Articles"]["item"]
        assert set(item) == {"Title", "Description", "PicUrl", "Url"}
        assert item["PicUrl"].startswith("https://")
        assert len(item["Title"].encode()) <= 64
        assert len(item["Description"].encode()) <= 512
        return "\n".join([item["Title"], item["Description"], item["Url"]])

    def read(self, response: httpx.Response) -> str:
        """Return the text of a reply, "" for none. Asserts that the platform would show it."""
        assert response.status_code == 200
        if response.text == "success":
            assert response.headers["content-type"].startswith("text/plain")
            return ""
        assert response.headers["content-type"].startswith("text/xml")
        body = response.text
        if self.sealed:
            sealed = fields_of(body)
            assert set(sealed) == {"Encrypt", "MsgSignature", "TimeStamp", "Nonce"}
            body = WeChatCrypto(self.token, AES_KEY, self.app_id).decrypt_message(
                body, sealed["MsgSignature"], sealed["TimeStamp"], sealed["Nonce"]
            )
            body = body if isinstance(body, str) else body.decode()
        fields = fields_of(body)
        if fields["MsgType"] == "news":
            return self.read_article(xmltodict.parse(body)["xml"])
        assert fields["MsgType"] == "text"
        assert fields["ToUserName"].startswith(("o", "F", "f", "m"))
        assert 1 <= len(fields["Content"].encode()) <= 2047
        return fields["Content"]
