"""The Telegram channel against telemelya, a third-party Bot API emulator."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.telegram.channel import TelegramChannel, TelegramSettings
from bot.service.guide import Guide
from bot.storage.sqlite.store import SqliteStore
from tests.channels.messenger_phrases import phrases
from tests.channels.sockets import serving
from tests.channels.telegram.bot_api_server import SECRET, TOKEN
from tests.channels.telegram.fake_telegram import clock, counting_step, fast_throttle

PEERS = Path(__file__).parents[1] / "peers"
PYTHON = PEERS / ".venv" / "bin" / "python"


@dataclass
class EmulatorUser:
    """A user of the emulator."""

    client: httpx.AsyncClient

    async def send(self, **what: Any) -> None:
        """Send a message or press a button. Fails unless the webhook accepts it."""
        params = {"bot_token": TOKEN}
        response = await self.client.post("/api/v1/test/send_update", params=params, json=what)
        assert response.json()["delivery"]["status_code"] == 200

    async def until(self, count: int) -> list[dict[str, Any]]:
        """Return the calls of the bot once there are `count`."""
        async with asyncio.timeout(120):
            while True:
                found = (await self.client.get("/api/v1/test/responses")).json()["responses"]
                if len(found) >= count:
                    return list(found)
                await asyncio.sleep(0.02)


def relay(hook: list[str], client: httpx.AsyncClient) -> Route:
    """Return a route that adds the secret token, which the emulator does not send."""

    async def forward(request: Request) -> Response:
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        body = await request.body()
        return Response(
            status_code=(await client.post(hook[0], content=body, headers=headers)).status_code
        )

    return Route("/relay", forward, methods=["POST"])


@pytest.fixture
async def address() -> AsyncIterator[str]:
    """Start the emulator and yield its address. Skip if it is not installed, except in CI."""
    if not PYTHON.exists():
        reason = (
            "install tests/channels/peers/requirements.txt into tests/channels/peers/.venv first"
        )
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    process = await asyncio.create_subprocess_exec(
        PYTHON, "telemelya_server.py", cwd=PEERS, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout
    try:
        yield f"http://127.0.0.1:{(await process.stdout.readline()).decode().strip()}"
    finally:
        process.terminate()
        await process.wait()


@pytest.fixture
async def user(address: str) -> AsyncIterator[EmulatorUser]:
    """Connect the channel to the emulator and yield a user of it."""
    async with AsyncExitStack() as stack:
        store = SqliteStore(":memory:")
        await store.open()
        stack.push_async_callback(store.close)
        guide = await stack.enter_async_context(Guide(store, counting_step(), clock=clock))
        headers = {"Authorization": "Bearer x", "X-Test-Session": "s1"}
        client = await stack.enter_async_context(
            httpx.AsyncClient(base_url=address, headers=headers, timeout=60)
        )
        hook: list[str] = []
        relayed = await stack.enter_async_context(serving([relay(hook, client)]))
        settings = TelegramSettings(TOKEN, address, f"{relayed}/relay", SECRET)
        channel = TelegramChannel(
            guide, store, phrases, settings, clock, time.monotonic, throttle=fast_throttle()
        )
        hook.append(await stack.enter_async_context(serving(channel.routes())) + "/telegram")
        stack.push_async_callback(channel.stop)
        await channel.start()
        async with asyncio.timeout(120):
            while not await _has_webhook(client):  # noqa: ASYNC110 - another process decides
                await asyncio.sleep(0.02)
        yield EmulatorUser(client)


async def _has_webhook(client: httpx.AsyncClient) -> bool:
    answer = await client.post(f"/bot{TOKEN}/getWebhookInfo")
    return bool(answer.json()["result"]["url"])


async def test_a_command_and_a_button_press_are_answered(user: EmulatorUser) -> None:
    await user.send(chat_id=42, command="/start")
    (greeting,) = await user.until(1)
    button = greeting["reply_markup"]["inline_keyboard"][0][0]
    await user.send(
        chat_id=42,
        callback_data=button["callback_data"],
        callback_message_id=greeting["message_id"],
    )
    calls = await user.until(4)

    assert greeting["text"] == "1：c:start"
    assert {call["method"] for call in calls[1:]} == {
        "answerCallbackQuery", "editMessageReplyMarkup", "sendMessage",
    }  # fmt: skip
    assert [c["text"] for c in calls if c["method"] == "sendMessage"][1] == "2：a:stage:idea"


async def test_twenty_messages_are_answered_in_order(user: EmulatorUser) -> None:
    for n in range(20):
        await user.send(chat_id=42, text=f"第{n}")
    calls = await user.until(20)

    assert [call["text"] for call in calls] == [f"{n + 1}：第{n}" for n in range(20)]
