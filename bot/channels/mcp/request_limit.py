"""Limit the requests of one network address to the tools over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.channels.common.rate_limit import RateLimit


class RequestLimit:
    """ASGI middleware: answer the requests above the limit with status 429 and Retry-After.

    `key` returns the key of a client address; `clock` the seconds of a monotonic clock; `refusal`
    the sentence for the client.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        per_minute: int,
        key: Callable[[str], str],
        clock: Callable[[], float],
        refusal: Callable[[], str],
    ) -> None:
        self._app = app
        self._limit = RateLimit(per_minute)
        self._key, self._clock, self._refusal = key, clock, refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if scope["type"] == "http":
            host = (scope.get("client") or ("", 0))[0]
            refused = self._limit.take(self._key(host), self._clock())
            if refused:
                response = JSONResponse(
                    {"error": self._refusal()}, 429, {"Retry-After": str(refused.seconds)}
                )
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)
