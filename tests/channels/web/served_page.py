"""Run `python -m bot serve` as a separate process with its own store."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.knowledge_base import ROOT


@dataclass(frozen=True)
class Service:
    """The URL and the process of the service."""

    url: str
    process: subprocess.Popen[str]

    @property
    def resident(self) -> float:
        """Resident memory of the process in megabytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("ascii")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1000


@contextmanager
def served(folder: Path, **settings: str) -> Iterator[Service]:
    """Run the service with its data in this folder and without rate limits."""
    own = {
        "LISTEN": "127.0.0.1:0",
        "STORE": f"sqlite:///{folder}/service.db",
        "SECRET": "only for tests and benchmarks, never for people",
        "LIMITS__USER_PER_MINUTE": "0",
        "LIMITS__ADDRESS_PER_MINUTE": "0",
        "LIMITS__ADDRESS_READS_PER_MINUTE": "0",
        **settings,
    }
    env = {**os.environ, **{f"POLICYBOT_{name}": value for name, value in own.items()}}
    with (folder / "service.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "serve"],
            cwd=ROOT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            encoding="utf-8",
        )
        try:
            yield Service(_address(process, folder), process)
        finally:
            process.terminate()
            process.communicate(timeout=20)


def _address(process: subprocess.Popen[str], folder: Path) -> str:
    assert process.stdout
    for line in process.stdout:
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        if found:
            return found[0]
    said = (folder / "service.log").read_text("utf-8")
    raise AssertionError(f"the service did not start: {said[-2000:]}")
