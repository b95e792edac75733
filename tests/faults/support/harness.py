"""Start serving processes, send them messages, and record what they acknowledged."""

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

ROOT = Path(__file__).parents[3]
CONNECTION_LOST = (ConnectionError, asyncio.IncompleteReadError, BrokenPipeError)


@dataclass
class DeliveryLog:
    """What was delivered, acknowledged and replied. `faults` is empty if nothing was lost,
    repeated or reordered.

    `delivered`: message ids by conversation; `acknowledged`: the reply by conversation and message
    id; `replies`: how often each conversation got each reply; `turns`: of the checked sessions.
    """

    delivered: dict[str, list[str]] = field(default_factory=dict)
    acknowledged: dict[tuple[str, str], str] = field(default_factory=dict)
    replies: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    turns: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def acknowledge(self, conv: str, message_id: str, reply: str) -> None:
        """Record an acknowledgement; a repeated one must have the same reply."""
        before = self.acknowledged.setdefault((conv, message_id), reply)
        if before != reply:
            self.faults.append(f"{conv} {message_id}: replied {before!r}, then {reply!r}")
        self._changed.set()

    async def wait_for_acknowledgements(self, count: int) -> None:
        """Wait until this many messages have been acknowledged."""
        while len(self.acknowledged) < count:
            self._changed.clear()
            await self._changed.wait()

    async def wait_for_replies(self) -> None:
        """Wait until every reply has arrived, or for two seconds none."""
        quiet = 0
        while quiet < 20 and len(self.replies) < len(self.acknowledged):
            before = self.replies.total()
            await asyncio.sleep(0.1)
            quiet = 0 if self.replies.total() > before else quiet + 1

    def check_session(self, conv: str, message_ids: list[str], turns: int) -> None:
        """Compare a stored session with the delivered messages, all of them acknowledged."""
        self.turns += turns
        delivered = self.delivered[conv]
        if message_ids != delivered:
            self.faults.append(f"{conv}: delivered {delivered}, stored {message_ids}")
        if turns != len(delivered):
            self.faults.append(f"{conv}: {len(delivered)} messages made {turns} turns")

    def repeated_replies(self) -> int:
        """Return how many replies were sent again; a reply never sent is a fault."""
        for key, reply in self.acknowledged.items():
            if not self.replies[key[0], reply]:
                self.faults.append(f"{key}: the reply {reply!r} was never sent")
        return self.replies.total() - len(self.replies)


class Process:
    """One serving process, connected to over its socket."""

    def __init__(self, pid: int, socket: Path) -> None:
        self.pid = pid
        self.clients: list[Client] = []
        self._socket = socket

    async def connect(self) -> Client:
        """Return a connection, once the process serves."""
        for _ in range(1500):
            with suppress(FileNotFoundError, ConnectionRefusedError):
                self.clients.append(Client(*await asyncio.open_unix_connection(self._socket)))
                return self.clients[-1]
            await asyncio.sleep(0.003)
        raise TimeoutError(f"process {self.pid} does not serve")

    def kill(self) -> None:
        """Send SIGKILL."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    async def wait_for_end(self) -> None:
        """Wait until the process no longer exists."""
        with suppress(ProcessLookupError):
            while True:
                os.kill(self.pid, 0)
                await asyncio.sleep(0.001)


class Client:
    """A connection to a serving process. Raises ConnectionError once the process is dead."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._numbers = itertools.count(1)
        self._log: DeliveryLog | None = None
        self._task = asyncio.create_task(self._read())

    async def deliver(self, log: DeliveryLog, conv: str, message_id: str) -> bool:
        """Deliver a message and return whether it was acknowledged."""
        kind, _, reply, *_ = await self._request("deliver", conv, message_id, message_id)
        if kind == "ack":
            log.acknowledge(conv, message_id, reply)
        return bool(kind == "ack")

    async def peek(self, conv: str) -> tuple[list[str], int]:
        """Return the message ids in the stored session, and its number of turns."""
        _, _, message_ids, turns = await self._request("peek", conv)
        return message_ids, turns

    def receive_replies(self, log: DeliveryLog) -> None:
        """Receive the replies of the outbox on this connection from now on."""
        self._log = log
        self._writer.write(b'["send", 0]\n')

    async def close(self) -> None:
        """Close the connection."""
        self._task.cancel()
        self._writer.close()
        with suppress(*CONNECTION_LOST):
            await self._writer.wait_closed()

    async def _request(self, kind: str, *rest: str) -> Any:
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
                # The kill may have cut a line off.
                if line.endswith(b"\n"):
                    self._receive(json.loads(line))
        except CONNECTION_LOST:
            pass
        finally:
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(ConnectionResetError())

    def _receive(self, line: list[Any]) -> None:
        kind, number, *rest = line
        if kind == "reply":
            if self._log is not None:
                self._log.replies[rest[0], rest[1]] += 1
            return
        future = self._waiting.get(number)
        if future is not None and not future.done():
            future.set_result(line)


class ProcessStarter:
    """Starts serving processes through the fork server."""

    def __init__(self, fork_server: asyncio.subprocess.Process, folder: Path) -> None:
        self._fork_server = fork_server
        self._folder = folder
        self._count = 0
        self._started: list[Process] = []
        self._lock = asyncio.Lock()

    async def start(self, kind: str, address: str) -> Process:
        """Start a process that serves the store of this class at this address."""
        async with self._lock:
            self._count += 1
            socket = self._folder / f"s{self._count}"
            assert self._fork_server.stdin is not None
            assert self._fork_server.stdout is not None
            line = json.dumps([kind, address, str(socket)]).encode() + b"\n"
            self._fork_server.stdin.write(line)
            process = Process(int(await self._fork_server.stdout.readline()), socket)
            self._started.append(process)
            return process

    async def kill_all(self) -> None:
        """Kill every started process and close its connections."""
        for process in self._started:
            process.kill()
            for client in process.clients:
                await client.close()


@asynccontextmanager
async def process_starter(folder: Path) -> AsyncIterator[ProcessStarter]:
    """Yield a starter whose processes are killed at the end; sockets are in `folder`."""
    fork_server = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.faults.support.fork_server",
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    starter = ProcessStarter(fork_server, folder)
    try:
        yield starter
    finally:
        await starter.kill_all()
        fork_server.kill()
        await fork_server.communicate()


async def wait_for_all(work: Iterable[Any]) -> None:
    """Await all; lost connections to killed processes are expected, other errors are raised."""
    for result in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(result, BaseException) and not isinstance(result, CONNECTION_LOST):
            raise result
