"""A PostgreSQL primary and its synchronous standby, of which the primary may die at any moment."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg

from tests.postgres import Server

COPY = ("--checkpoint=fast", "--wal-method=stream", "--write-recovery-conf", "--no-sync")


class Pair:
    """Two servers on loopback."""

    def __init__(self, home: Path) -> None:
        self.ports = _free_ports(2)
        self._folders = [home / "a", home / "b"]
        for folder in self._folders:
            folder.mkdir()
        listening = ("listen_addresses = '127.0.0.1'", f"port = {self.ports[0]}")
        self.primary = Server.embedded(self._folders[0], *listening)
        self.standby: Server | None = None

    @property
    def url(self) -> str:
        """Both servers, as the README gives them for a fail-over, the primary of now first."""
        first = self._port(self.primary)
        return self.url_of(first, sum(self.ports) - first)

    def url_of(self, *ports: int) -> str:
        """The servers on these ports."""
        hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
        return f"postgresql://postgres@{hosts}/postgres?target_session_attrs=read-write"

    async def ask(self, server: Server, sql: str, *values: Any) -> Any:
        """One value from one of the two."""
        url = self.url_of(self._port(server))
        connection = await asyncpg.connect(url.partition("?")[0])
        try:
            return await connection.fetchval(sql, *values)
        finally:
            await connection.close()

    async def join(self, *, synchronous: bool = True) -> None:
        """Make the server that is not the primary its standby, with nothing of its own.
        `synchronous`: from then on a commit waits for it."""
        place = 1 - self._folders.index(_folder(self.primary))
        _kill(self._folders[place])
        await self._wait_for("")
        await asyncio.to_thread(self._copy, self._folders[place], place)
        if synchronous:
            # Only now, so that it is no part of the copy: once promoted, that waits for nobody.
            await self._wait_for("*")
        sql = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = $1"
        state = "sync" if synchronous else "async"
        async with asyncio.timeout(10):
            while not await self.ask(self.primary, sql, state):
                pass

    async def part(self) -> None:
        """Nothing reaches the standby any more."""
        sender = await self.ask(self.primary, "SELECT pid FROM pg_stat_replication")
        os.kill(sender, signal.SIGSTOP)

    def hang(self) -> None:
        """The primary stands still: it takes connections, and no answer ever comes."""
        for process in _processes(_folder(self.primary)):
            os.kill(process, signal.SIGSTOP)

    def kill(self) -> None:
        """The primary loses power: every process is gone at once, in the middle of a word."""
        _kill(_folder(self.primary))

    async def promote(self) -> None:
        """Make the standby the primary; the other has no place until it joins."""
        assert self.standby is not None
        self.primary, self.standby = self.standby, None
        await asyncio.to_thread(self.primary.control, "promote", "-w")

    def end(self) -> None:
        """Stop what runs."""
        for folder in self._folders:
            _kill(folder)

    async def _wait_for(self, standbys: str) -> None:
        sql = f"ALTER SYSTEM SET synchronous_standby_names = '{standbys}'"
        await self.ask(self.primary, sql)
        await self.ask(self.primary, "SELECT pg_reload_conf()")

    def _copy(self, folder: Path, place: int) -> None:
        shutil.rmtree(folder / "data", ignore_errors=True)
        for socket_of_the_dead in folder.glob(".s.PGSQL.*"):
            socket_of_the_dead.unlink()
        standby = Server("", folder, self.primary.binaries)
        standby.grant_access()
        where = ("-h", "127.0.0.1", "-p", str(self._port(self.primary)), "-U", "postgres")
        standby.run("pg_basebackup", "-D", str(folder / "data"), *where, *COPY)
        with (folder / "data" / "postgresql.conf").open("a") as file:
            file.write(f"port = {self.ports[place]}\nunix_socket_directories = '{folder}'\n")
            # Else a promotion may wait for the five seconds after which it looks for its primary.
            file.write("wal_retrieve_retry_interval = 100ms\n")
        standby.start()
        self.standby = standby

    def _port(self, server: Server) -> int:
        return self.ports[self._folders.index(_folder(server))]


@contextmanager
def pair() -> Iterator[Pair]:
    """A pair that is gone afterwards; its standby has yet to join."""
    home = Path(tempfile.mkdtemp(prefix="pg-"))
    made = Pair(home)
    try:
        yield made
    finally:
        made.end()
        shutil.rmtree(home, ignore_errors=True)


def _folder(server: Server) -> Path:
    assert server.folder is not None
    return server.folder


def _processes(folder: Path) -> list[int]:
    """The postmaster and its children, if they run."""
    with suppress(FileNotFoundError):
        postmaster = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text()
        return [postmaster, *map(int, children.split())]
    return []


def _kill(folder: Path) -> None:
    processes = _processes(folder)
    # First of all the postmaster stops: it would begin to recover from a dead child.
    for process, blow in [
        *((process, signal.SIGSTOP) for process in processes[:1]),
        *((process, signal.SIGKILL) for process in reversed(processes)),
    ]:
        with suppress(ProcessLookupError):
            os.kill(process, blow)
    (folder / "data" / "postmaster.pid").unlink(missing_ok=True)


def _free_ports(many: int) -> list[int]:
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(many)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports
