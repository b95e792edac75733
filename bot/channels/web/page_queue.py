"""Start and build pages one after another, so that many page views do not delay a turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.channels.common.phrases import LivePhrases
from bot.channels.web.http.responses import text_response

# Page views that may wait. A page takes about 3 ms, so the last one waits about a second.
MAX_WAITING = 256


class PageQueue:
    """Lets one page view start, and one page be built, per round of the event loop.

    A turn needs several rounds. Without the queue each round handles all pages that are asked for,
    and 32 connections that ask for pages delay every turn by hundreds of milliseconds.
    """

    def __init__(self, phrases: LivePhrases) -> None:
        self._phrases = phrases
        self._lock = asyncio.Lock()
        self._waiting = 0

    async def refuse(self) -> Response | None:
        """Wait for the start of a page view: return None, or status 503 if too many wait."""
        try:
            async with self.place():
                return None
        except HTTPException as error:
            return text_response(error.detail, "text/plain", error.status_code, error.headers)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Wait for the place, and hold it: never while waiting for the store. Raises HTTPException
        503 if too many wait."""
        if self._waiting >= MAX_WAITING:
            raise HTTPException(503, self._phrases().say("web_busy"), {"Retry-After": "2"})
        self._waiting += 1
        try:
            async with self._lock:
                yield
                await asyncio.sleep(0)  # the next page is built in the next round
        finally:
            self._waiting -= 1
