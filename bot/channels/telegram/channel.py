"""The Telegram channel: long polling or webhook in, the outbox out."""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from telegram import BotCommand
from telegram.error import InvalidToken, TelegramError
from telegram.request import BaseRequest, HTTPXRequest

from bot.channels.common.guide_port import Answers
from bot.channels.common.http_body import read_body
from bot.channels.common.logging import log_crash, log_fault
from bot.channels.telegram.background_calls import BackgroundCalls
from bot.channels.telegram.polling import HOLD_SECONDS, Poller, RawBot
from bot.channels.telegram.receiver import Receiver
from bot.channels.telegram.sender import Outbox, Sender
from bot.channels.telegram.throttle import Throttle
from bot.channels.telegram.updates import ALLOWED, COMMANDS, Me
from bot.core.domain.json_codec import load
from bot.errors import ChannelError, GuideBusy, StoreError

BODY_LIMIT = 64 * 1024
BODY_SECONDS = 10.0
START_SECONDS = 8.0
FIRST_WAIT = 1.0
_LONGEST_WAIT = 60.0
_RESTART_SECONDS = 5.0
_TOKEN = re.compile(r"\d{3,20}:[A-Za-z0-9_-]{20,80}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{8,256}")
_WRONG_TOKEN = "Telegram 不认这个 token，请核对 POLICYBOT_TELEGRAM__TOKEN（找 @BotFather 查看）"  # noqa: S105 - a message


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    """`webhook_url` unset: long polling. `base_url`: a Bot API server of one's own.

    `text_chars`: how much of a text counts. `hold`: seconds that a poll waits.
    """

    token: str
    base_url: str = ""
    webhook_url: str = ""
    webhook_secret: str = ""
    proxy: str = ""
    text_chars: int = 500
    hold: int = HOLD_SECONDS


class TelegramChannel:
    """Mount `routes()`, then `start()`; `stop()` before the guide stops. Raises ChannelError when
    the settings cannot work. `request` replaces the network, `pace` the sending limits."""

    def __init__(
        self,
        guide: Answers,
        outbox: Outbox,
        settings: TelegramSettings,
        now: Callable[[], datetime],
        steady: Callable[[], float],
        *,
        request: BaseRequest | None = None,
        pace: Throttle | None = None,
    ) -> None:
        _check(settings)
        # PTB and httpx note addresses (with the token in them) and answers (with what was said).
        for name, level in (
            ("httpx", logging.WARNING),
            ("httpcore", logging.WARNING),
            ("telegram", logging.CRITICAL),
        ):
            logging.getLogger(name).setLevel(level)
        self._settings = settings
        self._requests = (request, request) if request else _requests(settings)
        calls, polling = self._requests
        base_url = f"{settings.base_url or 'https://api.telegram.org'}/bot"
        self._bot = RawBot(
            settings.token, base_url=base_url, request=calls, get_updates_request=polling
        )
        self._errands = BackgroundCalls(self._bot)
        self._sender = Sender(outbox, self._bot, now, pace or Throttle(steady))
        self._intake = Receiver(guide, self._errands, self._sender.wake, now, settings.text_chars)
        self._tasks: list[asyncio.Task[None]] = []

    def routes(self, path: str = "/telegram") -> list[Route]:
        """The webhook; nothing for long polling."""
        if not self._settings.webhook_url:
            return []
        return [Route(path, self._webhook, methods=["POST"])]

    async def start(self) -> None:
        """Begin to receive and send. Raises ChannelError when Telegram refuses the token; when
        Telegram cannot be reached it goes on trying in the background."""
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._introduce()
        except InvalidToken:
            await self._close()
            raise ChannelError(_WRONG_TOKEN) from None
        except (TelegramError, TimeoutError) as error:
            structlog.get_logger().warning("telegram_unreachable", kind=type(error).__name__)
        self._tasks = [
            asyncio.create_task(_kept_running(run), name="telegram")
            for run in (self._sender.run, self._errands.run, self._receive)
        ]

    async def stop(self) -> None:
        """Stop receiving; a reply on its way is finished."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        self._tasks = []
        await self._close()

    async def _close(self) -> None:
        for request in self._requests:
            await request.shutdown()

    async def _webhook(self, request: Request) -> Response:
        """200 once the turn is durable; 503 makes Telegram deliver again."""
        given = request.headers.get("x-telegram-bot-api-secret-token", "")
        wanted = self._settings.webhook_secret
        if not hmac.compare_digest(given.encode("latin-1", "replace"), wanted.encode()):
            return PlainTextResponse("", 403)
        try:
            update = load(await read_body(request, BODY_LIMIT, BODY_SECONDS))
        except HTTPException as error:
            if error.status_code in (400, 408):
                return PlainTextResponse("", error.status_code)
            # From Telegram itself, and just as big the next time: done with.
            structlog.get_logger().error("telegram_update_skipped", why="too big")
            return PlainTextResponse("")
        except (ValueError, RecursionError):
            structlog.get_logger().error("telegram_update_skipped", why="not JSON")
            return PlainTextResponse("")
        try:
            await self._intake.take(update)
        except (GuideBusy, StoreError) as error:
            log_fault("telegram_update_waits", error)
            return PlainTextResponse("", 503, {"Retry-After": "5"})
        return PlainTextResponse("")

    async def _introduce(self) -> None:
        """Learn who we are: groups address us by that name."""
        user = await self._bot.get_me()
        self._intake.me = Me(user.id, user.username or "")

    async def _receive(self) -> None:
        """Get ready, however long Telegram is away, and receive."""
        try:
            if self._intake.me is None:
                await self._until_it_works(self._introduce)
            await self._offer_commands()
            await self._until_it_works(self._announce)
        except InvalidToken:
            structlog.get_logger().error("telegram_stopped", why=_WRONG_TOKEN)
            return
        structlog.get_logger().info("telegram_ready", webhook=bool(self._settings.webhook_url))
        if not self._settings.webhook_url:
            await Poller(self._bot, self._intake, self._settings.hold).run()

    async def _announce(self) -> None:
        """Tell Telegram how we receive. What waits there is never dropped."""
        if self._settings.webhook_url:
            await self._bot.set_webhook(
                self._settings.webhook_url,
                secret_token=self._settings.webhook_secret,
                allowed_updates=ALLOWED,
                drop_pending_updates=False,
            )
        else:
            await self._bot.delete_webhook(drop_pending_updates=False)

    async def _offer_commands(self) -> None:
        commands = [BotCommand(name, says) for name, (_, says) in COMMANDS.items()]
        try:
            await self._bot.set_my_commands(commands)
        except TelegramError as error:
            structlog.get_logger().warning("telegram_no_commands", kind=type(error).__name__)

    async def _until_it_works(self, call: Callable[[], Awaitable[None]]) -> None:
        wait = FIRST_WAIT
        while True:
            try:
                await call()
            except InvalidToken:
                raise
            except TelegramError as error:
                kind = type(error).__name__
                structlog.get_logger().warning("telegram_unreachable", kind=kind)
                await asyncio.sleep(wait)
                wait = min(wait * 2, _LONGEST_WAIT)
            else:
                return


async def _kept_running(run: Callable[[], Awaitable[None]]) -> None:
    """A fault that nobody foresaw is logged, and the work goes on."""
    while True:
        try:
            return await run()
        except Exception as error:
            log_crash("telegram_restarted", error)
            await asyncio.sleep(_RESTART_SECONDS)


def _check(settings: TelegramSettings) -> None:
    if not settings.token:
        raise ChannelError("没有设置 Telegram 的 token：请设 POLICYBOT_TELEGRAM__TOKEN")
    if not _TOKEN.fullmatch(settings.token):
        raise ChannelError(
            "Telegram 的 token 格式不对：应当像 123456789:AA… ，请核对 POLICYBOT_TELEGRAM__TOKEN"
        )
    if settings.webhook_url and not _SECRET.fullmatch(settings.webhook_secret):
        raise ChannelError(
            "Telegram 用 webhook 时要设 POLICYBOT_TELEGRAM__WEBHOOK_SECRET："
            "8 到 256 个字母、数字、下划线或连字符"
        )


def _requests(settings: TelegramSettings) -> tuple[BaseRequest, BaseRequest]:
    """The connections for calls and for polling. Raises ChannelError for an unusable proxy."""
    proxy = settings.proxy or None
    try:
        calls = HTTPXRequest(connection_pool_size=64, read_timeout=10.0, proxy=proxy)
        polling = HTTPXRequest(connection_pool_size=2, proxy=proxy)
    except (RuntimeError, ValueError):
        raise ChannelError(
            "Telegram 的代理用不了：请核对 telegram.proxy；socks5 代理还要另装 socksio"
        ) from None
    return calls, polling
