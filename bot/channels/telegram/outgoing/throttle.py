"""Delay messages to keep Telegram's limits: one per second and chat, 30 per second in all.

Source: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

SECONDS_PER_CHAT = 1.0
SECONDS_OVERALL = 1 / 30
_PRUNE_AT = 1_000


class Throttle:
    """Delays callers until the next message may be sent.

    `monotonic`: a clock in seconds. Chats that were idle for `seconds_per_chat` are forgotten.
    """

    def __init__(
        self,
        monotonic: Callable[[], float],
        seconds_per_chat: float = SECONDS_PER_CHAT,
        seconds_overall: float = SECONDS_OVERALL,
    ) -> None:
        self._monotonic = monotonic
        self._seconds_per_chat = seconds_per_chat
        self._seconds_overall = seconds_overall
        self._next_of_chat: dict[int, float] = {}
        self._next_overall = 0.0

    async def wait(self, chat_id: int) -> None:
        """Reserve the next slot of this chat and return when it has come."""
        now = self._monotonic()
        if len(self._next_of_chat) > _PRUNE_AT:
            self._next_of_chat = {c: at for c, at in self._next_of_chat.items() if at > now}
        at = max(now, self._next_of_chat.get(chat_id, 0.0))
        self._next_of_chat[chat_id] = at + self._seconds_per_chat
        if at > now:
            await asyncio.sleep(at - now)
        # Reserve the overall slot only now, so that a waiting chat does not block other chats.
        now = self._monotonic()
        at = max(now, self._next_overall)
        self._next_overall = at + self._seconds_overall
        if at > now:
            await asyncio.sleep(at - now)
