"""Read a request body within limits of size and time."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext

from starlette.exceptions import HTTPException
from starlette.requests import Request

# Key in the ASGI scope: true if the whole body arrived together with the headers.
COMPLETE = "complete"


async def read_body(request: Request, limit: int, seconds: float) -> bytes:
    """Return the body, of at most `limit` bytes, received within `seconds`.

    Raises HTTPException: 413 too large, 408 too slow, 415 compressed, 400 disconnected.
    """
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise HTTPException(415, "请不要压缩请求内容。")
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:12]) > limit:
        raise _too_large()
    chunks: list[bytes] = []
    size = 0
    try:
        # A complete body needs no timer.
        async with nullcontext() if request.scope.get(COMPLETE) else asyncio.timeout(seconds):
            more = True
            while more:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise HTTPException(400, "连接断了。")
                chunks.append(message.get("body", b""))
                size += len(chunks[-1])
                if size > limit:
                    raise _too_large()
                more = message.get("more_body", False)
    except TimeoutError:
        raise HTTPException(408, "传得太慢了，请再发一次。", {"Connection": "close"}) from None
    return b"".join(chunks)


def _too_large() -> HTTPException:
    return HTTPException(413, "内容太长了，请说短一点。", {"Connection": "close"})
