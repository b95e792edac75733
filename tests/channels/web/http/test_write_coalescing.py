"""An answer leaves in one write, and nothing of it is lost or late."""

from __future__ import annotations

import asyncio
from io import StringIO
from typing import cast

import structlog

from bot.channels.common.logging import TurnLog, configure_logging
from bot.channels.web.http.write_coalescing import Gathering


class NotedTransport:
    """A transport that notes what it is told."""

    def __init__(self) -> None:
        self.said: list[bytes | str] = []

    def write(self, data: bytes) -> None:
        self.said.append(data)

    def close(self) -> None:
        self.said.append("closed")

    def get_extra_info(self, name: str) -> str:
        return f"the {name}"


def gathered() -> tuple[NotedTransport, Gathering]:
    transport = NotedTransport()
    loop = asyncio.get_running_loop()
    return transport, Gathering(cast(asyncio.Transport, transport), loop)


async def test_what_is_written_in_one_turn_of_the_loop_leaves_together_and_in_order() -> None:
    transport, gathering = gathered()
    for part in (b"head ", b"body ", b"next"):
        gathering.write(part)
    assert transport.said == []
    await asyncio.sleep(0)
    gathering.write(b"later")
    await asyncio.sleep(0)
    assert transport.said == [b"head body next", b"later"]


async def test_closing_writes_first_and_only_once() -> None:
    transport, gathering = gathered()
    gathering.write(b"goodbye")
    gathering.close()
    await asyncio.sleep(0)
    assert transport.said == [b"goodbye", "closed"]


async def test_anything_else_is_asked_of_the_transport_itself() -> None:
    _, gathering = gathered()
    assert gathering.get_extra_info("peername") == "the peername"


class CountedStream(StringIO):
    """A stream that counts the writes."""

    writes = 0

    def write(self, text: str) -> int:
        self.writes += 1
        return super().write(text)


async def test_the_lines_of_a_batch_of_turns_are_one_write() -> None:
    stream = CountedStream()
    configure_logging(stream=stream)
    try:
        log = TurnLog()
        for number in range(32):
            log.turn("api", str(number), "who", "answer", 0.01, duplicate=False)
        await asyncio.sleep(0)
    finally:
        structlog.reset_defaults()
    assert stream.writes == 1
    assert stream.getvalue().count("\n") == 32
