"""Drive an old Chromium over its debugging protocol, which Playwright does not speak any more."""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

MAX_SECONDS = 240
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--single-process",
    "--no-zygote",
    "--remote-debugging-port=0",
    "--window-size=390,844",
    "about:blank",
)


@dataclass
class OldBrowser:
    """A page of the browser. `faults` lists the uncaught errors of scripts."""

    connection: socket.socket
    incoming: BinaryIO
    faults: list[str] = field(default_factory=list)
    last_id: int = 0

    def call(self, method: str, **params: object) -> dict[str, Any]:
        """Call a method of the protocol; return its result."""
        self.last_id += 1
        self._send(json.dumps({"id": self.last_id, "method": method, "params": params}).encode())
        while True:
            message = self._receive()
            if message.get("method") == "Runtime.exceptionThrown":
                self.faults.append(json.dumps(message["params"]))
            if message.get("id") == self.last_id:
                result: dict[str, Any] = message["result"]
                return result

    def evaluate(self, script: str) -> Any:
        """Return the value of an expression of the page."""
        return self.call("Runtime.evaluate", expression=script, returnByValue=True)["result"].get(
            "value"
        )

    def until(self, ready: Callable[[], object], seconds: float = 60) -> None:
        """Wait until `ready` is true. Fails after `seconds`."""
        ends = time.monotonic() + seconds
        while not ready():
            assert time.monotonic() < ends, self.evaluate("document.body.innerText")
            time.sleep(0.05)

    def open(self, url: str) -> None:
        """Open a page and wait for its scripts."""
        self.call("Page.navigate", url=url)
        self.until(lambda: self.evaluate(f"location.href.indexOf('{url}') === 0"))
        self.until(lambda: self.evaluate("document.readyState === 'complete'"))

    def _send(self, data: bytes) -> None:
        mask = os.urandom(4)
        short = len(data) < 126
        size = bytes([0x80 | len(data)]) if short else b"\xfe" + struct.pack(">H", len(data))
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(data))
        self.connection.sendall(b"\x81" + size + mask + masked)

    def _receive(self) -> dict[str, Any]:
        size = self.incoming.read(2)[1]
        if size == 126:
            (size,) = struct.unpack(">H", self.incoming.read(2))
        elif size == 127:
            (size,) = struct.unpack(">Q", self.incoming.read(8))
        message: dict[str, Any] = json.loads(self.incoming.read(size))
        return message


@contextmanager
def old_browser(program: Path) -> Iterator[OldBrowser]:
    """Start the program and yield a page of it. It ends after MAX_SECONDS at the latest."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = subprocess.Popen(
            [program, f"--user-data-dir={folder}", *ARGUMENTS], stderr=subprocess.PIPE, text=True
        )
        alarm = threading.Timer(MAX_SECONDS, process.kill)
        alarm.start()
        # A full pipe would stop the program.
        drain = threading.Thread(target=_drain, args=(process,))
        with process:
            try:
                port = _debugging_port(process)
                drain.start()
                with _page(port) as page:
                    yield page
            finally:
                alarm.cancel()
                process.kill()
                if drain.is_alive():
                    drain.join()


def _drain(process: subprocess.Popen[str]) -> None:
    assert process.stderr
    for _ in process.stderr:
        pass


def _debugging_port(process: subprocess.Popen[str]) -> int:
    assert process.stderr
    for line in process.stderr:
        if "DevTools listening on" in line:
            return int(line.rpartition("127.0.0.1:")[2].partition("/")[0])
    raise AssertionError("the old browser did not start")


@contextmanager
def _page(port: int) -> Iterator[OldBrowser]:
    pages: list[dict[str, str]] = []
    while not pages:  # the first page opens shortly after the port
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=60) as answer:
            pages = json.load(answer)
    path = pages[0]["webSocketDebuggerUrl"].partition(f":{port}")[2]
    key = base64.b64encode(os.urandom(16)).decode()
    with (
        socket.create_connection(("127.0.0.1", port), timeout=60) as connection,
        connection.makefile("rb") as incoming,
    ):
        connection.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        while incoming.readline().strip():
            pass
        page = OldBrowser(connection, incoming)
        for domain in ("Runtime", "Page"):
            page.call(f"{domain}.enable")
        yield page
