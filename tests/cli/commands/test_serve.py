"""`serve`: the address and the browser of the command line."""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path
from subprocess import PIPE, Popen

import httpx
import pytest

from tests.cli.processes import PYTHON, WAIT, environment, opened, run
from tests.content.sample_knowledge import playable
from tests.knowledge_base import linked_cache


@pytest.fixture
def folder(tmp_path: Path, cache: Path) -> Path:
    """A folder with settings for another port, a small knowledge, and the tables of words."""
    knowledge = playable(tmp_path / "knowledge")
    linked_cache(cache, tmp_path / "data" / "cache")
    (tmp_path / "config.yaml").write_text(
        f"listen: 127.0.0.1:1\nknowledge: {knowledge}\n", encoding="utf-8"
    )
    return tmp_path


def test_the_command_line_sets_the_address_and_opens_the_page_in_a_browser(folder: Path) -> None:
    browser = folder / "browser.py"
    browser.write_text(
        "import pathlib, sys\n"
        "page = pathlib.Path(__file__).with_name('opened')\n"
        "page.with_suffix('.part').write_text(sys.argv[1])\n"
        "page.with_suffix('.part').rename(page)\n",
        encoding="utf-8",
    )
    command = [*PYTHON, "serve", "--listen", "127.0.0.1:0", "--open"]
    env = environment(BROWSER=f"{sys.executable} {browser} %s")
    with Popen(command, cwd=folder, env=env, stdout=PIPE) as process:
        try:
            said = ""
            while "http://127.0.0.1:" not in said:
                line = opened(process.stdout).readline().decode("utf-8")
                assert line, said
                said += line
            url = said.split()[-1]
            assert httpx.get(f"{url}healthz", timeout=WAIT).json() == {"status": "ok"}
            shown = folder / "opened"
            deadline = time.monotonic() + WAIT
            while not shown.exists() and time.monotonic() < deadline:
                time.sleep(0.05)
            assert shown.read_text() == url
        finally:
            process.terminate()
            process.wait(WAIT)


def test_an_address_that_cannot_be_read_is_a_fault(folder: Path) -> None:
    done = run(folder, "serve", "--listen", "8080")
    assert done.returncode == 1
    assert "--listen：“8080”不是“地址:端口”" in done.stderr.decode("utf-8")


@pytest.fixture
def port() -> int:
    """A port that is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_standard_output_without_a_reader_does_not_end_the_service(
    folder: Path, port: int
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [*PYTHON, "serve", "--listen", f"127.0.0.1:{port}"]
    with Popen(command, cwd=folder, env=environment(), stdout=writing, stderr=PIPE) as process:
        os.close(writing)
        try:
            log = ""
            while "announcement_not_printed" not in log:
                line = opened(process.stderr).readline().decode("utf-8")
                assert line, log
                log += line
            url = f"http://127.0.0.1:{port}/healthz"
            assert httpx.get(url, timeout=WAIT).json() == {"status": "ok"}
        finally:
            process.terminate()
            assert process.wait(WAIT) == 0


@pytest.mark.parametrize("redirect", [">&-", "2>&- <&-", ">&- 2>&- <&-", ">/dev/full"])
def test_closed_or_full_streams_do_not_end_the_service(
    folder: Path, port: int, redirect: str
) -> None:
    command = [*PYTHON, "serve", "--listen", f"127.0.0.1:{port}"]
    shell = ["sh", "-c", f'exec "$@" {redirect}', "sh", *command]
    with Popen(shell, cwd=folder, env=environment(), stdout=PIPE, stderr=PIPE) as process:
        try:
            deadline = time.monotonic() + WAIT
            while not healthy(port):
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
            assert process.poll() is None
        finally:
            process.terminate()
            assert process.wait(WAIT) == 0


def healthy(port: int) -> bool:
    """Return whether the service answers."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz").is_success
    except httpx.TransportError:
        return False
