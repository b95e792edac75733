"""Messages for the admin when the service starts or cannot start."""

from __future__ import annotations

import errno
import os
import socket
from contextlib import closing

import pytest

from bot.channels.web.app import build_web
from bot.channels.web.http.server import announce, listen
from bot.errors import ChannelError, reason
from tests.channels.web.scripted_guide import ScriptedGuide, scripted_deps


async def refused(host: str, port: int) -> str:
    """Return the message for an address that cannot be bound."""
    web = build_web(scripted_deps(ScriptedGuide()))
    with pytest.raises(ChannelError) as caught:
        await listen(web, [(host, port)], ("127.0.0.1",), lambda _: None)
    return str(caught.value)


async def test_an_address_that_cannot_be_bound_gives_the_reason_and_advice_in_chinese() -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert await refused("127.0.0.1", port) == (
            f"网页服务不能监听 127.0.0.1:{port}：端口已被占用。换一个端口，或先停掉占用它的程序。"
        )
    # An address reserved for documentation, which no machine has.
    assert await refused("203.0.113.7", 8080) == (
        "网页服务不能监听 203.0.113.7:8080：这台机器没有这个地址。"
        "只给本机用写 127.0.0.1，要让手机打开写 0.0.0.0。"
    )
    assert await refused("no such host", 8080) == (
        "网页服务不能监听 no such host:8080：认不出这个地址。请检查 listen 里的地址。"
    )


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_a_wildcard_address_is_printed_as_one_that_can_be_opened(
    capsys: pytest.CaptureFixture[str], host: str
) -> None:
    announce([(host, 8080)], [], [], "https://guide.example.org", product="某某通")
    printed = capsys.readouterr().out
    here = "127.0.0.1" if host == "0.0.0.0" else "[::1]"
    assert f"网页　　　http://{here}:8080/\n" in printed
    assert "手机扫码打开 https://guide.example.org" in printed


@pytest.mark.parametrize(
    "number", [errno.EACCES, errno.ENOENT, errno.EROFS, errno.ENOSPC, errno.EADDRINUSE]
)
def test_known_system_errors_are_translated(number: int) -> None:
    said = reason(OSError(number, os.strerror(number)))
    assert said.isascii() is False
    assert os.strerror(number) not in said


def test_unknown_system_errors_keep_their_message() -> None:
    assert reason(OSError(errno.ELOOP, "Too many links")) == "Too many links"
    assert reason(OSError("odd")) == "odd"
