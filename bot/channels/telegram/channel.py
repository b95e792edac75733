"""The Telegram channel: update → Receiver (parse, answer by the guide) → outbox → Sender.

Updates arrive by webhook or by long polling. Replies leave through the outbox of the store, so
they survive a restart and an outage of Telegram.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import Protocol

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from telegram.error import InvalidToken, TelegramError
from telegram.request import BaseRequest

from bot.channels.common.guide_port import GuidePort
from bot.channels.common.http_body import read_body
from bot.channels.common.logging import log_crash, log_fault
from bot.channels.common.phrases import LivePhrases
from bot.channels.telegram.background_calls import BackgroundCalls
from bot.channels.telegram.incoming.polling import Poller
from bot.channels.telegram.incoming.presses import Keyboards
from bot.channels.telegram.incoming.receiver import ConversationStore, Receiver
from bot.channels.telegram.outgoing.sender import Outbox, Sender
from bot.channels.telegram.outgoing.throttle import Throttle
from bot.channels.telegram.raw_bot import RawBot
from bot.channels.telegram.registration import Registration, retry
from bot.channels.telegram.settings import TelegramSettings, check_settings, open_requests
from bot.core.domain.json_codec import load
from bot.errors import ChannelError, GuideBusy, StoreError

__all__ = ["TelegramChannel", "TelegramSettings"]

BODY_LIMIT = 64 * 1024
BODY_SECONDS = 10.0
START_SECONDS = 8.0
_RESTART_SECONDS = 5.0
_WRONG_TOKEN = "Telegram 不认这个 token，请核对 POLICYBOT_TELEGRAM__TOKEN（找 @BotFather 查看）"  # noqa: S105 - a message


class ChannelStore(Outbox, ConversationStore, Protocol):
    """The part of the store that the channel uses."""


class TelegramChannel:
    """Connects a bot account to the guide.

    Mount `routes()`, then call `start()`; call `stop()` before the guide stops. `request`
    replaces the network, `throttle` the limits of sending. Raises ChannelError if the channel
    cannot work with the settings.
    """

    def __init__(
        self,
        guide: GuidePort,
        store: ChannelStore,
        phrases: LivePhrases,
        settings: TelegramSettings,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        *,
        request: BaseRequest | None = None,
        throttle: Throttle | None = None,
    ) -> None:
        check_settings(settings)
        _silence_libraries()
        self._settings = settings
        self._phrases = phrases
        self._requests = (request, request) if request else open_requests(settings)
        calls, polling = self._requests
        base_url = f"{settings.base_url or 'https://api.telegram.org'}/bot"
        self._bot = RawBot(
            settings.token, base_url=base_url, request=calls, get_updates_request=polling
        )
        self._registration = Registration(self._bot, phrases, settings)
        keyboards = Keyboards(monotonic)
        self._background = BackgroundCalls(self._bot, keyboards)
        self._sender = Sender(store, self._bot, phrases, now, throttle or Throttle(monotonic))
        self._receiver = Receiver(
            guide,
            phrases,
            self._background,
            keyboards,
            self._sender,
            store,
            now,
            settings.text_chars,
            settings.user_per_minute,
        )
        self._tasks: list[asyncio.Task[None]] = []

    def routes(self, path: str = "/telegram") -> list[Route]:
        """Return the webhook route, none for long polling."""
        if not self._settings.webhook_url:
            return []
        return [Route(path, self._receive_webhook, methods=["POST"])]

    async def start(self) -> None:
        """Start receiving and sending.

        If Telegram cannot be reached, the channel keeps trying in the background. Raises
        ChannelError if Telegram refuses the token.
        """
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._set_identity()
        except InvalidToken:
            await self._close()
            raise ChannelError(_WRONG_TOKEN) from None
        except (TelegramError, TimeoutError) as error:
            structlog.get_logger().warning("telegram_unreachable", kind=type(error).__name__)
        self._tasks = [
            asyncio.create_task(_restart_on_error(run), name="telegram")
            for run in (self._sender.run, self._background.run, self._receive)
        ]

    async def stop(self) -> None:
        """Stop receiving, and finish the replies that are being sent."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        self._tasks = []
        await self._close()

    async def receive(self, update: object) -> None:
        """Process one update durably. Raises GuideBusy or StoreError: deliver it again."""
        await self._receiver.handle(update)

    async def _close(self) -> None:
        for request in self._requests:
            await request.shutdown()

    async def _receive_webhook(self, request: Request) -> Response:
        """Respond 200 once the turn is durable; 503 makes Telegram deliver again."""
        given = request.headers.get("x-telegram-bot-api-secret-token", "")
        expected = self._settings.webhook_secret
        if not hmac.compare_digest(given.encode("latin-1", "replace"), expected.encode()):
            return PlainTextResponse("", 403)
        try:
            update = load(await read_body(request, BODY_LIMIT, BODY_SECONDS, self._phrases()))
        except HTTPException as error:
            if error.status_code in (400, 408):
                return PlainTextResponse("", error.status_code)
            # Respond 200: a second delivery would have the same size.
            structlog.get_logger().error("telegram_update_skipped", why="too big")
            return PlainTextResponse("")
        except (ValueError, RecursionError):
            structlog.get_logger().error("telegram_update_skipped", why="not JSON")
            return PlainTextResponse("")
        try:
            await self.receive(update)
        except (GuideBusy, StoreError) as error:
            log_fault("telegram_update_waits", error)
            return PlainTextResponse("", 503, {"Retry-After": "5"})
        return PlainTextResponse("")

    async def _receive(self) -> None:
        """Register the bot, however long that takes, and poll unless there is a webhook."""
        try:
            if self._receiver.identity is None:
                await retry(self._set_identity)
            await self._registration.set_profile()
            await retry(self._registration.set_delivery)
        except InvalidToken:
            structlog.get_logger().error("telegram_stopped", why=_WRONG_TOKEN)
            return
        structlog.get_logger().info("telegram_ready", webhook=bool(self._settings.webhook_url))
        if not self._settings.webhook_url:
            await Poller(self._bot, self._receiver, self._settings.poll_seconds).run()

    async def _set_identity(self) -> None:
        self._receiver.identity = await self._registration.identity()


def _silence_libraries() -> None:
    """Raise the log levels of libraries that log URLs with the token, or message texts."""
    for name, level in (
        ("httpx", logging.WARNING),
        ("httpcore", logging.WARNING),
        ("telegram", logging.CRITICAL),
    ):
        logging.getLogger(name).setLevel(level)


async def _restart_on_error(run: Callable[[], Awaitable[None]]) -> None:
    """Run until `run` returns; log unexpected errors and start it again."""
    while True:
        try:
            return await run()
        except Exception as error:
            log_crash("telegram_restarted", error)
            await asyncio.sleep(_RESTART_SECONDS)
