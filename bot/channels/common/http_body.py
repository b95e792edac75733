"""Read a request body within limits of size and time."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext

from starlette.exceptions import HTTPException
from starlette.requests import Request

from bot.channels.common.phrases import Phrases

# Key in the ASGI scope: true if the whole body arrived together with the headers.
COMPLETE = "complete"


async def read_body(request: Request, limit: int, seconds: float, phrases: Phrases) -> bytes:
    """Return the body, of at most `limit` bytes, received within `seconds`.

    Raises HTTPException with a detail for the user: 413 too large, 408 too slow, 415 compressed,
    400 disconnected.
    """
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise HTTPException(415, phrases.say("channel_body_compressed"))
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:12]) > limit:
        raise _closing(413, phrases.say("channel_body_large"))
    chunks: list[bytes] = []
    size = 0
    try:
        # A complete body needs no timer.
        async with nullcontext() if request.scope.get(COMPLETE) else asyncio.timeout(seconds):
            more = True
            while more:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise HTTPException(400, phrases.say("channel_body_interrupted"))
                chunks.append(message.get("body", b""))
                size += len(chunks[-1])
                if size > limit:
                    raise _closing(413, phrases.say("channel_body_large"))
                more = message.get("more_body", False)
    except TimeoutError:
        raise _closing(408, phrases.say("channel_body_slow")) from None
    return b"".join(chunks)


def _closing(status: int, detail: str) -> HTTPException:
    """Return an error after which the connection is closed: the rest of the body is not read."""
    return HTTPException(status, detail, {"Connection": "close"})
