"""The client of the platform's API."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from bot.channels.wechat.api_client import WeChatApi, menu_data
from bot.errors import ChannelError
from tests.channels.fake_guide import NOW, now
from tests.channels.sockets import serving
from tests.channels.wechat.wechat_api_server import WeChatApiServer


@dataclass(frozen=True)
class Button:
    """A menu button as the settings have it."""

    name: str
    choice: str = ""
    url: str = ""
    children: Sequence[Button] = ()


MENU = (
    Button("适合我的", "c:results"),
    Button("更多", children=(Button("帮助", "c:help"), Button("网页", url="https://a.cn/"))),
)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time


@asynccontextmanager
async def connected(
    server: WeChatApiServer, clock: Clock | None = None, secret: str = "top-secret"
) -> AsyncIterator[WeChatApi]:
    """Connect a client to this server."""
    async with serving(server.routes()) as url:
        api = WeChatApi("wx1", secret, clock or now, base_url=url)
        try:
            yield api
        finally:
            await api.close()


async def test_the_menu_is_published_as_unescaped_utf8() -> None:
    server = WeChatApiServer()
    async with connected(server) as api:
        await api.publish_menu(MENU)

    assert server.menus == [
        {
            "button": [
                {"type": "click", "name": "适合我的", "key": "c:results"},
                {
                    "name": "更多",
                    "sub_button": [
                        {"type": "click", "name": "帮助", "key": "c:help"},
                        {"type": "view", "name": "网页", "url": "https://a.cn/"},
                    ],
                },
            ]
        }
    ]
    assert "适合我的".encode() in server.raw[0]


async def test_concurrent_calls_share_one_token() -> None:
    server = WeChatApiServer()
    async with connected(server) as api:
        await asyncio.gather(*(api.send_text("o1", f"第{i}") for i in range(5)))
        await api.send_text("o1", "铃\x07")

    assert server.tokens == 1
    assert server.messages[-1] == {
        "touser": "o1", "msgtype": "text", "text": {"content": "铃"},
    }  # fmt: skip


async def test_a_token_is_renewed_before_it_expires() -> None:
    server, clock = WeChatApiServer(), Clock()
    async with connected(server, clock) as api:
        await api.send_text("o1", "一")
        clock.time += timedelta(minutes=116)
        await api.send_text("o1", "二")

    assert (server.tokens, len(server.messages)) == (2, 2)


async def test_a_token_that_another_process_invalidated_is_renewed_once() -> None:
    server = WeChatApiServer()
    async with connected(server) as api:
        await api.send_text("o1", "一")
        server.tokens += 1
        await api.send_text("o1", "二")

    assert len(server.messages) == 2


@pytest.mark.parametrize(
    ("code", "line"),
    [(45015, "48 小时"), (45047, "条数"), (48001, "权限"), (99999, "errcode 99999")],
)
async def test_a_refusal_is_one_chinese_line(code: int, line: str) -> None:
    server = WeChatApiServer()
    server.faults["/cgi-bin/message/custom/send"] = [code]
    async with connected(server) as api:
        with pytest.raises(ChannelError, match=line):
            await api.send_text("o1", "一")


async def test_a_wrong_secret_is_reported() -> None:
    async with connected(WeChatApiServer(), secret="guessed") as api:
        with pytest.raises(ChannelError, match="APP_SECRET"):
            await api.publish_menu(MENU)


async def test_a_network_failure_is_one_chinese_line() -> None:
    api = WeChatApi("wx1", "top-secret", now, base_url="http://127.0.0.1:9")
    with pytest.raises(ChannelError, match="连不上微信平台"):
        await api.send_text("o1", "一")
    await api.close()


async def test_neither_secret_nor_token_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with connected(WeChatApiServer()) as api:
        await api.send_text("o1", "私事")

    assert not any(word in caplog.text for word in ("top-secret", "token-1", "私事"))


@pytest.mark.parametrize(
    ("menu", "fault"),
    [
        ((), "1 到 3 个按钮"),
        ([Button(str(i), "c:me") for i in range(4)], "1 到 3 个按钮"),
        ([Button("六个字的名字", "c:me")], "16 字节"),
        ([Button("空")], "choice、url、children"),
        ([Button("两样", "c:me", "https://a.cn")], "choice、url、children"),
        ([Button("多", children=[Button(str(i), "c:me") for i in range(6)])], "最多 5 个"),
        (
            [Button("一", children=[Button("二", children=[Button("三", "c:me")])])],
            "最多两级",
        ),
    ],
)
def test_a_menu_that_the_platform_would_refuse_raises_an_error(
    menu: Sequence[Button], fault: str
) -> None:
    with pytest.raises(ChannelError, match=fault):
        menu_data(menu)


def test_the_client_needs_app_id_and_secret() -> None:
    with pytest.raises(ChannelError, match="APP_SECRET"):
        WeChatApi("wx1", "", now)
