"""The part of the guide that the messengers and the terminal use."""

from __future__ import annotations

from typing import Protocol

from bot.service.ports import Answered, Incoming


class GuidePort(Protocol):
    """Answers messages."""

    async def answer(self, incoming: Incoming) -> Answered:
        """Process a message durably and return its answer.

        Raises GuideBusy or StoreError; then nothing was stored.
        """
