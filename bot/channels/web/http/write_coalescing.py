"""One packet an answer: uvicorn writes its head and its body one after the other, and each write
would be a system call here and a packet on the way to a phone."""

from __future__ import annotations

import asyncio
from typing import Any


class Gathering:
    """A transport that lets go of what was written at the end of this turn of the loop."""

    __slots__ = ("_held", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Write this, after what was written before."""
        if not self._held:
            self._loop.call_soon(self._let_go)
        self._held.append(data)

    def close(self) -> None:
        """Close once everything is written."""
        self._let_go()
        self._transport.close()

    def _let_go(self) -> None:
        if self._held:
            held, self._held = self._held, []
            self._transport.write(b"".join(held))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


def gathering(protocol: type[Any]) -> type[Any]:
    """A protocol of uvicorn that writes each answer in one go."""

    class Gathered(protocol):  # type: ignore[misc]
        """Writes through a `Gathering`."""

        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(Gathering(transport, self.loop))

    return Gathered
