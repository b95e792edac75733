"""Bounds on the head of a request, which uvicorn would wait for, and take in, for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

from bot.channels.common.http_body import COMPLETE

HEAD_BYTES = 32_768
# Longer than uvicorn keeps an idle connection: a head that has begun by then gets time to end.
HEAD_SECONDS = 20.0


async def sweep(connections: Collection[Any], head_seconds: float) -> None:
    """Look at these connections of uvicorn again and again; runs until it is cancelled."""
    clock = asyncio.get_running_loop().time
    waiting: dict[Any, tuple[Any, float]] = {}
    while True:
        await asyncio.sleep(head_seconds / 20)
        waiting = _still_waiting(connections, waiting, clock())
        for connection, (_, since) in waiting.items():
            if clock() - since > head_seconds:
                # uvicorn's own orderly end: it would still answer a request in flight.
                connection.shutdown()


def _still_waiting(
    connections: Collection[Any], before: dict[Any, tuple[Any, float]], now: float
) -> dict[Any, tuple[Any, float]]:
    """Who has no request in flight, with the last one answered and since when nothing followed."""
    found = {}
    for connection in connections:
        last = getattr(connection, "cycle", None)
        if last is None or last.response_complete:
            known = before.get(connection)
            found[connection] = known if known and known[0] is last else (last, now)
    return found


def bounded(protocol: type[Any]) -> type[Any]:
    """uvicorn's protocol over httptools, which hangs up on more than HEAD_BYTES that belong to no
    body: head, trailer or rubbish. (Its protocol over h11 has such a limit of its own.) It notes
    in the scope when a body is COMPLETE."""

    class Bounded(protocol):  # type: ignore[misc]
        """Counts what has come since the parser last got somewhere."""

        def connection_made(self, transport: asyncio.Transport) -> None:
            self._unheard = 0
            super().connection_made(transport)

        def data_received(self, data: bytes) -> None:
            self._unheard += len(data)
            super().data_received(data)
            if self._unheard > HEAD_BYTES:
                self.transport.close()

        def on_headers_complete(self) -> None:
            self._unheard = 0
            super().on_headers_complete()

        def on_body(self, body: bytes) -> None:
            self._unheard = 0
            super().on_body(body)

        def on_message_complete(self) -> None:
            self._unheard = 0
            self.scope[COMPLETE] = True
            super().on_message_complete()

    return Bounded
