"""Long polling: fetch updates, handle them, and only then confirm them."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from telegram import Bot
from telegram.error import Conflict, InvalidToken, NetworkError, TelegramError

from bot.channels.telegram.receiver import Receiver
from bot.channels.telegram.updates import ALLOWED_UPDATES, update_id

POLL_SECONDS = 50
_READ_MARGIN_SECONDS = 10
_MAX_WAIT_SECONDS = 30.0


class RawBot(Bot):
    """PTB's bot with updates as plain JSON.

    PTB parses a batch as a whole, so that one update it cannot parse would block the batch.
    """

    async def fetch(self, offset: int, poll_seconds: int) -> list[Any]:
        """Return the updates from `offset` on; wait up to `poll_seconds` for the first."""
        data = {"offset": offset, "timeout": poll_seconds, "allowed_updates": [*ALLOWED_UPDATES]}
        # The protected method is the only access without parsing; PTB is pinned to 22.x for it.
        try:
            found = await self._post(
                "getUpdates", data, read_timeout=poll_seconds + _READ_MARGIN_SECONDS
            )
        except (KeyError, TypeError):
            raise NetworkError("the response is not from the Bot API") from None
        return found if isinstance(found, list) else []


class Poller:
    """Fetches updates until cancelled, or until Telegram refuses the token."""

    def __init__(self, bot: RawBot, receiver: Receiver, poll_seconds: int = POLL_SECONDS) -> None:
        self._bot = bot
        self._receiver = receiver
        self._poll_seconds = poll_seconds

    async def run(self) -> None:
        """Fetch and handle updates; the offset confirms only what is durable."""
        offset, failures = 0, 0
        while True:
            try:
                updates = await self._bot.fetch(offset, self._poll_seconds)
            except InvalidToken:
                structlog.get_logger().error("telegram_stopped", why="Telegram 不认这个 token")
                return
            except TelegramError as error:
                failures += 1
                _log_failure(error, failures)
                await asyncio.sleep(min(2.0 ** min(failures - 2, 10), _MAX_WAIT_SECONDS))
                continue
            failures = 0
            await self._receiver.handle_batch(updates)
            numbers = [n for n in map(update_id, updates) if n is not None]
            if updates and not numbers:
                # Nothing to confirm, so the same updates come again: avoid a busy loop.
                await asyncio.sleep(1.0)
            offset = max([offset, *(n + 1 for n in numbers)])


def _log_failure(error: TelegramError, failures: int) -> None:
    log = structlog.get_logger()
    if isinstance(error, Conflict):
        log.error("telegram_conflict", why="另一个程序也在用这个 token 收消息，请停掉一个")
    elif failures in (1, 10, 100) or failures % 1_000 == 0:
        log.warning("telegram_unreachable", kind=type(error).__name__, failures=failures)
