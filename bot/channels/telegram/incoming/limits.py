"""Refuse messages of a person who sends too many, and of a chat whose replies do not leave."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable

from bot.channels.common.rate_limit import RateLimit
from bot.channels.telegram.incoming.updates import ParsedUpdate

# Unsent replies of a chat. They leave one a second, so the last one waits about a minute.
MAX_UNSENT = 50
# The unsent replies of a chat are counted once in this many messages.
COUNT_EVERY = 20
_MAX_CHATS = 20_000


class MessageLimits:
    """Decides whether a message is accepted.

    `unsent` counts the unsent replies of a conversation. So the outbox holds at most MAX_UNSENT
    replies of a chat and those to COUNT_EVERY messages.
    """

    def __init__(self, per_minute: int, unsent: Callable[[str], Awaitable[int]]) -> None:
        self._messages = RateLimit(per_minute)
        self._others = RateLimit(per_minute)
        self._unsent = unsent
        # Messages since the last count, by conversation.
        self._uncounted: OrderedDict[str, int] = OrderedDict()
        self._full: OrderedDict[str, bool] = OrderedDict()

    async def refuses(self, update: ParsedUpdate, now: float) -> tuple[bool, bool]:
        """Return whether the update is refused, and whether that is to be explained: only the
        first refusal in a row is. `now`: seconds since 1970. Raises StoreError."""
        sender = f"{update.chat_id}:{update.sender}"
        # Messages count at the time when they were sent: after an outage many arrive at once.
        # Presses have no time and edits may have an old one.
        refusal = (
            self._messages.take(sender, update.sent_at)
            if update.sent_at and not update.edited
            else self._others.take(sender, now)
        )
        if refusal:
            return True, refusal.first
        if await self._is_full(update.conv):
            first = not self._full.get(update.conv)
            self._full[update.conv] = True
            return True, first
        return False, False

    async def _is_full(self, conv: str) -> bool:
        count = self._uncounted.pop(conv, 0) + 1
        if count >= COUNT_EVERY:
            if await self._unsent(conv) >= MAX_UNSENT:
                self._uncounted[conv] = count
                return True
            self._full.pop(conv, None)
            count = 0
        self._uncounted[conv] = count
        for table in (self._uncounted, self._full):
            if len(table) > _MAX_CHATS:
                table.popitem(last=False)
        return False
