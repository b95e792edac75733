"""Build the messenger channels whose secrets are set."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

import structlog
from pydantic import SecretStr
from starlette.routing import BaseRoute

from bot.app import composition
from bot.channels.common.logging import TurnLog, log_crash
from bot.channels.common.phrases import LivePhrases
from bot.channels.web.http.metrics import Metrics
from bot.channels.web.http.signing import conv_hash, turn_id
from bot.channels.web.rendering.assets import static_path
from bot.config import Settings
from bot.content.readers.loader import load
from bot.core.domain.knowledge import DISTRICT, Knowledge
from bot.errors import ChannelError, GuideBusy, PolicyBotError
from bot.service.guide import Guide
from bot.service.ports import Answered, Incoming, Store

TELEGRAM = "Telegram"
WECHAT = "微信公众号"
# The picture of results in WeChat, among the static files.
_COVER = "cover.png"
# A word of a district that is shorter may be the name of a street anywhere.
_SHORTEST_DISTRICT = 3


@dataclass
class ServiceParts:
    """Routes, and functions to call at start and, in reverse order, at stop.

    `enabled` and `disabled` describe the channels to the admin.
    """

    routes: list[BaseRoute] = field(default_factory=list)
    starters: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    stoppers: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    enabled: list[str] = field(default_factory=list)
    disabled: list[str] = field(default_factory=list)


def _secret_value(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


@dataclass(frozen=True)
class InstrumentedGuide:
    """A guide for messengers: it asks before it deletes everything, and it counts and logs each
    turn, with a keyed hash of the user and without texts."""

    guide: Guide
    metrics: Metrics
    log: TurnLog
    key: bytes

    async def answer(self, incoming: Incoming) -> Answered:
        """Answer a message; see `Guide.answer`."""
        incoming = replace(incoming, utterance=replace(incoming.utterance, confirm=True))
        started = time.perf_counter()
        channel = incoming.conv.partition(":")[0]
        try:
            answered = await self.guide.answer(incoming)
        except PolicyBotError as error:
            self.metrics.refused(channel, "busy" if isinstance(error, GuideBusy) else "store")
            raise
        seconds = time.perf_counter() - started
        outcome = answered.outcome or "none"
        self.metrics.turn(channel, outcome, seconds)
        user, turn = conv_hash(self.key, incoming.conv), turn_id(self.key, incoming)
        self.log.turn(channel, turn, user, outcome, seconds, duplicate=answered.duplicate)
        return answered


def add_messengers(
    parts: ServiceParts,
    settings: Settings,
    guide: InstrumentedGuide,
    store: Store,
    phrases: LivePhrases,
    places: Callable[[str], str],
) -> None:
    """Add each messenger that has a token. One that cannot run is disabled with a reason.

    `places` returns the district that an address is in; see `district_in`.
    """
    telegram, wechat = settings.telegram.token, settings.wechat.token
    for name, variable, token, add in (
        (TELEGRAM, "POLICYBOT_TELEGRAM__TOKEN", telegram, _add_telegram),
        (WECHAT, "POLICYBOT_WECHAT__TOKEN", wechat, partial(_add_wechat, places=places)),
    ):
        if token is None:
            parts.disabled.append(f"{name}：没有设 {variable}")
            continue
        with _disabled_on_error(parts, name):
            add(parts, settings, guide, store, phrases)


@contextmanager
def _disabled_on_error(parts: ServiceParts, name: str) -> Iterator[None]:
    """Log any error of a messenger and list the messenger as disabled: the service goes on."""
    try:
        yield
    except ChannelError as error:
        reason = str(error)
    except Exception as error:
        log_crash("channel_crashed", error)
        reason = f"启动时出了意外（{type(error).__name__}），详情在日志里"
    else:
        return
    parts.disabled.append(f"{name}：{reason}")
    structlog.get_logger().error("channel_off", channel=name, reason=reason)


def _add_telegram(
    parts: ServiceParts,
    settings: Settings,
    guide: InstrumentedGuide,
    store: Store,
    phrases: LivePhrases,
) -> None:
    from bot.channels.telegram.channel import TelegramChannel, TelegramSettings

    config = settings.telegram
    channel = TelegramChannel(
        guide,
        store,
        phrases,
        TelegramSettings(
            token=_secret_value(config.token),
            base_url=config.base_url,
            webhook_url=config.webhook_url,
            webhook_secret=_secret_value(config.webhook_secret),
            proxy=config.proxy,
            text_chars=settings.limits.text_chars,
            user_per_minute=settings.limits.user_per_minute,
        ),
        composition.now,
        time.monotonic,
    )
    tasks: list[asyncio.Task[None]] = []

    async def connect() -> None:
        with _disabled_on_error(parts, TELEGRAM):
            await channel.start()

    async def start() -> None:
        # Telegram may be unreachable for days: the web server must not wait for it.
        tasks.append(asyncio.create_task(connect(), name="telegram-start"))

    async def stop() -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await channel.stop()

    parts.routes += channel.routes()
    parts.starters.append(start)
    parts.stoppers.append(stop)
    mode = "网址推送" if config.webhook_url else "长轮询"
    parts.enabled.append(f"{TELEGRAM}（{mode}，正在连接；连不上会在日志里说）")


def _add_wechat(
    parts: ServiceParts,
    settings: Settings,
    guide: InstrumentedGuide,
    store: Store,
    phrases: LivePhrases,
    *,
    places: Callable[[str], str],
) -> None:
    from bot.channels.wechat.api_client import WeChatApi
    from bot.channels.wechat.webhook import WeChatChannel, WeChatSettings

    config = settings.wechat
    api = None
    if config.customer_service and config.app_secret:
        api = WeChatApi(config.app_id, _secret_value(config.app_secret), composition.now)
    channel = WeChatChannel(
        guide,
        store,
        phrases,
        WeChatSettings(
            token=_secret_value(config.token),
            app_id=config.app_id,
            aes_key=_secret_value(config.aes_key),
            tappable=config.tappable_choices,
            text_chars=settings.limits.text_chars,
            user_per_minute=settings.limits.user_per_minute,
            picture=f"{settings.public_url}{static_path(_COVER)}" if settings.public_url else "",
        ),
        composition.now,
        secrets.token_bytes,
        push=api.send_text if api else None,
        district_in=places,
    )
    parts.routes += channel.routes()
    if api:
        parts.stoppers.append(api.close)
    parts.stoppers.append(channel.stop)
    parts.enabled.append(f"{WECHAT}（{'加密' if config.aes_key else '明文'}模式）")


def district_in(knowledge: Knowledge, place: str) -> str:
    """Return the label of the district that an address is in, by the words of the interview; "" if
    it names none. An address in the city is not taken for one elsewhere because of a street."""
    slot = knowledge.slots.get(DISTRICT)
    inside = knowledge.locality.city in place
    found = [
        (len(word), choice.label)
        for choice in (slot.choices if slot else ())
        for word in (choice.label, *choice.words)
        if word in place
        and (
            not inside
            if slot and choice.id == slot.none_choice
            else len(word) >= _SHORTEST_DISTRICT
        )
    ]
    return max(found, key=lambda match: match[0])[1] if found else ""


async def publish_menu(settings: Settings) -> str:
    """Publish the menu of config.yaml, or else the default one, as the menu of the WeChat account.

    Return a message for the admin. Raises ChannelError, and KnowledgeError if the default menu
    cannot be read.
    """
    from bot.channels.wechat.api_client import WeChatApi
    from bot.channels.wechat.menu import default_menu

    config = settings.wechat
    menu = config.menu or default_menu(load(settings.knowledge))
    api = WeChatApi(config.app_id, _secret_value(config.app_secret), composition.now)
    try:
        await api.publish_menu(menu)
    finally:
        await api.close()
    return "菜单已发布，手机上最迟 24 小时内看到（取消关注再关注，马上就能看到）。"
