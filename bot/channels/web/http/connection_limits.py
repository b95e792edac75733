"""Limits on a connection that uvicorn does not have.

Time and size of request headers, requests that wait for their turn, answers that nobody reads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Any

from bot.channels.common.http_body import COMPLETE

MAX_HEADER_BYTES = 32_768
# One parsed field takes about 130 bytes in addition to its text. Browsers send about 20.
MAX_HEADER_FIELDS = 100
# Requests of one connection that wait for the answer to an earlier one. uvicorn parses everything
# that one read brings, up to 256 KiB: thousands of requests. Browsers send none ahead.
MAX_PIPELINED = 16
# Seconds without a complete request. Longer than uvicorn's keep-alive of 5 s, so that headers that
# began just before that limit still have time to end.
MAX_HEADER_SECONDS = 20.0
# Seconds in which a client reads no byte of an answer that waits for it.
MAX_UNREAD_SECONDS = 20.0


class _Refused(Exception):
    """The request exceeds a limit; the parser stops and uvicorn closes the connection."""


async def close_slow_connections(
    connections: Collection[Any],
    max_header_seconds: float,
    max_unread_seconds: float = MAX_UNREAD_SECONDS,
    observe: Callable[[int], None] = lambda count: None,
) -> None:
    """Close each of uvicorn's connections that waits longer than `max_header_seconds` for its next
    request, or whose client reads nothing of its answer for `max_unread_seconds`. Call `observe`
    with the number of connections. Run until cancelled."""
    clock = asyncio.get_running_loop().time
    waiting: dict[Any, tuple[Any, float]] = {}
    unread: dict[Any, tuple[int, float]] = {}
    while True:
        await asyncio.sleep(min(max_header_seconds, max_unread_seconds) / 20)
        now = clock()
        observe(len(connections))
        waiting = _waiting_since(connections, waiting, now)
        for connection, (_, since) in waiting.items():
            if now - since > max_header_seconds:
                # uvicorn's orderly end: a response that is still being sent is completed.
                connection.shutdown()
        unread = _unread_since(connections, unread, now)
        for connection, (_, since) in unread.items():
            if now - since > max_unread_seconds:
                # An orderly end would wait for the client to read.
                connection.transport.abort()


def _waiting_since(
    connections: Collection[Any], before: dict[Any, tuple[Any, float]], now: float
) -> dict[Any, tuple[Any, float]]:
    """Return the connections without a request in flight: the last request cycle of each, and the
    time at which it was first seen without a successor."""
    found = {}
    for connection in connections:
        cycle = getattr(connection, "cycle", None)
        if cycle is None or cycle.response_complete:
            known = before.get(connection)
            found[connection] = known if known and known[0] is cycle else (cycle, now)
    return found


def _unread_since(
    connections: Collection[Any], before: dict[Any, tuple[int, float]], now: float
) -> dict[Any, tuple[int, float]]:
    """Return the connections with bytes that the system does not take: how many, and the time at
    which there were first so many. (Fewer: the client reads. More: another answer.)"""
    found = {}
    for connection in connections:
        size = connection.transport.get_write_buffer_size()
        if size:
            known = before.get(connection)
            since = known[1] if known and size == known[0] else now
            found[connection] = (size, since)
    return found


def limit_requests(protocol: type[Any]) -> type[Any]:
    """Return a subclass of uvicorn's httptools protocol with the limits of this module. It also
    sets COMPLETE in the scope when the body has arrived. (uvicorn's h11 protocol has limits
    already.)"""

    class LimitedHttpToolsProtocol(protocol):  # type: ignore[misc]
        """Counts bytes outside of bodies, header fields, and requests that wait.

        `_pending_bytes`: since the parser last completed headers or a piece of a body; these are
        bytes that it holds back. `_header_bytes`, `_header_fields`: of this request, as the parser
        hands them over.
        """

        def connection_made(self, transport: asyncio.Transport) -> None:
            self._pending_bytes = 0
            super().connection_made(transport)

        def data_received(self, data: bytes) -> None:
            self._pending_bytes += len(data)
            super().data_received(data)
            if self._pending_bytes > MAX_HEADER_BYTES:
                self.transport.close()

        def send_400_response(self, msg: str) -> None:
            if not self.transport.is_closing():
                super().send_400_response(msg)

        def on_message_begin(self) -> None:
            if len(self.pipeline) >= MAX_PIPELINED:
                # Such a client may read nothing either: an orderly end would wait for it.
                self.transport.abort()
                raise _Refused
            self._header_bytes = self._header_fields = 0
            super().on_message_begin()

        def on_url(self, url: bytes) -> None:
            self._count(len(url))
            super().on_url(url)

        def on_header(self, name: bytes, value: bytes) -> None:
            self._header_fields += 1
            self._count(len(name) + len(value) + len(": \r\n"))
            super().on_header(name, value)

        def on_headers_complete(self) -> None:
            self._pending_bytes = 0
            super().on_headers_complete()

        def on_body(self, body: bytes) -> None:
            self._pending_bytes = 0
            super().on_body(body)

        def on_message_complete(self) -> None:
            self._pending_bytes = 0
            self.scope[COMPLETE] = True
            super().on_message_complete()

        def _count(self, size: int) -> None:
            self._header_bytes += size
            if self._header_bytes > MAX_HEADER_BYTES or self._header_fields > MAX_HEADER_FIELDS:
                raise _Refused

    return LimitedHttpToolsProtocol


class FileWatch:
    """Warns when connections use up the open files that the system allows: at the limit it drops
    new connections without an error that the process could see.

    `warn` is called once each time that nine tenths of `limit` are reached from below.
    """

    def __init__(self, limit: int, warn: Callable[[int, int], None]) -> None:
        self._limit = limit
        self._warn = warn
        self._warned = False

    def observe(self, connections: int) -> None:
        """Take the number of open connections."""
        near = connections >= self._limit * 0.9
        if near and not self._warned:
            self._warn(connections, self._limit)
        self._warned = near
