"""Named stand-ins for what stands behind a channel: a guide, and the notes of the store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.core.domain.json_codec import dump
from bot.core.domain.replies import Reply
from bot.core.domain.session import Utterance
from bot.errors import PolicyBotError
from bot.service.ports import Answered, Incoming

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def now() -> datetime:
    """The clock of these tests."""
    return NOW


def echo(utterance: Utterance) -> list[Reply]:
    """Says what it heard."""
    return [Reply(f"听到：{utterance.text or utterance.choice}")]


class FakeGuide:
    """Answers with `say`, once per message id. `gate` holds answers back; `fault` is raised."""

    def __init__(self, say: Callable[[Utterance], Sequence[Reply]] = echo) -> None:
        self.say = say
        self.heard: list[Incoming] = []
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
        self.heard.append(incoming)
        replies = [reply.dump() for reply in self.say(incoming.utterance)]
        self._records[key] = Answered(dump({"replies": replies}))
        return self._records[key]

    @property
    def utterances(self) -> list[Utterance]:
        """What was heard, in order."""
        return [incoming.utterance for incoming in self.heard]


class MemoryNotes:
    """The store's notes: they outlive a channel, so one of these may serve two in a row."""

    def __init__(self) -> None:
        self.notes: dict[str, str] = {}
        self.writes = 0
        self.written = asyncio.Event()

    async def note(self, conv: str) -> str:
        return self.notes.get(conv, "")

    async def keep(self, conv: str, note: str) -> None:
        self.writes += 1
        self.written.set()
        if note:
            self.notes[conv] = note
        else:
            self.notes.pop(conv, None)
