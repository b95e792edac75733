"""Long polling: fetch, hand in, and only then confirm."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog
from telegram import Bot
from telegram.error import Conflict, InvalidToken, NetworkError, TelegramError

from bot.channels.telegram.receiver import Receiver
from bot.channels.telegram.updates import ALLOWED, update_id

HOLD_SECONDS = 50
_MARGIN_SECONDS = 10
_LONGEST_WAIT = 30.0


class RawBot(Bot):
    """PTB's bot, with updates as plain JSON: one that the library cannot parse would otherwise
    take its whole batch down, again and again."""

    async def fetch(self, offset: int, hold: int) -> list[Any]:
        """The updates from `offset` on, waiting up to `hold` seconds for the first."""
        data = {"offset": offset, "timeout": hold, "allowed_updates": list(ALLOWED)}
        # The protected call is the only way past the parsing; 22.x is pinned for it.
        try:
            found = await self._post("getUpdates", data, read_timeout=hold + _MARGIN_SECONDS)
        except (KeyError, TypeError):
            raise NetworkError("not an answer of Telegram's") from None
        return found if isinstance(found, list) else []


class Poller:
    """Fetches updates until cancelled, or until Telegram refuses the token."""

    def __init__(self, bot: RawBot, intake: Receiver, hold: int = HOLD_SECONDS) -> None:
        self._bot = bot
        self._intake = intake
        self._hold = hold

    async def run(self) -> None:
        """An offset moves on only when what it confirms is durable."""
        offset, failures = 0, 0
        while True:
            try:
                updates = await self._bot.fetch(offset, self._hold)
            except InvalidToken:
                structlog.get_logger().error("telegram_stopped", why="Telegram 不认这个 token")
                return
            except TelegramError as error:
                failures += 1
                self._note(error, failures)
                await asyncio.sleep(min(2.0 ** min(failures - 2, 10), _LONGEST_WAIT))
                continue
            failures = 0
            await self._intake.take_all(updates)
            offset = await self._behind(updates, offset)

    async def _behind(self, updates: Sequence[object], offset: int) -> int:
        numbers = [n for n in map(update_id, updates) if n is not None]
        if updates and not numbers:
            await asyncio.sleep(1.0)  # nothing to confirm by: at least not in a tight loop
        return max([offset, *(n + 1 for n in numbers)])

    def _note(self, error: TelegramError, failures: int) -> None:
        log = structlog.get_logger()
        if isinstance(error, Conflict):
            log.error("telegram_conflict", why="另一个程序也在用这个 token 收消息，请停掉一个")
        elif failures in (1, 10, 100) or failures % 1_000 == 0:
            log.warning("telegram_unreachable", kind=type(error).__name__, failures=failures)
