"""Long polling: fetch updates, handle them, and only then confirm them."""

from __future__ import annotations

import asyncio

import structlog
from telegram.error import Conflict, InvalidToken, TelegramError

from bot.channels.telegram.incoming.receiver import Receiver
from bot.channels.telegram.incoming.updates import update_id
from bot.channels.telegram.raw_bot import RawBot

POLL_SECONDS = 50
_MAX_WAIT_SECONDS = 30.0


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
