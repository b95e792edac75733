"""A Telegram sender between a real store and a scripted network."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.channels.telegram.outgoing.sender import Sender
from bot.channels.telegram.outgoing.throttle import Throttle
from bot.channels.telegram.raw_bot import RawBot
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Session, Utterance
from bot.service.ports import Incoming
from bot.storage.sqlite.store import SqliteStore
from tests.channels.fake_guide import NOW
from tests.channels.messenger_phrases import phrases
from tests.channels.telegram.bot_api_server import TOKEN, Call
from tests.channels.telegram.scripted_request import Answer, ScriptedRequest


class Clock:
    """A clock that a test advances."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time


@dataclass
class SenderSetup:
    """A running sender with its store, network and clock."""

    store: SqliteStore
    request: ScriptedRequest
    sender: Sender
    clock: Clock

    async def queue(self, chat: int, *replies: Reply | str, thread: str = "") -> None:
        """Put replies for a chat, or for a topic of it, into the outbox."""
        made = tuple(Reply(r) if isinstance(r, str) else r for r in replies)

        def step(session: Session, incoming: Incoming) -> Turn:
            return Turn(session, made)

        count = f"{chat}-{time.perf_counter_ns()}"
        incoming = Incoming(f"telegram:{chat}", count, Utterance("问"), NOW, True, thread)
        await self.store.apply([incoming], step)
        self.sender.wake()

    async def until(self, ready: Callable[[], bool], seconds: float = 120.0) -> None:
        """Return when `ready()` is true. Raises TimeoutError after `seconds`."""
        async with asyncio.timeout(seconds):
            while not ready():  # noqa: ASYNC110 - what is awaited happens in other objects
                await asyncio.sleep(0.002)

    async def pass_time(self, seconds: float) -> None:
        """Advance the clock and wake the sender."""
        await asyncio.sleep(0.02)
        self.clock.time += timedelta(seconds=seconds)
        self.sender.wake()

    async def until_acknowledged(self, seconds: float = 120.0) -> None:
        """Return when no reply is unsent: the store learns it after the network does. Raises
        TimeoutError after `seconds`."""
        async with asyncio.timeout(seconds):
            while await self.unsent():  # noqa: ASYNC110 - what is awaited happens in other objects
                await asyncio.sleep(0.002)

    async def unsent(self) -> int:
        """Return the number of conversations with unsent replies."""
        return len(await self.store.due("telegram", NOW + timedelta(days=99), 1_000))


@asynccontextmanager
async def sender_setup(
    script: Callable[[Call], Answer | None] = lambda _: None,
    throttle: Throttle | None = None,
    pause: float = 60.0,
) -> AsyncIterator[SenderSetup]:
    """Start a sender with `script` as its network and `pause` as its longest pause."""
    store = SqliteStore(":memory:")
    await store.open()
    request, clock = ScriptedRequest(script), Clock()
    bot = RawBot(TOKEN, request=request, get_updates_request=request)
    sender = Sender(
        store, bot, phrases, clock, throttle or Throttle(time.monotonic, 0.0, 0.0), pause
    )
    running = asyncio.create_task(sender.run())
    try:
        yield SenderSetup(store, request, sender, clock)
    finally:
        running.cancel()
        await asyncio.wait({running})
        await store.close()


def failing(
    answer: Answer, *, chat: int = 0, times: int = 10**6
) -> Callable[[Call], Answer | None]:
    """Return a script that fails the first `times` messages to a chat (0: to any chat)."""
    count = iter(range(times))

    def script(call: Call) -> Answer | None:
        if call.method == "sendMessage" and call.data["chat_id"] in (
            chat,
            chat or call.data["chat_id"],
        ):
            return answer if next(count, None) is not None else None
        return None

    return script
