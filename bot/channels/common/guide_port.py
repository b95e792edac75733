"""The guide, as the messengers and the terminal see it."""

from __future__ import annotations

from typing import Protocol

from bot.service.ports import Answered, Incoming


class Answers(Protocol):
    """The one entry of a turn."""

    async def answer(self, incoming: Incoming) -> Answered:
        """The durable turn. Raises GuideBusy or StoreError, and then nothing was kept."""
