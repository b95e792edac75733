"""Slow and endless heads over real sockets: who never says what they want does not stay."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.channels.web.http.server import listen
from bot.channels.web.http.slow_headers import MAX_HEADER_BYTES

HEADER_SECONDS = 0.6
ASKED = b"GET /%s HTTP/1.1\r\nHost: here\r\n\r\n"


async def answer(request: Request) -> Response:
    return PlainTextResponse("quick")


async def answer_late(request: Request) -> Response:
    await asyncio.sleep(2 * HEADER_SECONDS)
    return PlainTextResponse("late")


async def count(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


ROUTES = [
    Route("/quick", answer),
    Route("/late", answer_late),
    Route("/count", count, methods=["POST"]),
]


@dataclass
class Line:
    """A connection to the service, kept open by whoever holds it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def says(self, data: bytes) -> None:
        """Send this, if the other side still listens."""
        self.writer.write(data)
        await self.writer.drain()

    async def hears(self, text: bytes) -> None:
        """Return when this has come."""
        async with asyncio.timeout(5):
            await self.reader.readuntil(text)

    async def ends(self) -> float:
        """How many seconds it took until the other side hung up."""
        clock = asyncio.get_running_loop().time
        began = clock()
        async with asyncio.timeout(8):
            with suppress(ConnectionError):  # cut off in the middle of a word
                assert await self.reader.read() == b""
        return clock() - began


Dial = Callable[[], Awaitable[Line]]


@pytest.fixture
async def dial() -> AsyncIterator[Dial]:
    """Opens connections to a service that listens as `serve` does."""
    place: asyncio.Future[tuple[str, int]] = asyncio.get_running_loop().create_future()
    service = asyncio.create_task(
        listen(
            Starlette(routes=ROUTES),
            [("127.0.0.1", 0)],
            [],
            lambda found: place.set_result(found[0]),
            max_header_seconds=HEADER_SECONDS,
        )
    )
    host, port = await place
    lines: list[Line] = []

    async def connect() -> Line:
        lines.append(Line(*await asyncio.open_connection(host, port)))
        return lines[-1]

    yield connect
    for line in lines:
        line.writer.close()
    os.kill(os.getpid(), signal.SIGTERM)
    assert await service == 0


async def test_who_says_nothing_is_cut_off(dial: Dial) -> None:
    line = await dial()
    assert await line.ends() >= HEADER_SECONDS


async def test_who_never_ends_the_head_is_cut_off_however_busily_it_drips(dial: Dial) -> None:
    line = await dial()
    ending = asyncio.create_task(line.ends())
    await line.says(b"GET /quick HTTP/1.1\r\n")
    while not ending.done():
        await asyncio.sleep(HEADER_SECONDS / 20)
        line.writer.write(b"X: 1\r\n")
    assert await ending


async def test_who_asked_before_may_not_dawdle_over_the_next_either(dial: Dial) -> None:
    line = await dial()
    await line.says(ASKED % b"quick")
    await line.hears(b"quick")
    await line.says(b"GET /quick")
    assert await line.ends()


async def test_who_goes_on_asking_is_never_cut_off(dial: Dial) -> None:
    line = await dial()
    for _ in range(20):
        await line.says(ASKED % b"quick")
        await line.hears(b"quick")
        await asyncio.sleep(HEADER_SECONDS / 10)


async def test_an_answer_that_takes_longer_is_waited_for(dial: Dial) -> None:
    line = await dial()
    await line.says(ASKED % b"late")
    await line.hears(b"late")
    await line.says(ASKED % b"quick")
    await line.hears(b"quick")


async def test_a_slow_body_is_left_to_its_own_limit(dial: Dial) -> None:
    line = await dial()
    await line.says(b"POST /count HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\n")
    for _ in range(10):
        await asyncio.sleep(HEADER_SECONDS / 5)
        await line.says(b"x")
    await line.hears(b"\r\n\r\n10")


async def pours(line: Line, piece: bytes) -> int:
    """Sends this again and again until the other side hangs up; how many bytes that took."""
    sent = 0
    with suppress(ConnectionError):
        while sent < 100 * MAX_HEADER_BYTES:
            await line.says(piece)
            sent += len(piece)
            await asyncio.sleep(0)
    return sent


@pytest.mark.parametrize(
    ("begins", "piece"),
    [
        (b"GET /quick HTTP/1.1\r\n", b"X: 1\r\n" * 500),
        (b"GET /quick HTTP/1.1\r\nX: ", b"x" * 4_000),
        (b"GET /", b"x" * 4_000),
        (
            b"POST /count HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
            b"X: 1\r\n" * 500,
        ),
    ],
    ids=["many fields", "one long field", "a long path", "trailers"],
)
async def test_a_head_without_end_is_cut_off(begins: bytes, piece: bytes, dial: Dial) -> None:
    line = await dial()
    await line.says(begins)
    # What the sockets hold on both sides comes on top.
    assert await pours(line, piece) < 90 * MAX_HEADER_BYTES


async def test_a_long_body_is_no_head(dial: Dial) -> None:
    line, size = await dial(), 10 * MAX_HEADER_BYTES
    await line.says(b"POST /count HTTP/1.1\r\nHost: here\r\nContent-Length: %d\r\n\r\n" % size)
    await line.says(b"x" * size)
    await line.hears(b"%d" % size)
    await line.says(ASKED % b"quick")
    await line.hears(b"quick")
