"""A PostgreSQL primary and its synchronous standby, of which tests stop the primary."""

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


class ReplicaPair:
    """Two servers on loopback. The standby does not exist until `add_standby`."""

    def __init__(self, parent: Path) -> None:
        self.ports = _free_ports(2)
        self._folders = [parent / "a", parent / "b"]
        for folder in self._folders:
            folder.mkdir()
        listening = ("listen_addresses = '127.0.0.1'", f"port = {self.ports[0]}")
        self.primary = Server.embedded(self._folders[0], *listening)
        self.standby: Server | None = None

    @property
    def url(self) -> str:
        """Return the URL of both servers, the current primary first."""
        first = self._port(self.primary)
        return self.url_of(first, sum(self.ports) - first)

    def url_of(self, *ports: int) -> str:
        """Return the URL of the servers on these ports, in the form of the README."""
        hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
        return f"postgresql://postgres@{hosts}/postgres?target_session_attrs=read-write"

    async def query(self, server: Server, sql: str, *values: Any) -> Any:
        """Return one value from one of the servers."""
        url = self.url_of(self._port(server))
        connection = await asyncpg.connect(url.partition("?")[0])
        try:
            return await connection.fetchval(sql, *values)
        finally:
            await connection.close()

    async def add_standby(self, *, synchronous: bool = True) -> None:
        """Make the other server a fresh copy of the primary and its standby. `synchronous`: from
        then on a commit waits for the standby."""
        place = 1 - self._folders.index(_folder(self.primary))
        _kill(self._folders[place])
        await self._set_synchronous("")
        await asyncio.to_thread(self._copy, self._folders[place], place)
        if synchronous:
            # Set after the copy: the standby must not wait for another one once it is promoted.
            await self._set_synchronous("*")
        sql = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = $1"
        state = "sync" if synchronous else "async"
        async with asyncio.timeout(60):
            while not await self.query(self.primary, sql, state):
                pass

    async def cut_replication(self) -> None:
        """Stop the process that sends changes to the standby."""
        sender = await self.query(self.primary, "SELECT pid FROM pg_stat_replication")
        os.kill(sender, signal.SIGSTOP)

    def freeze_primary(self) -> None:
        """Stop all processes of the primary: it accepts connections and never answers."""
        for process in _processes(_folder(self.primary)):
            os.kill(process, signal.SIGSTOP)

    def kill_primary(self) -> None:
        """Kill every process of the primary at once, as a power cut would."""
        _kill(_folder(self.primary))

    async def promote_standby(self) -> None:
        """Make the standby the primary; the other server is unused until `add_standby`."""
        assert self.standby is not None
        self.primary, self.standby = self.standby, None
        await asyncio.to_thread(self.primary.control, "promote", "-w")

    def stop(self) -> None:
        """Kill both servers."""
        for folder in self._folders:
            _kill(folder)

    async def _set_synchronous(self, standbys: str) -> None:
        sql = f"ALTER SYSTEM SET synchronous_standby_names = '{standbys}'"
        await self.query(self.primary, sql)
        await self.query(self.primary, "SELECT pg_reload_conf()")

    def _copy(self, folder: Path, place: int) -> None:
        shutil.rmtree(folder / "data", ignore_errors=True)
        for stale_socket in folder.glob(".s.PGSQL.*"):
            stale_socket.unlink()
        standby = Server("", folder, self.primary.binaries)
        standby.grant_access()
        where = ("-h", "127.0.0.1", "-p", str(self._port(self.primary)), "-U", "postgres")
        standby.run("pg_basebackup", "-D", str(folder / "data"), *where, *COPY)
        with (folder / "data" / "postgresql.conf").open("a") as file:
            file.write(f"port = {self.ports[place]}\nunix_socket_directories = '{folder}'\n")
            # By default a promotion may wait for the retry interval of five seconds.
            file.write("wal_retrieve_retry_interval = 100ms\n")
        standby.start()
        self.standby = standby

    def _port(self, server: Server) -> int:
        return self.ports[self._folders.index(_folder(server))]


@contextmanager
def replica_pair() -> Iterator[ReplicaPair]:
    """Yield a pair without its standby; both servers are killed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    servers = ReplicaPair(folder)
    try:
        yield servers
    finally:
        servers.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _folder(server: Server) -> Path:
    assert server.folder is not None
    return server.folder


def _processes(folder: Path) -> list[int]:
    """Return the process ids of the postmaster and its children, if they run."""
    with suppress(FileNotFoundError):
        postmaster = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text()
        return [postmaster, *map(int, children.split())]
    return []


def _kill(folder: Path) -> None:
    processes = _processes(folder)
    # Stop the postmaster first: it would start recovery when a child dies.
    for process, number in [
        *((process, signal.SIGSTOP) for process in processes[:1]),
        *((process, signal.SIGKILL) for process in reversed(processes)),
    ]:
        with suppress(ProcessLookupError):
            os.kill(process, number)
    (folder / "data" / "postmaster.pid").unlink(missing_ok=True)


def _free_ports(count: int) -> list[int]:
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports
