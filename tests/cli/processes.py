"""Run commands of the program as processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from tests.knowledge_base import ROOT

PYTHON = (sys.executable, "-m", "bot")
# Seconds before a process counts as hanging.
WAIT = 120


def environment(**more: str) -> dict[str, str]:
    """The environment of the tests without settings of the program."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("POLICYBOT_")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "0", "LC_ALL": "C.UTF-8", **more}


def run(
    folder: Path, *arguments: str, typed: bytes = b"", redirect: str = "", **more: str
) -> subprocess.CompletedProcess[bytes]:
    """Run one command in a folder to its end. `redirect`: a redirection of the shell, such as
    `>&-`. `more`: environment variables."""
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {redirect}', "sh", *PYTHON, *arguments],
        cwd=folder,
        input=typed,
        capture_output=True,
        env=environment(**more),
        timeout=WAIT,
        check=False,
    )


def lines(output: bytes) -> list[dict[str, Any]]:
    """The objects of an output of JSON lines."""
    return [json.loads(line) for line in output.decode("utf-8").splitlines()]


class Pipe:
    """A running command that is written to and read from line by line."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [*PYTHON, *arguments],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        )

    def say(self, line: bytes | dict[str, Any]) -> dict[str, Any]:
        """Send one line and return the line that answers it; nothing is sent after it."""
        data = line if isinstance(line, bytes) else json.dumps(line).encode()
        opened(self.process.stdin).write(data + b"\n")
        opened(self.process.stdin).flush()
        answer: dict[str, Any] = json.loads(opened(self.process.stdout).readline())
        return answer

    def close(self) -> tuple[int, bytes, bytes]:
        """End the input; return the exit code and the rest of both outputs."""
        out, err = self.process.communicate(timeout=WAIT)
        return self.process.returncode, out, err


StartPipe = Callable[..., Pipe]


def opened(stream: IO[bytes] | None) -> IO[bytes]:
    """A stream of a process that was started with a pipe for it."""
    assert stream is not None
    return stream
