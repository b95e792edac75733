"""Fork serving processes from one that has imported everything, so that a start is fast.

Reads one JSON line per child, `[store class, its address, socket path]`, and prints the child's
process id. A child opens the store, serves a Guide on the socket, and runs until it is killed.

A request has a number that its response repeats: `["deliver", number, conv, message id, text]`
gets `["ack", number, reply, duplicate]` or `["error", number, error]`, and
`["peek", number, conv]` gets `["peek", number, message ids, turns]`. After `["send", 0]` the
connection receives the replies of the outbox as `["reply", 0, conv, text]`.
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
from tests.echo_dialogue import NOW, echo_step, message, recorded_ids
from tests.faults.support.mutants import STORES

# After this the reply of a killed sender can be sent again.
LEASE_SECONDS = 0.4


class Service:
    """One serving process: a store, its guide, and the connections."""

    def __init__(self, store: Store, guide: Guide) -> None:
        self._store = store
        self._guide = guide
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        while line := await reader.readline():
            kind, *rest = json.loads(line)
            handlers: Any = {"deliver": self._deliver, "peek": self._peek, "send": self._send}
            task = asyncio.create_task(handlers[kind](writer, *rest))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _deliver(
        self, writer: asyncio.StreamWriter, number: int, conv: str, message_id: str, text: str
    ) -> None:
        try:
            answered = await self._guide.answer(message(conv, message_id, text, push=True))
        except Exception as error:
            write_line(writer, "error", number, f"{type(error).__name__}: {error}")
            return
        if answered.replies:
            write_line(writer, "ack", number, answered.replies[0].text, answered.duplicate)
        else:  # the stored reply was lost
            write_line(writer, "error", number, "no reply")

    async def _peek(self, writer: asyncio.StreamWriter, number: int, conv: str) -> None:
        session = await self._store.peek(conv)
        write_line(writer, "peek", number, recorded_ids(session), session.page if session else 0)

    async def _send(self, writer: asyncio.StreamWriter, number: int) -> None:
        # One by one and in order: a crash can then repeat only one reply.
        while not writer.is_closing():
            # The monotonic clock is the same in all processes.
            now = NOW + timedelta(seconds=time.monotonic())
            items = []
            with suppress(PolicyBotError):
                items = await self._store.due("telegram", now, 1)
                for item in items:
                    write_line(writer, "reply", number, item.conv, item.reply.text)
                    await writer.drain()
                    await self._store.sent(item)
            if not items:
                await asyncio.sleep(0.002)


def write_line(writer: asyncio.StreamWriter, *line: Any) -> None:
    """Write a JSON line, unless the connection is closed."""
    if not writer.is_closing():
        writer.write(json.dumps(line).encode() + b"\n")


async def run(kind: str, address: str, socket: str) -> None:
    """Serve until killed."""
    store: Store = STORES[kind](address, lease_seconds=LEASE_SECONDS)
    await store.open()
    async with Guide(store, echo_step, clock=lambda: NOW) as guide:
        server = await asyncio.start_unix_server(Service(store, guide).serve, socket)
        await server.serve_forever()


def main() -> None:
    """Fork one child per line."""
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
