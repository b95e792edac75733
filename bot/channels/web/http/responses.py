"""Build HTTP responses, and add security headers to every response of the service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.channels.common.logging import log_crash
from bot.core.domain.json_codec import dump_bytes
from bot.core.domain.knowledge import Knowledge

# Bytes below which compression does not pay: such a response fits in one network packet anyway.
MINIMUM_GZIP_BYTES = 700
# Levels above 6 take twice the time for 1 % less.
GZIP_LEVEL = 6
SECURITY_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)


def text_response(
    text: str | bytes,
    media_type: str,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a private, revalidated response. Bytes must be UTF-8; lone surrogates of a string
    become question marks. Later `headers` win over the default Cache-Control."""
    body = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    all_headers = {"Cache-Control": "no-cache, private", **(headers or {})}
    return Response(body, status, all_headers, media_type)


def html_response(
    page: str | bytes, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return an HTML response."""
    return text_response(page, "text/html", status, headers)


def json_response(
    data: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a JSON response."""
    return text_response(dump_bytes(data, str), "application/json", status, headers)


class Guard:
    """ASGI middleware, outermost: add the security headers, and answer a crash with status 500.

    A request for which `refuse` returns a response gets that one. The log gets the place of a
    crash, never its message, which could quote a user.
    """

    def __init__(
        self,
        app: ASGIApp,
        policy: str,
        knowledge: Callable[[], Knowledge],
        refuse: Callable[[Scope], Awaitable[Response | None]],
    ) -> None:
        self._app = app
        self._knowledge = knowledge
        self._refuse = refuse
        headers = (("Content-Security-Policy", policy), *SECURITY_HEADERS)
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message.get("headers", ()), *self._headers]
            await send(message)

        try:
            refusal = await self._refuse(scope)
            await (refusal or self._app)(scope, receive, send_with_headers)
        except Exception as error:
            log_crash("crash", error)
            if started:
                raise
            crash = json_response({"error": self._knowledge().say("web_crash")}, 500)
            await crash(scope, receive, send_with_headers)
