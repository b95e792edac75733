"""Register the bot with Telegram: its identity, its commands, and how updates are delivered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from telegram import BotCommand, MenuButtonCommands
from telegram.error import InvalidToken, TelegramError

from bot.channels.common.phrases import LivePhrases
from bot.channels.telegram.incoming.updates import (
    ALLOWED_UPDATES,
    COMMAND_PHRASES,
    COMMANDS,
    ENGLISH_COMMANDS,
    BotIdentity,
)
from bot.channels.telegram.raw_bot import RawBot
from bot.channels.telegram.settings import TelegramSettings
from bot.core.domain.phrases import PhraseId

FIRST_WAIT_SECONDS = 1.0
_MAX_WAIT_SECONDS = 60.0


class Registration:
    """Makes the calls that precede the first update."""

    def __init__(self, bot: RawBot, phrases: LivePhrases, settings: TelegramSettings) -> None:
        self._bot = bot
        self._phrases = phrases
        self._settings = settings

    async def identity(self) -> BotIdentity:
        """Return id and user name of the bot. Raises TelegramError."""
        user = await self._bot.get_me()
        return BotIdentity(user.id, user.username or "")

    async def set_profile(self) -> None:
        """Set the command menu and the descriptions, in Chinese and for users of Telegram in
        English. A failure is only logged: the channel works without them."""
        say = self._phrases().say
        bot = self._bot
        calls: tuple[Callable[[], Awaitable[bool]], ...] = (
            lambda: bot.set_my_commands(self._commands(COMMAND_PHRASES)),
            lambda: bot.set_my_commands(self._commands(ENGLISH_COMMANDS), language_code="en"),
            lambda: bot.set_chat_menu_button(menu_button=MenuButtonCommands()),
            lambda: bot.set_my_description(say("telegram_description")),
            lambda: bot.set_my_description(say("telegram_description_en"), language_code="en"),
            lambda: bot.set_my_short_description(say("telegram_about")),
            lambda: bot.set_my_short_description(say("telegram_about_en"), language_code="en"),
        )
        for call in calls:
            try:
                await call()
            except TelegramError as error:
                structlog.get_logger().warning("telegram_no_profile", kind=type(error).__name__)

    def _commands(self, described: Mapping[str, PhraseId]) -> list[BotCommand]:
        phrases = self._phrases()
        return [BotCommand(name, phrases.say_id(described[name])) for name in COMMANDS]

    async def set_delivery(self) -> None:
        """Set or delete the webhook; waiting updates are kept. Raises TelegramError."""
        if self._settings.webhook_url:
            await self._bot.set_webhook(
                self._settings.webhook_url,
                secret_token=self._settings.webhook_secret,
                allowed_updates=ALLOWED_UPDATES,
                drop_pending_updates=False,
            )
        else:
            await self._bot.delete_webhook(drop_pending_updates=False)


async def retry(call: Callable[[], Awaitable[None]]) -> None:
    """Repeat `call` with growing pauses until it succeeds. Raises InvalidToken."""
    wait = FIRST_WAIT_SECONDS
    while True:
        try:
            await call()
        except InvalidToken:
            raise
        except TelegramError as error:
            kind = type(error).__name__
            structlog.get_logger().warning("telegram_unreachable", kind=kind)
            await asyncio.sleep(wait)
            wait = min(wait * 2, _MAX_WAIT_SECONDS)
        else:
            return
