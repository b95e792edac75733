"""The WeChat 公众号 channel: the platform's check and messages on one route."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.channels.common.guide_port import Answers
from bot.channels.common.http_body import read_body
from bot.channels.wechat.crypto import MessageError, WeChatCrypt, is_signed, signature
from bot.channels.wechat.messages import (
    WeChatMessage,
    envelope,
    parse_fields,
    parse_message,
    text_reply,
)
from bot.channels.wechat.pagination import Notes
from bot.channels.wechat.passive_reply import Push, Turns
from bot.errors import ChannelError

BODY_LIMIT = 64 * 1024
BODY_SECONDS = 5.0
WINDOW_SECONDS = 300
BUDGET_SECONDS = 4.0
# What says “received, nothing to say”; anything else would be shown as a fault of the account.
SUCCESS = "success"


@dataclass(frozen=True, slots=True)
class WeChatSettings:
    """What the account is set to. With an `aes_key` only encrypted messages are taken.

    `budget`: seconds for a passive reply; the platform cuts at 5. `text_chars`: how much of a
    text counts.
    """

    token: str
    app_id: str = ""
    aes_key: str = ""
    tappable: bool = False
    budget: float = BUDGET_SECONDS
    text_chars: int = 500


class WeChatChannel:
    """Mount `routes()`; call `stop()` before the guide closes.

    `random_bytes(n)` seals encrypted replies. `push` sends a late answer as a customer-service
    message; without it the answer comes with the next message. Raises ChannelError when the
    settings cannot work.
    """

    def __init__(
        self,
        guide: Answers,
        notes: Notes,
        settings: WeChatSettings,
        now: Callable[[], datetime],
        random_bytes: Callable[[int], bytes],
        push: Push | None = None,
    ) -> None:
        if not settings.token:
            raise ChannelError("没有设置微信的 token：请设 POLICYBOT_WECHAT__TOKEN")
        if settings.aes_key and not settings.app_id:
            raise ChannelError("微信的加密模式还需要 app_id：请在 config.yaml 的 wechat 里填写")
        self._settings = settings
        self._now = now
        self._random_bytes = random_bytes
        self._crypt = WeChatCrypt(settings.aes_key, settings.app_id) if settings.aes_key else None
        self._turns = Turns(
            guide,
            notes,
            now,
            text_chars=settings.text_chars,
            tappable=settings.tappable,
            push=push,
        )

    def routes(self, path: str = "/wechat") -> list[Route]:
        """The one address that the platform calls."""
        return [
            Route(path, self._check, methods=["GET"]),
            Route(path, self._receive, methods=["POST"]),
        ]

    async def stop(self) -> None:
        """Wait for the turns in flight."""
        await self._turns.stop()

    async def _check(self, request: Request) -> Response:
        """The URL check: echo back what the platform sent, if it is the platform."""
        query = request.query_params
        try:
            self._verify(query, query.get("signature", ""))
        except MessageError as error:
            return _refuse(error)
        # text/plain and nosniff: whatever stands in echostr, no browser runs it.
        return PlainTextResponse(
            query.get("echostr", ""), headers={"X-Content-Type-Options": "nosniff"}
        )

    async def _receive(self, request: Request) -> Response:
        try:
            body = await read_body(request, BODY_LIMIT, BODY_SECONDS)
            message = self._open(request.query_params, body)
        except HTTPException as error:
            return _refuse(MessageError("the body is too big or too slow", error.status_code))
        except MessageError as error:
            return _refuse(error)
        text = await self._turns.reply(message, self._settings.budget)
        if not text:
            return PlainTextResponse(SUCCESS)
        return Response(
            self._seal(text_reply(message, text, int(self._now().timestamp()))),
            media_type="text/xml",
        )

    def _open(self, query: Mapping[str, str], body: bytes) -> WeChatMessage:
        """The message in an authentic request. Raises MessageError for any other."""
        if self._crypt is None:
            self._verify(query, query.get("signature", ""))
            fields = parse_fields(body)
            if "Encrypt" in fields and "MsgType" not in fields:
                raise MessageError("公众平台设成了安全模式，但没有设置 POLICYBOT_WECHAT__AES_KEY")
            return parse_message(body)
        # 兼容模式 sends the plain fields too, but only what is sealed counts: no downgrade.
        sealed = parse_fields(body).get("Encrypt", "")
        if not sealed:
            raise MessageError("a plain message, but the account is set to encrypted", 403)
        self._verify(query, query.get("msg_signature", ""), sealed)
        return parse_message(self._crypt.decrypt(sealed))

    def _verify(self, query: Mapping[str, str], given: str, *sealed: str) -> None:
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        if not is_signed(given, self._settings.token, timestamp, nonce, *sealed):
            raise MessageError("the signature is wrong", 403)
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
            raise MessageError("the timestamp is not one")
        if abs(self._now().timestamp() - int(timestamp)) > WINDOW_SECONDS:
            raise MessageError("the timestamp is more than 5 minutes off", 403)

    def _seal(self, xml: str) -> str:
        if self._crypt is None:
            return xml
        timestamp, nonce = str(int(self._now().timestamp())), self._random_bytes(8).hex()
        sealed = self._crypt.encrypt(xml, self._random_bytes(16))
        signed = signature(self._settings.token, timestamp, nonce, sealed)
        return envelope(sealed, signed, timestamp, nonce)


def _refuse(error: MessageError) -> Response:
    structlog.get_logger().warning("wechat_refused", why=str(error), status=error.status)
    return PlainTextResponse("", status_code=error.status)
