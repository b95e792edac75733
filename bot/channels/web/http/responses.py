"""Making HTTP responses: packed where it pays, errors in Chinese, headers on everything."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.channels.common.logging import log_crash
from bot.core.domain.json_codec import dump_bytes

WORTH_PACKING = 700
SECURITY = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
_CRASH = '{"error":"服务出了一点问题，请稍后再试；急事请拨 12345。"}'.encode()


def takes_gzip(request: Request) -> bool:
    """Whether the caller can unpack gzip."""
    return "gzip" in request.headers.get("accept-encoding", "")


def packed(
    request: Request,
    text: str | bytes,
    media_type: str,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A text response, compressed when it is long enough and the caller can read that. Bytes are
    taken as UTF-8."""
    body = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    extra = {"Cache-Control": "no-cache, private", **(headers or {})}
    if len(body) >= WORTH_PACKING:
        extra["Vary"] = "Accept-Encoding"
        if takes_gzip(request):
            body = gzip.compress(body, 6, mtime=0)
            extra["Content-Encoding"] = "gzip"
    return Response(body, status, extra, media_type)


def json_answer(
    request: Request,
    data: Mapping[str, Any],
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A JSON response."""
    return packed(request, dump_bytes(data, str), "application/json", status, headers)


class Guard:
    """The outermost wrapper: security headers on every response, and no crash without an answer.

    It logs where a crash happened, never its message: that could quote a user.
    """

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self._app = app
        headers = (("Content-Security-Policy", policy), *SECURITY)
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message.get("headers", ()), *self._headers]
            await send(message)

        try:
            await self._app(scope, receive, guarded)
        except Exception as error:
            log_crash("crash", error)
            if started:
                raise
            crash = Response(_CRASH, 500, media_type="application/json")
            await crash(scope, receive, guarded)
