"""Forks serving processes fast: everything is imported once, so that a kill costs milliseconds.

Reads a JSON line per child, `[store class, its address, socket path]`, and prints the child's
process id. A child opens the store, serves a Guide on the socket, and ends when it is killed.

On a connection, with a number that comes back: `["tell", number, conv, message id, text]` is
answered with `["ack", number, what was replied, duplicate]` or `["error", number, error]`;
`["peek", number, conv]` with `["peek", number, message ids, turns]`; and after `["send", 0]` the
connection gets the waiting replies, `["reply", 0, conv, text]`.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from contextlib import suppress
from datetime import timedelta
from typing import Any

from bot.errors import PolicyBotError
from bot.service.guide import Guide
from bot.service.ports import Store
from tests.echo_dialogue import NOW, message, note, noted
from tests.faults.mutants import STORES

# After this the reply of a killed sender can be sent again.
LEASE_SECONDS = 0.4


class Service:
    """One serving process: a store, its guide, and whoever connects."""

    def __init__(self, store: Store, guide: Guide) -> None:
        self._store = store
        self._guide = guide
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the lines of one connection."""
        while line := await reader.readline():
            kind, *rest = json.loads(line)
            work: Any = {"tell": self._tell, "peek": self._peek, "send": self._send}[kind]
            task = asyncio.create_task(work(writer, *rest))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _tell(
        self, writer: asyncio.StreamWriter, number: int, conv: str, message_id: str, text: str
    ) -> None:
        try:
            answered = await self._guide.answer(message(conv, message_id, text, push=True))
        except Exception as error:
            say(writer, "error", number, f"{type(error).__name__}: {error}")
        else:
            say(writer, "ack", number, answered.replies[0].text, answered.duplicate)

    async def _peek(self, writer: asyncio.StreamWriter, number: int, conv: str) -> None:
        session = await self._store.peek(conv)
        say(writer, "peek", number, noted(session), session.page if session else 0)

    async def _send(self, writer: asyncio.StreamWriter, number: int) -> None:
        # In order and one by one, as the platform takes them: a crash can repeat only one.
        while not writer.is_closing():
            # Only this clock runs alike in all processes.
            now = NOW + timedelta(seconds=time.monotonic())
            items = []
            with suppress(PolicyBotError):
                items = await self._store.due("telegram", now, 1)
                for item in items:
                    say(writer, "reply", number, item.conv, item.reply.text)
                    await writer.drain()
                    await self._store.sent(item)
            if not items:
                await asyncio.sleep(0.002)


def say(writer: asyncio.StreamWriter, *line: Any) -> None:
    """Write a JSON line, unless the other end has gone."""
    if not writer.is_closing():
        writer.write(json.dumps(line).encode() + b"\n")


async def run(kind: str, address: str, socket: str) -> None:
    """Serve until killed."""
    store: Store = STORES[kind](address, lease_seconds=LEASE_SECONDS)
    await store.open()
    async with Guide(store, note, clock=lambda: NOW) as guide:
        server = await asyncio.start_unix_server(Service(store, guide).serve, socket)
        await server.serve_forever()


def main() -> None:
    """Fork a child a line."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while line := sys.stdin.readline():
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            asyncio.run(run(*json.loads(line)))
            os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    main()
