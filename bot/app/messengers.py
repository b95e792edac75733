"""The messengers that have their secrets, made ready to be mounted and started."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog
from pydantic import SecretStr
from starlette.routing import BaseRoute

from bot.app import composition
from bot.channels.common.logging import TurnLog
from bot.channels.web.http.metrics import Metrics
from bot.channels.web.http.signing import conv_hash, turn_id
from bot.config import Settings
from bot.errors import ChannelError, GuideBusy, PolicyBotError
from bot.service.guide import Guide
from bot.service.ports import Answered, Incoming, Store

TELEGRAM = "Telegram"
WECHAT = "微信公众号"


@dataclass
class ServiceParts:
    """What is started together and stopped in the opposite order."""

    routes: list[BaseRoute] = field(default_factory=list)
    starters: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    stoppers: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    running: list[str] = field(default_factory=list)
    asleep: list[str] = field(default_factory=list)


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


@dataclass(frozen=True)
class InstrumentedGuide:
    """The guide of a messenger, with each turn counted and logged: who as a keyed hash, never
    what was said."""

    guide: Guide
    metrics: Metrics
    log: TurnLog
    key: bytes

    async def answer(self, incoming: Incoming) -> Answered:
        """See Guide.answer."""
        began = time.perf_counter()
        channel = incoming.conv.partition(":")[0]
        try:
            answered = await self.guide.answer(incoming)
        except PolicyBotError as error:
            self.metrics.refused(channel, "busy" if isinstance(error, GuideBusy) else "store")
            raise
        seconds = time.perf_counter() - began
        outcome = answered.outcome or "none"
        self.metrics.turn(channel, outcome, seconds)
        who, turn = conv_hash(self.key, incoming.conv), turn_id(self.key, incoming)
        self.log.turn(channel, turn, who, outcome, seconds, duplicate=answered.duplicate)
        return answered


def add_messengers(
    parts: ServiceParts, settings: Settings, guide: InstrumentedGuide, store: Store
) -> None:
    """Every messenger that has its token. One that cannot run says why; the others go on."""
    telegram, wechat = settings.telegram.token, settings.wechat.token
    for name, variable, token, add in (
        (TELEGRAM, "POLICYBOT_TELEGRAM__TOKEN", telegram, _add_telegram),
        (WECHAT, "POLICYBOT_WECHAT__TOKEN", wechat, _add_wechat),
    ):
        if token is None:
            parts.asleep.append(f"{name}：没有设 {variable}")
            continue
        with _or_off(parts, name):
            add(parts, settings, guide, store)


@contextmanager
def _or_off(parts: ServiceParts, name: str) -> Iterator[None]:
    """A messenger that cannot do this is off, and says so once."""
    try:
        yield
    except ChannelError as error:
        parts.asleep.append(f"{name}：{error}")
        structlog.get_logger().error("channel_off", channel=name, reason=str(error))


def _add_telegram(
    parts: ServiceParts, settings: Settings, guide: InstrumentedGuide, store: Store
) -> None:
    from bot.channels.telegram.channel import TelegramChannel, TelegramSettings

    held = settings.telegram
    channel = TelegramChannel(
        guide,
        store,
        TelegramSettings(
            token=_plain(held.token),
            base_url=held.base_url,
            webhook_url=held.webhook_url,
            webhook_secret=_plain(held.webhook_secret),
            proxy=held.proxy,
            text_chars=settings.limits.text_chars,
        ),
        composition.now,
        time.monotonic,
    )
    tasks: list[asyncio.Task[None]] = []

    async def introduce() -> None:
        with _or_off(parts, TELEGRAM):
            await channel.start()

    async def start() -> None:
        # Telegram may be out of reach for seconds or days: the web does not wait for it.
        tasks.append(asyncio.create_task(introduce(), name="telegram-start"))

    async def stop() -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await channel.stop()

    parts.routes += channel.routes()
    parts.starters.append(start)
    parts.stoppers.append(stop)
    way = "网址推送" if held.webhook_url else "长轮询"
    parts.running.append(f"{TELEGRAM}（{way}，正在连接；连不上会在日志里说）")


def _add_wechat(
    parts: ServiceParts, settings: Settings, guide: InstrumentedGuide, store: Store
) -> None:
    from bot.channels.wechat.api_client import WeChatApi
    from bot.channels.wechat.webhook import WeChatChannel, WeChatSettings

    held = settings.wechat
    api = None
    if held.customer_service and held.app_secret:
        api = WeChatApi(held.app_id, _plain(held.app_secret), composition.now)
    channel = WeChatChannel(
        guide,
        store,
        WeChatSettings(
            token=_plain(held.token),
            app_id=held.app_id,
            aes_key=_plain(held.aes_key),
            tappable=held.tappable_choices,
            text_chars=settings.limits.text_chars,
        ),
        composition.now,
        secrets.token_bytes,
        push=api.send_text if api else None,
    )
    parts.routes += channel.routes()
    if api:
        parts.stoppers.append(api.close)
    parts.stoppers.append(channel.stop)
    parts.running.append(f"{WECHAT}（{'加密' if held.aes_key else '明文'}模式）")


async def publish_menu(settings: Settings) -> str:
    """Make the menu of config.yaml the WeChat account's menu. Raises ChannelError."""
    from bot.channels.wechat.api_client import WeChatApi

    held = settings.wechat
    if not held.menu:
        raise ChannelError("config.yaml 的 wechat.menu 还没有写按钮")
    api = WeChatApi(held.app_id, _plain(held.app_secret), composition.now)
    try:
        await api.publish_menu(held.menu)
    finally:
        await api.close()
    return "菜单已发布，手机上最迟 24 小时内看到（取消关注再关注，马上就能看到）。"
