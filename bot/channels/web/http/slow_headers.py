"""Limits on request headers that uvicorn does not have: their time and their size."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

from bot.channels.common.http_body import COMPLETE

MAX_HEADER_BYTES = 32_768
# Seconds without a complete request. Longer than uvicorn's keep-alive of 5 s, so that headers that
# began just before that limit still have time to end.
MAX_HEADER_SECONDS = 20.0


async def close_slow_connections(connections: Collection[Any], max_seconds: float) -> None:
    """Close each of uvicorn's connections that waits longer than `max_seconds` for its next
    request. Run until cancelled."""
    clock = asyncio.get_running_loop().time
    waiting: dict[Any, tuple[Any, float]] = {}
    while True:
        await asyncio.sleep(max_seconds / 20)
        waiting = _waiting_since(connections, waiting, clock())
        for connection, (_, since) in waiting.items():
            if clock() - since > max_seconds:
                # uvicorn's orderly end: a response that is still being sent is completed.
                connection.shutdown()


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


def limit_header_size(protocol: type[Any]) -> type[Any]:
    """Return a subclass of uvicorn's httptools protocol that closes the connection after
    MAX_HEADER_BYTES outside of a body: headers, trailers or bytes that are not HTTP. It also sets
    COMPLETE in the scope when the body has arrived. (uvicorn's h11 protocol has a limit already.)
    """

    class LimitedHttpToolsProtocol(protocol):  # type: ignore[misc]
        """Counts the bytes since the parser last completed headers or a piece of a body."""

        def connection_made(self, transport: asyncio.Transport) -> None:
            self._header_bytes = 0
            super().connection_made(transport)

        def data_received(self, data: bytes) -> None:
            self._header_bytes += len(data)
            super().data_received(data)
            if self._header_bytes > MAX_HEADER_BYTES:
                self.transport.close()

        def on_headers_complete(self) -> None:
            self._header_bytes = 0
            super().on_headers_complete()

        def on_body(self, body: bytes) -> None:
            self._header_bytes = 0
            super().on_body(body)

        def on_message_complete(self) -> None:
            self._header_bytes = 0
            self.scope[COMPLETE] = True
            super().on_message_complete()

    return LimitedHttpToolsProtocol
