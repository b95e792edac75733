"""The Telegram channel between a Bot API server and a real guide with a real store."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from bot.channels.telegram.channel import TelegramChannel, TelegramSettings
from bot.channels.telegram.outgoing.throttle import Throttle
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Option, Session
from bot.service.guide import Guide
from bot.service.ports import Incoming, Step
from bot.storage.sqlite.store import SqliteStore
from tests.channels.messenger_phrases import phrases
from tests.channels.sockets import serving
from tests.channels.telegram.bot_api_server import SECRET, TOKEN, BotApi

# Without the limit, concurrent deliveries open a connection each.
CONNECTIONS = httpx.Limits(max_keepalive_connections=100)
STAGE = (Option("a:stage:idea", "还在想"), Option("a:stage:startup", "刚注册"))


def clock() -> datetime:
    """Return the real time, which the outbox and the sender share."""
    return datetime.now(UTC)


def counting_step(say: Callable[[Incoming], Sequence[Reply]] | None = None) -> Step:
    """Return a step that numbers the turns of a conversation: “3：你好”."""

    def step(session: Session, incoming: Incoming) -> Turn:
        count = int(session.asked or 0) + 1
        received = incoming.utterance.text or incoming.utterance.choice
        replies = say(incoming) if say else [Reply(f"{count}：{received}", STAGE)]
        return Turn(session._replace(asked=str(count)), tuple(replies))

    return step


@dataclass
class TelegramSetup:
    """The channel with everything around it."""

    api: BotApi
    store: SqliteStore
    guide: Guide
    channel: TelegramChannel
    hook: str
    client: httpx.AsyncClient

    async def deliver(self, update: object, secret: str = SECRET) -> httpx.Response:
        """Deliver an update by webhook."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
        return await self.client.post(self.hook, json=update, headers=headers)

    async def turns(self, chat: int = 42) -> int:
        """Return the number of turns of a chat's conversation."""
        session = await self.store.peek(f"telegram:{chat}")
        return int(session.asked or 0) if session else 0


def fast_throttle() -> Throttle:
    """Return a throttle with limits a hundred times higher."""
    return Throttle(time.monotonic, 0.01, 0.0003)


@asynccontextmanager
async def telegram_setup(
    api: BotApi | None = None,
    *,
    webhook: bool = False,
    step: Step | None = None,
    user_per_minute: int = 0,
) -> AsyncIterator[TelegramSetup]:
    """Start the channel and everything around it."""
    api = api or BotApi()
    store = SqliteStore(":memory:")
    await store.open()
    guide = Guide(store, step or counting_step(), clock=clock)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(store.close)
        await stack.enter_async_context(guide)
        base_url = await stack.enter_async_context(serving(api.routes()))
        client = await stack.enter_async_context(httpx.AsyncClient(limits=CONNECTIONS, timeout=60))
        settings = TelegramSettings(
            TOKEN,
            base_url,
            "https://bot.example.cn/telegram" if webhook else "",
            SECRET,
            user_per_minute=user_per_minute,
        )
        channel = TelegramChannel(
            guide, store, phrases, settings, clock, time.monotonic, throttle=fast_throttle()
        )
        own = await stack.enter_async_context(serving(channel.routes()))
        stack.push_async_callback(channel.stop)
        await channel.start()
        yield TelegramSetup(api, store, guide, channel, f"{own}/telegram", client)
