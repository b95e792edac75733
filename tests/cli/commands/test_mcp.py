"""`mcp`: the tools over standard input and output, and over HTTP, as real processes."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters

from bot.cli.main import main
from tests.cli.processes import PYTHON, WAIT, environment, opened
from tests.knowledge_base import ROOT

LOAN = "startup-guarantee-loan"


async def test_a_client_starts_the_command_and_quotes_a_support(home: Path) -> None:
    command, *arguments = PYTHON
    process = StdioServerParameters(
        command=command, args=[*arguments, "mcp"], cwd=home, env=environment()
    )
    async with Client(process) as client:
        listed = await client.list_tools()
        found = await client.call_tool("search_supports", {"query": "休学创业能保留学籍吗"})
    assert len(listed.tools) == 4
    assert found.structured_content is not None
    assert found.structured_content["outcome"] == "answer"
    assert found.structured_content["supports"][0]["id"] == "leave-and-keep-enrolment"


@pytest.fixture
def served(home: Path) -> Iterator[str]:
    """Start the command on a free port and yield its address; it must end at SIGTERM."""
    process = subprocess.Popen(
        [*PYTHON, "mcp", "--http", "127.0.0.1:0"],
        cwd=home,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        said = opened(process.stdout).readline().decode("utf-8")
        found = re.search(r"http://127\.0\.0\.1:\d+/mcp", said)
        assert found, said
        yield found[0]
        process.send_signal(signal.SIGTERM)
        assert process.wait(WAIT) == 0
    finally:
        process.kill()
        process.communicate()


async def test_the_tools_are_served_over_http(served: str) -> None:
    async with Client(served) as client:
        found = await client.call_tool("get_support", {"id": LOAN})
    assert found.structured_content is not None
    assert found.structured_content["title"] == "创业担保贷款"


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("8090", "地址:端口"),
        ("127.0.0.1:1,127.0.0.1:2", "只能写一个"),
        ("0.0.0.0:1", "public_url"),
    ],
)
def test_an_address_that_cannot_be_used_is_explained(
    small_home: Path, address: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    config = str(small_home / "config.yaml")
    assert main(["--config", config, "mcp", "--http", address]) == 1
    assert told in capsys.readouterr().err


def test_no_other_command_imports_the_sdk() -> None:
    """It takes half a second and 25 MB."""
    code = (
        "import sys, bot.cli.main, bot.app.server\n"
        "from bot.cli.commands import ask, chat, knowledge, mcp, serve\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('mcp', 'mcp_types')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        check=True,
        timeout=WAIT,
    )
    assert done.stdout == b"[]\n"
