"""Limits on connections over real sockets: headers, requests ahead, answers not read."""

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

from bot.channels.web.http.connection_limits import (
    MAX_HEADER_BYTES,
    MAX_HEADER_FIELDS,
    MAX_PIPELINED,
    FileWatch,
)
from bot.channels.web.http.server import listen

HEADER_SECONDS = 0.6
UNREAD_SECONDS = 1.5
ASKED = b"GET /%s HTTP/1.1\r\nHost: here\r\n\r\n"


async def answer(request: Request) -> Response:
    return PlainTextResponse("quick")


async def answer_late(request: Request) -> Response:
    await asyncio.sleep(2 * HEADER_SECONDS)
    return PlainTextResponse("late")


async def count(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def answer_long(request: Request) -> Response:
    answered.append(request.url.path)
    return PlainTextResponse("x" * 1_000_000)


answered: list[str] = []
ROUTES = [
    Route("/long", answer_long),
    Route("/quick", answer),
    Route("/late", answer_late),
    Route("/count", count, methods=["POST"]),
]


@dataclass
class Connection:
    """A connection to the service."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        """Send these bytes."""
        self.writer.write(data)
        await self.writer.drain()

    async def receive(self, text: bytes) -> None:
        """Wait until this text has arrived."""
        async with asyncio.timeout(60):
            await self.reader.readuntil(text)

    async def closed(self) -> float:
        """Wait until the service closes the connection. Return the seconds."""
        clock = asyncio.get_running_loop().time
        began = clock()
        async with asyncio.timeout(60):
            with suppress(ConnectionError):  # closed while sending
                assert await self.reader.read() == b""
        return clock() - began


Open = Callable[[], Awaitable[Connection]]


@pytest.fixture
async def open_connection() -> AsyncIterator[Open]:
    """Opens connections to a running service."""
    place: asyncio.Future[tuple[str, int]] = asyncio.get_running_loop().create_future()
    service = asyncio.create_task(
        listen(
            Starlette(routes=ROUTES),
            [("127.0.0.1", 0)],
            [],
            lambda found: place.set_result(found[0]),
            max_header_seconds=HEADER_SECONDS,
            max_unread_seconds=UNREAD_SECONDS,
        )
    )
    host, port = await place
    connections: list[Connection] = []

    async def connect() -> Connection:
        connections.append(Connection(*await asyncio.open_connection(host, port)))
        return connections[-1]

    yield connect
    for connection in connections:
        connection.writer.close()
    os.kill(os.getpid(), signal.SIGTERM)
    assert await service == 0


async def test_a_silent_connection_is_closed(open_connection: Open) -> None:
    connection = await open_connection()
    assert await connection.closed() >= HEADER_SECONDS


async def test_headers_that_arrive_slowly_close_the_connection(open_connection: Open) -> None:
    connection = await open_connection()
    ending = asyncio.create_task(connection.closed())
    await connection.send(b"GET /quick HTTP/1.1\r\n")
    while not ending.done():
        await asyncio.sleep(HEADER_SECONDS / 20)
        connection.writer.write(b"X: 1\r\n")
    assert await ending


async def test_slow_headers_of_a_second_request_close_the_connection(
    open_connection: Open,
) -> None:
    connection = await open_connection()
    await connection.send(ASKED % b"quick")
    await connection.receive(b"quick")
    await connection.send(b"GET /quick")
    assert await connection.closed()


async def test_a_connection_with_regular_requests_stays_open(open_connection: Open) -> None:
    clock = asyncio.get_running_loop().time
    for _ in range(50):
        connection, last, longest = await open_connection(), clock(), 0.0
        try:
            for _ in range(20):
                await connection.send(ASKED % b"quick")
                await connection.receive(b"quick")
                await asyncio.sleep(HEADER_SECONDS / 10)
                longest, last = max(longest, clock() - last), clock()
            return
        except (ConnectionError, asyncio.IncompleteReadError):
            # Try again only if a busy machine made one of the pauses too long.
            assert longest > HEADER_SECONDS / 3 or clock() - last > HEADER_SECONDS / 3
    pytest.fail("the machine was too busy to keep the pauses short")


async def test_a_slow_response_does_not_close_the_connection(open_connection: Open) -> None:
    connection = await open_connection()
    await connection.send(ASKED % b"late")
    await connection.receive(b"late")
    await connection.send(ASKED % b"quick")
    await connection.receive(b"quick")


async def test_a_slow_body_does_not_count_as_slow_headers(open_connection: Open) -> None:
    connection = await open_connection()
    await connection.send(b"POST /count HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\n")
    for _ in range(10):
        await asyncio.sleep(HEADER_SECONDS / 5)
        await connection.send(b"x")
    await connection.receive(b"\r\n\r\n10")


async def flood(connection: Connection, piece: bytes) -> int:
    """Send this repeatedly until the service closes the connection. Return the bytes sent."""
    sent = 0
    with suppress(ConnectionError):
        while sent < 100 * MAX_HEADER_BYTES:
            await connection.send(piece)
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
async def test_endless_headers_close_the_connection(
    begins: bytes, piece: bytes, open_connection: Open
) -> None:
    connection = await open_connection()
    await connection.send(begins)
    # The socket buffers of both sides come on top of the limit.
    assert await flood(connection, piece) < 90 * MAX_HEADER_BYTES


async def test_a_long_body_does_not_count_as_headers(open_connection: Open) -> None:
    connection, size = await open_connection(), 10 * MAX_HEADER_BYTES
    await connection.send(
        b"POST /count HTTP/1.1\r\nHost: here\r\nContent-Length: %d\r\n\r\n" % size
    )
    await connection.send(b"x" * size)
    await connection.receive(b"%d" % size)
    await connection.send(ASKED % b"quick")
    await connection.receive(b"quick")


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        (b"GET /quick HTTP/1.1", [b"X: " + b"x" * (MAX_HEADER_BYTES + 7_000)]),
        (b"GET /quick HTTP/1.1", [b"X: 1"] * (MAX_HEADER_FIELDS + 1)),
        (b"GET /" + b"x" * (MAX_HEADER_BYTES + 1) + b" HTTP/1.1", []),
    ],
    ids=["a long field", "many fields", "a long path"],
)
async def test_headers_over_the_limit_are_refused_when_they_arrive_in_one_read(
    line: bytes, fields: list[bytes], open_connection: Open
) -> None:
    connection = await open_connection()
    await connection.send(b"\r\n".join([line, b"Host: here", *fields, b"", b""]))
    await connection.receive(b"400 Bad Request")
    async with asyncio.timeout(60):
        assert b"quick" not in await connection.reader.read()


async def test_headers_up_to_the_limit_are_answered(open_connection: Open) -> None:
    connection = await open_connection()
    fields = [b"X: 1"] * (MAX_HEADER_FIELDS - 2) + [b"Y: " + b"y" * (MAX_HEADER_BYTES - 1_200)]
    await connection.send(b"\r\n".join([b"GET /quick HTTP/1.1", b"Host: here", *fields, b"", b""]))
    await connection.receive(b"quick")


async def test_a_few_requests_ahead_are_answered_in_order(open_connection: Open) -> None:
    connection = await open_connection()
    await connection.send(ASKED % b"late" + ASKED % b"quick" * MAX_PIPELINED)
    await connection.receive(b"late")
    for _ in range(MAX_PIPELINED):
        await connection.receive(b"quick")


async def test_many_requests_ahead_close_the_connection(open_connection: Open) -> None:
    connection = await open_connection()
    await connection.send(ASKED % b"quick" * 5_000)
    received = b""
    async with asyncio.timeout(60):
        with suppress(ConnectionError):
            received = await connection.reader.read()
    assert received.count(b"quick") <= MAX_PIPELINED + 1


async def test_an_answer_that_is_not_read_closes_the_connection(open_connection: Open) -> None:
    answered.clear()
    connection = await open_connection()
    # More than the buffers of the system hold; asyncio's stream reads 128 KiB ahead.
    await connection.send(ASKED % b"long" * MAX_PIPELINED)
    async with asyncio.timeout(60):
        with suppress(ConnectionError):
            while True:  # until the connection does not exist any more
                connection.writer.write(b"G")
                await connection.writer.drain()
                await asyncio.sleep(UNREAD_SECONDS / 10)
    assert 0 < len(answered) < MAX_PIPELINED


async def test_an_answer_that_is_read_slowly_arrives_whole(open_connection: Open) -> None:
    connection = await open_connection()
    await connection.send(ASKED % b"long" * 8)
    size = 0
    async with asyncio.timeout(120):
        while size < 8_000_000:
            read = await connection.reader.read(400_000)
            assert read
            size += len(read)
            await asyncio.sleep(UNREAD_SECONDS / 100)


def test_a_shortage_of_open_files_is_reported_once_each_time() -> None:
    warned: list[tuple[int, int]] = []
    watch = FileWatch(100, lambda count, limit: warned.append((count, limit)))
    for count in (10, 89, 90, 95, 99, 50, 91):
        watch.observe(count)
    assert warned == [(90, 100), (91, 100)]
