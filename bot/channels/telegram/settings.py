"""Settings of the Telegram channel and the connections made from them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from telegram.request import BaseRequest, HTTPXRequest

from bot.channels.common.client_environment import creation_errors_as_channel_errors
from bot.channels.telegram.incoming.polling import POLL_SECONDS
from bot.errors import ChannelError

_TOKEN = re.compile(r"\d{3,20}:[A-Za-z0-9_-]{20,80}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{8,256}")


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    """Settings of the channel.

    Without `webhook_url` the channel uses long polling, with requests of `poll_seconds`.
    `base_url`: a Bot API server other than Telegram's. `text_chars`: texts are cut after this
    many characters. `user_per_minute`: messages of one person in a chat; 0 means no limit.
    """

    token: str
    base_url: str = ""
    webhook_url: str = ""
    webhook_secret: str = ""
    proxy: str = ""
    text_chars: int = 500
    poll_seconds: int = POLL_SECONDS
    user_per_minute: int = 0


def check_settings(settings: TelegramSettings) -> None:
    """Raise ChannelError if the channel cannot work with these settings."""
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


def open_requests(settings: TelegramSettings) -> tuple[BaseRequest, BaseRequest]:
    """Return the connection pools for calls and for polling.

    Raises ChannelError if the proxy or the certificates cannot be used.
    """
    proxy = settings.proxy or None
    with creation_errors_as_channel_errors(
        "Telegram ", proxy=settings.proxy, setting="telegram.proxy"
    ):
        calls = HTTPXRequest(connection_pool_size=64, read_timeout=10.0, proxy=proxy)
        polling = HTTPXRequest(connection_pool_size=2, proxy=proxy)
    return calls, polling
