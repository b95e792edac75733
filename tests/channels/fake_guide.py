"""Fakes of the objects behind a channel: the guide, and the notes of the store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.core.domain.replies import Reply
from bot.core.domain.session import Utterance
from bot.errors import PolicyBotError
from bot.service.ports import Answered, Incoming

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def now() -> datetime:
    """Return the fixed time of these tests."""
    return NOW


def echo(utterance: Utterance) -> list[Reply]:
    """Return a reply that repeats the utterance."""
    return [Reply(f"听到：{utterance.text or utterance.choice}")]


class FakeGuide:
    """Answers each message id once with `say`. `gate` delays answers; `fault` is raised."""

    def __init__(self, say: Callable[[Utterance], Sequence[Reply]] = echo) -> None:
        self.say = say
        self.received: list[Incoming] = []
        self.calls = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.fault: PolicyBotError | Exception | None = None
        self._records: dict[tuple[str, str], Answered] = {}

    async def answer(self, incoming: Incoming) -> Answered:
        self.calls += 1
        await self.gate.wait()
        if self.fault:
            raise self.fault
        key = (incoming.conv, incoming.message_id)
        if key in self._records:
            return replace(self._records[key], duplicate=True)
        self.received.append(incoming)
        replies = [reply.dump() for reply in self.say(incoming.utterance)]
        self._records[key] = Answered({"replies": replies})
        return self._records[key]

    @property
    def utterances(self) -> list[Utterance]:
        """The received utterances, in order."""
        return [incoming.utterance for incoming in self.received]


class MemoryNotes:
    """Notes in memory. They outlive a channel, so tests share them between two channels."""

    def __init__(self) -> None:
        self.notes: dict[str, str] = {}
        self.writes = 0
        self.written = asyncio.Event()

    async def note(self, conv: str) -> str:
        return self.notes.get(conv, "")

    async def keep(self, conv: str, message_id: str, note: str, shown_by: str = "") -> None:
        self.writes += 1
        self.written.set()
        if note:
            self.notes[conv] = note
        else:
            self.notes.pop(conv, None)
