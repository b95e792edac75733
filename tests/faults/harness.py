"""Drives serving processes and keeps the ledger of what they promised."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
GONE = (ConnectionError, asyncio.IncompleteReadError, BrokenPipeError)


@dataclass
class Ledger:
    """What was told, acknowledged and sent. `faults` is empty when every promise was kept."""

    told: dict[str, list[str]] = field(default_factory=dict)
    acks: dict[tuple[str, str], str] = field(default_factory=dict)
    replies: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    turns: int = 0
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    def acknowledged(self, conv: str, message_id: str, said: str) -> None:
        """Note an acknowledgement; the second one must say the same."""
        before = self.acks.setdefault((conv, message_id), said)
        if before != said:
            self.faults.append(f"{conv} {message_id}: said {before!r}, then {said!r}")
        self._more.set()

    async def reached(self, many: int) -> None:
        """Wait until so many messages have been acknowledged."""
        while len(self.acks) < many:
            self._more.clear()
            await self._more.wait()

    async def settled(self) -> None:
        """Wait until every reply has come, or for two seconds none."""
        quiet = 0
        while quiet < 20 and len(self.replies) < len(self.acks):
            before = self.replies.total()
            await asyncio.sleep(0.1)
            quiet = 0 if self.replies.total() > before else quiet + 1

    def state(self, conv: str, message_ids: list[str], turns: int) -> None:
        """Hold what is stored against what was told, all of which has been acknowledged."""
        self.turns += turns
        if message_ids != self.told[conv]:
            self.faults.append(f"{conv}: told {self.told[conv]}, kept {message_ids}")
        if turns != len(self.told[conv]):
            self.faults.append(f"{conv}: {len(self.told[conv])} messages made {turns} turns")

    def repeats(self) -> int:
        """How many replies were sent again; a reply never sent is a fault."""
        for key, said in self.acks.items():
            if not self.replies[key[0], said]:
                self.faults.append(f"{key}: the reply {said!r} was never sent")
        return self.replies.total() - len(self.replies)


class Process:
    """One serving process, reached over its socket."""

    def __init__(self, pid: int, socket: Path) -> None:
        self.pid = pid
        self.clients: list[Client] = []
        self._socket = socket

    async def connect(self) -> Client:
        """A connection, once the process serves."""
        for _ in range(1500):
            with suppress(FileNotFoundError, ConnectionRefusedError):
                self.clients.append(Client(*await asyncio.open_unix_connection(self._socket)))
                return self.clients[-1]
            await asyncio.sleep(0.003)
        raise TimeoutError(f"process {self.pid} does not serve")

    def kill(self) -> None:
        """kill -9."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    async def gone(self) -> None:
        """Wait until nothing is left of it."""
        with suppress(ProcessLookupError):
            while True:
                os.kill(self.pid, 0)
                await asyncio.sleep(0.001)


class Client:
    """A connection to a serving process. Raises ConnectionError once that is dead."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._numbers = itertools.count(1)
        self._ledger: Ledger | None = None
        self._task = asyncio.create_task(self._read())

    async def tell(self, ledger: Ledger, conv: str, message_id: str) -> bool:
        """Deliver a message and wait; whether it was acknowledged."""
        kind, _, said, *_ = await self._ask("tell", conv, message_id, message_id)
        if kind == "ack":
            ledger.acknowledged(conv, message_id, said)
        return bool(kind == "ack")

    async def peek(self, conv: str) -> tuple[list[str], int]:
        """The message ids in the session, and its turns."""
        _, _, message_ids, turns = await self._ask("peek", conv)
        return message_ids, turns

    def take_replies(self, ledger: Ledger) -> None:
        """From now on this connection takes what waits to be sent."""
        self._ledger = ledger
        self._writer.write(b'["send", 0]\n')

    async def close(self) -> None:
        """Hang up."""
        self._task.cancel()
        self._writer.close()
        with suppress(*GONE):
            await self._writer.wait_closed()

    async def _ask(self, kind: str, *rest: str) -> Any:
        if self._task.done():
            raise ConnectionResetError
        number = next(self._numbers)
        future = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._writer.write(json.dumps([kind, number, *rest]).encode() + b"\n")
        try:
            return await future
        finally:
            del self._waiting[number]

    async def _read(self) -> None:
        try:
            while line := await self._reader.readline():
                # A line cut off by the kill was not said.
                if line.endswith(b"\n"):
                    self._take(json.loads(line))
        except GONE:
            pass
        finally:
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(ConnectionResetError())

    def _take(self, line: list[Any]) -> None:
        kind, number, *rest = line
        if kind == "reply":
            if self._ledger is not None:
                self._ledger.replies[rest[0], rest[1]] += 1
            return
        future = self._waiting.get(number)
        if future is not None and not future.done():
            future.set_result(line)


class Nursery:
    """Starts serving processes."""

    def __init__(self, zygote: asyncio.subprocess.Process, folder: Path) -> None:
        self._zygote = zygote
        self._folder = folder
        self._count = 0
        self._alive: list[Process] = []
        self._one_at_a_time = asyncio.Lock()

    async def start(self, kind: str, address: str) -> Process:
        """A new serving process over this store."""
        async with self._one_at_a_time:
            return await self._start(kind, address)

    async def _start(self, kind: str, address: str) -> Process:
        self._count += 1
        socket = self._folder / f"s{self._count}"
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        self._zygote.stdin.write(json.dumps([kind, address, str(socket)]).encode() + b"\n")
        process = Process(int(await self._zygote.stdout.readline()), socket)
        self._alive.append(process)
        return process

    async def end(self) -> None:
        """End every process that was started, and hang up."""
        for process in self._alive:
            process.kill()
            for client in process.clients:
                await client.close()


@asynccontextmanager
async def nursery(folder: Path) -> AsyncIterator[Nursery]:
    """A nursery whose processes all end with it."""
    zygote = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.faults.fork_server",
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    made = Nursery(zygote, folder)
    try:
        yield made
    finally:
        await made.end()
        zygote.kill()
        await zygote.wait()


async def all_of(work: Iterable[Any]) -> None:
    """Await all; the first ConnectionError of a killed process is expected, others are not."""
    for result in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(result, BaseException) and not isinstance(result, GONE):
            raise result
