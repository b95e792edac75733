"""The WeChat 公众号 channel: URL verification and messages on one route."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.channels.common.guide_port import GuidePort
from bot.channels.common.http_body import read_body
from bot.channels.common.logging import RepeatLimit
from bot.channels.common.phrases import LivePhrases
from bot.channels.common.rate_limit import RateLimit
from bot.channels.wechat.crypto import MessageError, WeChatCrypt, is_signed, signature
from bot.channels.wechat.messages import (
    PlaceReader,
    WeChatMessage,
    envelope,
    no_place,
    parse_fields,
    parse_message,
    passive_reply,
)
from bot.channels.wechat.pagination import NoteStore
from bot.channels.wechat.passive_reply import PassiveReplies, Push
from bot.channels.wechat.signatures import SeenSignatures
from bot.errors import ChannelError

BODY_LIMIT = 64 * 1024
BODY_SECONDS = 5.0
MAX_SKEW_SECONDS = 300
# The platform gives up after 5 seconds.
BUDGET_SECONDS = 4.0
# The response for “no reply”; the platform shows an error to the user for any other text.
SUCCESS = "success"


@dataclass(frozen=True, slots=True)
class WeChatSettings:
    """Settings of the account. With an `aes_key`, only encrypted messages are accepted.

    `tappable`: whether choices are links. `budget`: seconds for a passive reply. `text_chars`:
    texts are cut after this many characters. `user_per_minute`: messages of one person; 0 means no
    limit. `picture`: the address of the picture of results, which are texts without it.
    """

    token: str
    app_id: str = ""
    aes_key: str = ""
    tappable: bool = False
    budget: float = BUDGET_SECONDS
    text_chars: int = 500
    user_per_minute: int = 0
    picture: str = ""


class WeChatChannel:
    """Connects a 公众号 to the guide. Mount `routes()`; call `stop()` before the guide stops.

    `random_bytes(n)` supplies nonces and padding of encrypted replies. `push` sends a late answer
    as a customer-service message; without it, the answer precedes the next one. `district_in`
    reads the place of a shared location. Raises ChannelError if the channel cannot work with the
    settings.
    """

    def __init__(
        self,
        guide: GuidePort,
        notes: NoteStore,
        phrases: LivePhrases,
        settings: WeChatSettings,
        now: Callable[[], datetime],
        random_bytes: Callable[[int], bytes],
        push: Push | None = None,
        district_in: PlaceReader = no_place,
    ) -> None:
        if not settings.token:
            raise ChannelError("没有设置微信的 token：请设 POLICYBOT_WECHAT__TOKEN")
        if settings.aes_key and not settings.app_id:
            raise ChannelError("微信的加密模式还需要 app_id：请在 config.yaml 的 wechat 里填写")
        self._settings = settings
        self._phrases = phrases
        self._now = now
        self._random_bytes = random_bytes
        self._crypt = WeChatCrypt(settings.aes_key, settings.app_id) if settings.aes_key else None
        self._users = RateLimit(settings.user_per_minute)
        # A signature is valid from MAX_SKEW_SECONDS before its time until as long after it.
        self._signatures = SeenSignatures(2 * MAX_SKEW_SECONDS)
        self._refusals = RepeatLimit()
        self._replies = PassiveReplies(
            guide,
            notes,
            phrases,
            now,
            text_chars=settings.text_chars,
            tappable=settings.tappable,
            picture=settings.picture,
            district_in=district_in,
            push=push,
        )

    def routes(self, path: str = "/wechat") -> list[Route]:
        """Return the routes of the address that the platform calls."""
        return [
            Route(path, self._verify_url, methods=["GET"]),
            Route(path, self._receive, methods=["POST"]),
        ]

    async def stop(self) -> None:
        """Wait for the running turns."""
        await self._replies.stop()

    async def _verify_url(self, request: Request) -> Response:
        """Return `echostr` if the request is signed by the platform."""
        query = request.query_params
        try:
            given = query.get("signature", "")
            self._check_signature(query, given)
            if self._crypt is None:
                self._check_first_use(given, b"")
        except MessageError as error:
            return self._refuse(error)
        # text/plain and nosniff keep a browser from running the content of echostr.
        return PlainTextResponse(
            query.get("echostr", ""), headers={"X-Content-Type-Options": "nosniff"}
        )

    async def _receive(self, request: Request) -> Response:
        try:
            body = await read_body(request, BODY_LIMIT, BODY_SECONDS, self._phrases())
            message = self._parse(request.query_params, body)
        except HTTPException as error:
            return self._refuse(
                MessageError("the body is too large or too slow", error.status_code)
            )
        except MessageError as error:
            return self._refuse(error)
        text = await self._reply(message)
        if not text:
            return PlainTextResponse(SUCCESS)
        return Response(
            self._encrypt(passive_reply(message, text, int(self._now().timestamp()))),
            media_type="text/xml",
        )

    def _refuse(self, error: MessageError) -> Response:
        """Log the reason, and answer without one."""
        more = self._refusals.take(str(error))
        if more is not None:
            log = structlog.get_logger()
            log.warning("wechat_refused", why=str(error), status=error.status, **more)
        return PlainTextResponse("", status_code=error.status)

    async def _reply(self, message: WeChatMessage) -> str:
        """Return the reply, "" for none. Over the limit, only the first message gets one."""
        # A retry of a message that is being answered is not another message.
        if not self._replies.is_running(message):
            refusal = self._users.take(message.user, self._now().timestamp())
            if refusal:
                return self._phrases().say("channel_too_fast") if refusal.first else ""
        return await self._replies.reply(message, self._settings.budget)

    def _parse(self, query: Mapping[str, str], body: bytes) -> WeChatMessage:
        """Return the message of an authentic request. Raises MessageError for any other."""
        if self._crypt is None:
            given = query.get("signature", "")
            self._check_signature(query, given)
            self._check_first_use(given, body)
            fields = parse_fields(body)
            if "Encrypt" in fields and "MsgType" not in fields:
                raise MessageError("公众平台设成了安全模式，但没有设置 POLICYBOT_WECHAT__AES_KEY")
            return parse_message(body)
        # 兼容模式 sends plain fields too; they are ignored to prevent a downgrade.
        encrypted = parse_fields(body).get("Encrypt", "")
        if not encrypted:
            raise MessageError("a plain message, but the account is set to encrypted", 403)
        self._check_signature(query, query.get("msg_signature", ""), encrypted)
        return parse_message(self._crypt.decrypt(encrypted))

    def _check_signature(self, query: Mapping[str, str], given: str, *encrypted: str) -> None:
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        if not is_signed(given, self._settings.token, timestamp, nonce, *encrypted):
            raise MessageError("the signature is wrong", 403)
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
            raise MessageError("the timestamp is not a number")
        if abs(self._now().timestamp() - int(timestamp)) > MAX_SKEW_SECONDS:
            raise MessageError("the timestamp is more than 5 minutes off", 403)

    def _check_first_use(self, given: str, body: bytes) -> None:
        if not self._signatures.accepts(given, body, self._now().timestamp()):
            raise MessageError("the signature was used for another message", 403)

    def _encrypt(self, xml: str) -> str:
        if self._crypt is None:
            return xml
        timestamp, nonce = str(int(self._now().timestamp())), self._random_bytes(8).hex()
        encrypted = self._crypt.encrypt(xml, self._random_bytes(16))
        signed = signature(self._settings.token, timestamp, nonce, encrypted)
        return envelope(encrypted, signed, timestamp, nonce)
