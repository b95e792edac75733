"""Run `python -m bot serve` as a separate process in its own folder."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.knowledge_base import KNOWLEDGE, ROOT, linked_cache

# Seconds; long, because the machine may be loaded.
PATIENCE = 60.0
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


@dataclass(frozen=True)
class Home:
    """The folder of a service: its settings, and the data it stores."""

    folder: Path

    @property
    def database(self) -> Path:
        """Return the SQLite file of the default settings."""
        return self.folder / "data" / "bot.db"

    @classmethod
    def made(
        cls,
        folder: Path,
        cache: Path,
        more: str = "",
        *,
        knowledge: Path = KNOWLEDGE,
        listen: str = "127.0.0.1:0",
    ) -> Home:
        """Create the folder, with this knowledge and without rate limits. `cache`: existing
        cache files."""
        (folder / "data").mkdir(parents=True)
        linked_cache(cache, folder / "data" / "cache")
        (folder / "config.yaml").write_text(
            f"listen: {listen}\nknowledge: {knowledge}\n"
            f"limits: {{user_per_minute: 0, address_per_minute: 0}}\n{more}",
            "utf-8",
        )
        return cls(folder)


@dataclass(frozen=True)
class Served:
    """A started service with its output files."""

    home: Home
    process: subprocess.Popen[bytes]
    out_file: Path
    err_file: Path

    @classmethod
    def started(
        cls, home: Home, env: Mapping[str, str] | None = None, prefix: Sequence[str] = ()
    ) -> Served:
        """Start the process; it does not listen yet. `prefix`: a command that runs another."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("POLICYBOT_")}
        own = {**inherited, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", **(env or {})}
        number = len(list(home.folder.glob("out-*")))
        out, err = (home.folder / f"{name}-{number}" for name in ("out", "err"))
        with out.open("wb") as out_stream, err.open("wb") as err_stream:
            process = subprocess.Popen(
                [*prefix, sys.executable, "-m", "bot", "serve"],
                cwd=home.folder,
                env=own,
                stdin=subprocess.DEVNULL,
                stdout=out_stream,
                stderr=err_stream,
            )
        return cls(home, process, out, err)

    @property
    def out(self) -> str:
        """Return the standard output so far."""
        return self.out_file.read_text("utf-8")

    @property
    def err(self) -> str:
        """Return the standard error output so far, the log."""
        return self.err_file.read_text("utf-8")

    @property
    def url(self) -> str:
        """Return the base URL, once the service listens."""
        self.until(lambda: bool(_ADDRESS.search(self.out)) or self.process.poll() is not None)
        found = _ADDRESS.search(self.out)
        assert found, f"the service did not start: {self.err[-2000:]}"
        return found[0]

    def until(self, ready: Callable[[], bool], seconds: float = PATIENCE) -> float:
        """Wait until `ready` is true and return the seconds it took. Fails after `seconds`."""
        began = time.monotonic()
        while not ready():
            assert time.monotonic() - began < seconds, f"timed out: {self.err[-2000:]}"
            time.sleep(0.02)
        return time.monotonic() - began

    def says(self, user: str, said: str, message_id: str = "") -> dict[str, Any]:
        """Return the answer of /api/v1/chat to a text, or to a choice id if it looks like one."""
        kind = "choice" if said[1:2] == ":" else "text"
        body = {"user": user, kind: said, "message_id": message_id}
        answer = httpx.post(f"{self.url}/api/v1/chat", json=body, timeout=PATIENCE)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def ready(self) -> dict[str, Any]:
        """Return /readyz, whose status must be 200."""
        answer = httpx.get(f"{self.url}/readyz", timeout=PATIENCE)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def ended(self) -> int:
        """Wait for the process to end; return the exit code."""
        return self.process.wait(PATIENCE)

    def stop(self) -> int:
        """Send SIGTERM; return the exit code."""
        self.process.terminate()
        return self.ended()

    def kill(self) -> None:
        """Send SIGKILL and wait for the end."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()


@contextmanager
def served(
    home: Home, env: Mapping[str, str] | None = None, prefix: Sequence[str] = ()
) -> Iterator[Served]:
    """Yield a service that is killed at the end in any case."""
    running = Served.started(home, env, prefix)
    try:
        yield running
    finally:
        running.kill()
