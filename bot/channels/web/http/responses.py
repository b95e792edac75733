"""Build HTTP responses; check every request and add security headers to every response."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
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
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
# Only over HTTPS: browsers ignore it elsewhere. One year.
HTTPS_HEADERS = ((b"strict-transport-security", b"max-age=31536000"),)
_POLICY = b"content-security-policy"
_HOST = re.compile(rb"[A-Za-z0-9.:\[\]_-]{1,255}")
_NO_GZIP = re.compile(rb"gzip\s*;\s*q=0(\.0{0,3})?\s*(,|$)", re.I)


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
    """ASGI middleware, outermost: check the request, add the security headers, and answer a crash
    with status 500.

    A request without exactly one valid Host (RFC 9112) gets status 400, and one for which
    `refuse` returns a response gets that one. `/path/` is handled as `/path`. The log gets the
    place of a crash, never its message, which could quote a user. A response that brings a
    Content-Security-Policy of its own says there who may frame it, and keeps its other headers.
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
        https = HTTPS_HEADERS if scope.get("scheme") == "https" else ()

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                own = message.get("headers", ())
                message["headers"] = [*own, *self._headers_beside(own), *https]
            await send(message)

        try:
            simple = _simplified(scope)
            refusal = await self._refuse(simple) or self._bad_host(scope)
            await (refusal or self._app)(simple, receive, send_with_headers)
        except Exception as error:
            log_crash("crash", error)
            if started:
                raise
            crash = json_response({"error": self._knowledge().say("web_crash")}, 500)
            await crash(scope, receive, send_with_headers)

    def _headers_beside(self, own: Iterable[tuple[bytes, bytes]]) -> Iterable[tuple[bytes, bytes]]:
        names = {name for name, _ in own}
        if _POLICY not in names:
            return self._headers
        names.add(b"x-frame-options")
        return [(name, value) for name, value in self._headers if name not in names]

    def _bad_host(self, scope: Scope) -> Response | None:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        expected = (1,) if scope.get("http_version") != "1.0" else (0, 1)
        if len(hosts) not in expected or not all(map(_HOST.fullmatch, hosts)):
            return json_response({"error": self._knowledge().say("web_bad_host")}, 400)
        return None


def _simplified(scope: Scope) -> Scope:
    """Return the scope without a slash at the end of the path, and without an Accept-Encoding that
    excludes gzip: other code only looks whether it names gzip."""
    path = scope["path"]
    if len(path) > 1 and path[-1] == "/" and path[-2] != "/":
        scope = {**scope, "path": path[:-1]}
    if any(
        name == b"accept-encoding" and _NO_GZIP.search(value) for name, value in scope["headers"]
    ):
        headers = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        scope = {**scope, "headers": headers}
    return scope
