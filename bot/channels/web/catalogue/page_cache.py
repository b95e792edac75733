"""Keep rendered pages, and answer conditional requests (`If-None-Match`) with status 304."""

from __future__ import annotations

import asyncio
import gzip
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from hashlib import blake2b
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from bot.channels.web.http.responses import GZIP_LEVEL, text_response
from bot.channels.web.page_queue import PageQueue

# Compressed pages of 6 to 14 kB.
MAX_PAGES = 384
# Seconds that a browser or a proxy may show a page without asking again.
FRESH_SECONDS = 300
CACHE_CONTROL = f"public, max-age={FRESH_SECONDS}"


class _Page(NamedTuple):
    packed: bytes
    etag: str


class PageCache:
    """Pages by key. Each is rendered once, in a thread; the oldest one leaves a full cache.

    A key must name everything that a page shows: the knowledge version, the day, the address.
    """

    def __init__(self, queue: PageQueue) -> None:
        self._queue = queue
        self._pages: OrderedDict[Hashable, _Page] = OrderedDict()

    async def response(
        self,
        request: Request,
        key: Hashable,
        render: Callable[[], str],
        media_type: str = "text/html",
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Return the page of a key, or status 304 if the client has it. Raises HTTPException 503
        if too many pages wait to be rendered."""
        page = await self._page(key, render)
        known = {"ETag": page.etag, "Cache-Control": CACHE_CONTROL, "Vary": "Accept-Encoding"}
        every = {**known, **(headers or {})}
        if has_etag(request.headers.get("if-none-match", ""), page.etag):
            return Response(status_code=304, headers=every)
        if "gzip" in request.headers.get("accept-encoding", ""):
            every["Content-Encoding"] = "gzip"
            return text_response(page.packed, media_type, headers=every)
        return text_response(gzip.decompress(page.packed), media_type, headers=every)

    async def _page(self, key: Hashable, render: Callable[[], str]) -> _Page:
        if key not in self._pages:
            async with self._queue.place():
                if key not in self._pages:  # another request may have rendered it meanwhile
                    self._pages[key] = await asyncio.to_thread(_packed, render)
                    if len(self._pages) > MAX_PAGES:
                        self._pages.popitem(last=False)
        self._pages.move_to_end(key)
        return self._pages[key]


def has_etag(header: str, etag: str) -> bool:
    """Return whether an If-None-Match header names an entity tag. The comparison is weak (RFC
    9110): compressed or not, a page is the same."""
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return "*" in tags or etag.removeprefix("W/") in tags


def _packed(render: Callable[[], str]) -> _Page:
    packed = gzip.compress(render().encode("utf-8", "replace"), GZIP_LEVEL, mtime=0)
    return _Page(packed, f'W/"{blake2b(packed, digest_size=12).hexdigest()}"')
