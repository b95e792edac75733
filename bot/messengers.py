"""The messengers that have their secrets, made ready to be mounted and started."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog
from pydantic import SecretStr
from starlette.routing import BaseRoute

from bot import app
from bot.channels.web_log import TurnLog
from bot.channels.web_metrics import Metrics
from bot.channels.web_sign import conv_hash, turn_id
from bot.config import Settings
from bot.errors import ChannelError, GuideBusy, PolicyBotError
from bot.service import Answered, Guide, Incoming, Store


@dataclass
class Parts:
    """What is started together and stopped in the opposite order."""

    routes: list[BaseRoute] = field(default_factory=list)
    starters: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    stoppers: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    running: list[str] = field(default_factory=list)
    asleep: list[str] = field(default_factory=list)


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


@dataclass(frozen=True)
class Noted:
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
        outcome = answered.record["outcome"] or "none"
        self.metrics.turn(channel, outcome, seconds)
        who, turn = conv_hash(self.key, incoming.conv), turn_id(self.key, incoming)
        self.log.turn(channel, turn, who, outcome, seconds, duplicate=answered.duplicate)
        return answered


def add_telegram(parts: Parts, settings: Settings, guide: Noted, store: Store) -> None:
    """The Telegram bot, if its token is set."""
    held = settings.telegram
    if held.token is None:
        parts.asleep.append("Telegram：没有设 POLICYBOT_TELEGRAM__TOKEN")
        return
    from bot.channels.telegram import TelegramChannel, TelegramSettings

    try:
        channel = TelegramChannel(
            guide,
            store,
            TelegramSettings(
                token=held.token.get_secret_value(),
                base_url=held.base_url,
                webhook_url=held.webhook_url,
                webhook_secret=_plain(held.webhook_secret),
                proxy=held.proxy,
                text_chars=settings.limits.text_chars,
            ),
            app.now,
            time.monotonic,
        )
    except ChannelError as error:
        _cannot(parts, "Telegram", error)
        return

    tasks: list[asyncio.Task[None]] = []

    async def introduce() -> None:
        try:
            await channel.start()
        except ChannelError as error:
            _cannot(parts, "Telegram", error)

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
    parts.running.append(f"Telegram（{way}，正在连接；连不上会在日志里说）")


def add_wechat(parts: Parts, settings: Settings, guide: Noted, store: Store) -> None:
    """The WeChat account, if its token is set."""
    held = settings.wechat
    if held.token is None:
        parts.asleep.append("微信公众号：没有设 POLICYBOT_WECHAT__TOKEN")
        return
    from bot.channels.wechat import WeChatChannel, WeChatSettings
    from bot.channels.wechat_api import WeChatApi

    try:
        api = None
        if held.customer_service and held.app_secret:
            api = WeChatApi(held.app_id, held.app_secret.get_secret_value(), app.now)
        channel = WeChatChannel(
            guide,
            store,
            WeChatSettings(
                token=held.token.get_secret_value(),
                app_id=held.app_id,
                aes_key=_plain(held.aes_key),
                tappable=held.tappable_choices,
                text_chars=settings.limits.text_chars,
            ),
            app.now,
            secrets.token_bytes,
            push=api.send_text if api else None,
        )
    except ChannelError as error:
        _cannot(parts, "微信公众号", error)
        return
    parts.routes += channel.routes()
    if api:
        parts.stoppers.append(api.close)
    parts.stoppers.append(channel.stop)
    parts.running.append("微信公众号（" + ("加密" if held.aes_key else "明文") + "模式）")


def _cannot(parts: Parts, name: str, error: ChannelError) -> None:
    """A channel that cannot run says so once; the others go on."""
    parts.asleep.append(f"{name}：{error}")
    structlog.get_logger().error("channel_off", channel=name, reason=str(error))


async def publish_menu(settings: Settings) -> str:
    """Make the menu of config.yaml the WeChat account's menu. Raises ChannelError."""
    from bot.channels.wechat_api import WeChatApi

    held = settings.wechat
    if not held.menu:
        raise ChannelError("config.yaml 的 wechat.menu 还没有写按钮")
    api = WeChatApi(held.app_id, _plain(held.app_secret), app.now)
    try:
        await api.publish_menu(held.menu)
    finally:
        await api.close()
    return "菜单已发布，手机上最迟 24 小时内看到（取消关注再关注，马上就能看到）。"
