"""Our Telegram channel for bench.peers, over the simulated network of the peer.

An update is parsed, answered by the guide over SQLite with synchronous=FULL, and its replies leave
through the outbox, without the limits of sending.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.peer_bot import FakeNetwork
from bot.app.composition import step_over
from bot.channels.telegram.channel import TelegramChannel, TelegramSettings
from bot.channels.telegram.outgoing.throttle import Throttle
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.replies import Turn
from bot.core.domain.session import Session
from bot.service.guide import Guide
from bot.service.ports import Answered, Incoming, Step
from bot.storage import open_store

_TOKEN = "123456789:AAFakeTokenFakeTokenFakeTokenFakeTok"


def _clock() -> datetime:
    return datetime.now(UTC)


class _RecordingGuide:
    """Passes messages to the guide and keeps the last answer of each conversation."""

    def __init__(self, guide: Guide) -> None:
        self._guide = guide
        self.last: dict[str, Answered] = {}

    async def answer(self, incoming: Incoming) -> Answered:
        """See Guide."""
        answered = self.last[incoming.conv] = await self._guide.answer(incoming)
        return answered


class _TimedStep:
    """A step that counts the CPU time of its thread."""

    def __init__(self, step: Step) -> None:
        self._step = step
        self.seconds = 0.0

    def __call__(self, session: Session, incoming: Incoming) -> Turn:
        """See Step."""
        began = time.thread_time()
        turn = self._step(session, incoming)
        self.seconds += time.thread_time() - began
        return turn


class CountingNetwork(FakeNetwork):
    """Accepts every call, and lets a caller wait for a number of messages to a chat."""

    def __init__(self) -> None:
        super().__init__()
        self._sent: dict[int, int] = {}
        self._expected: dict[int, tuple[int, asyncio.Future[None]]] = {}

    async def until(self, chat: int, count: int) -> None:
        """Return when `count` more messages than at the last call were sent to this chat."""
        if self._sent.get(chat, 0) < count:
            done = asyncio.get_running_loop().create_future()
            self._expected[chat] = count, done
            await done
        self._sent[chat] -= count

    def sent(self, chat: int, text: str) -> None:
        """See FakeNetwork."""
        self._sent[chat] = count = self._sent.get(chat, 0) + 1
        expected, done = self._expected.get(chat, (0, None))
        if done is not None and count >= expected:
            del self._expected[chat]
            done.set_result(None)


class ChannelBot:
    """Passes updates to the channel as Telegram delivers them."""

    def __init__(
        self,
        channel: TelegramChannel,
        guide: _RecordingGuide,
        net: CountingNetwork,
        step: _TimedStep,
    ) -> None:
        self._step = step
        self._channel = channel
        self._guide = guide
        self._net = net
        self._numbers = itertools.count(1)

    @property
    def step_seconds(self) -> float:
        """Return the CPU time of the dialogue's steps until now."""
        return self._step.seconds

    async def say(self, chat: int, text: str) -> Any:
        """Return the record of the turn once all its replies were sent."""
        await self._channel.receive(self._update(chat, text))
        record = self._guide.last[f"telegram:{chat}"].record
        await self._net.until(chat, len(record["replies"]))
        return record

    def _update(self, chat: int, text: str) -> dict[str, Any]:
        number = next(self._numbers)
        user = {"id": chat, "is_bot": False, "first_name": "u", "language_code": "zh"}
        message = {
            "message_id": number,
            "date": 0,
            "chat": {"id": chat, "type": "private", "first_name": "u"},
            "from": user,
            "text": text,
        }
        return {"update_id": number, "message": message}


@asynccontextmanager
async def running(file: Path, base: KnowledgeBase) -> AsyncIterator[ChannelBot]:
    """Yield the running channel over a new database."""
    store = await open_store(f"sqlite:///{file}")
    net = CountingNetwork()
    settings = TelegramSettings(
        _TOKEN, webhook_url="https://bench.example.org/telegram", webhook_secret="bench-secret"
    )
    step = _TimedStep(step_over(lambda: base))
    async with Guide(store, step, clock=_clock) as guide:
        recording = _RecordingGuide(guide)
        channel = TelegramChannel(
            recording,
            store,
            lambda: base.knowledge,
            settings,
            _clock,
            time.monotonic,
            request=net,
            throttle=Throttle(time.monotonic, 0.0, 0.0),
        )
        await channel.start()
        yield ChannelBot(channel, recording, net, step)
        await channel.stop()
    await store.close()
