"""The messengers that have their secrets, made ready to be mounted and started."""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog
from pydantic import SecretStr
from starlette.routing import BaseRoute

from bot import app
from bot.config import Settings
from bot.errors import ChannelError
from bot.service import Guide, Store


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


def add_telegram(parts: Parts, settings: Settings, guide: Guide, store: Store) -> None:
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
                webhook_secret=held.webhook_secret.get_secret_value()
                if held.webhook_secret
                else "",
                proxy=held.proxy,
                text_chars=settings.limits.text_chars,
            ),
            app.now,
            time.monotonic,
        )
    except ChannelError as error:
        _cannot(parts, "Telegram", error)
        return

    async def start() -> None:
        try:
            await channel.start()
        except ChannelError as error:
            _cannot(parts, "Telegram", error)

    parts.routes += channel.routes()
    parts.starters.append(start)
    parts.stoppers.append(channel.stop)
    parts.running.append("Telegram（" + ("网址推送" if held.webhook_url else "长轮询") + "）")


def add_wechat(parts: Parts, settings: Settings, guide: Guide, store: Store) -> None:
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
