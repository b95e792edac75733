"""How fast Telegram lets us send: one message a second to a chat, thirty a second in all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

CHAT_SECONDS = 1.0
OVERALL_SECONDS = 1 / 30
_PRUNE_AT = 1_000


class Throttle:
    """Waits until the next message may go. Remembers only the chats of the last second."""

    def __init__(
        self,
        steady: Callable[[], float],
        chat_seconds: float = CHAT_SECONDS,
        overall_seconds: float = OVERALL_SECONDS,
    ) -> None:
        self._steady = steady
        self._chat_seconds = chat_seconds
        self._overall_seconds = overall_seconds
        self._chats: dict[int, float] = {}
        self._next = 0.0

    async def wait(self, chat: int) -> None:
        """Return when a message to this chat may go, and count it."""
        now = self._steady()
        if len(self._chats) > _PRUNE_AT:
            self._chats = {c: at for c, at in self._chats.items() if at > now}
        at = max(now, self._chats.get(chat, 0.0))
        self._chats[chat] = at + self._chat_seconds
        await asyncio.sleep(at - now)
        # The overall slot is taken only now: a chat that had to wait kept none from the others.
        now = self._steady()
        slot = max(now, self._next)
        self._next = slot + self._overall_seconds
        await asyncio.sleep(slot - now)
