"""The contract of every channel: the same thirty conversations get the same replies, rendered in
the format and within the limits of the channel."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
from prometheus_client import CollectorRegistry

from bot.app import composition
from bot.app.messengers import InstrumentedGuide
from bot.channels.common.logging import TurnLog
from bot.channels.telegram.channel import TelegramChannel, TelegramSettings
from bot.channels.web.app import build_web
from bot.channels.web.dependencies import WebDependencies
from bot.channels.web.http.metrics import Metrics
from bot.channels.wechat.webhook import WeChatChannel, WeChatSettings
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.session import Session, Utterance
from bot.service.guide import Guide
from bot.service.ports import Store
from bot.storage.factory import open_store
from tests.channels.channel_drivers import (
    ApiDriver,
    ChannelDriver,
    PageDriver,
    TelegramDriver,
    TerminalDriver,
    WeChatDriver,
    full_text,
)
from tests.channels.fake_guide import now
from tests.channels.reference_conversations import (
    KEY,
    Turn,
    conversations,
    guide_step,
    reference,
    without_spaces,
)
from tests.channels.sockets import serving
from tests.channels.telegram.bot_api_server import SECRET, TOKEN, BotApi
from tests.channels.telegram.fake_telegram import fast_throttle
from tests.channels.web.web_client import CALM, client_of
from tests.channels.wechat.wechat_account import fixed_bytes
from tests.channels.wechat.wechat_platform import AES_KEY, APP_ID, Platform
from tests.channels.wechat.wechat_platform import TOKEN as WECHAT_TOKEN

Played = Mapping[str, Sequence[Turn]]


@dataclass(frozen=True)
class GuideSetup:
    """The real guide over the real knowledge, with a store in memory."""

    base: KnowledgeBase
    store: Store
    guide: Guide
    instrumented: InstrumentedGuide


@pytest.fixture
async def setup(base: KnowledgeBase) -> AsyncIterator[GuideSetup]:
    """Run the guide and yield it with its store."""
    store = await open_store(composition.MEMORY)
    async with Guide(store, guide_step(base), clock=now) as guide:
        instrumented = InstrumentedGuide(guide, Metrics(CollectorRegistry()), TurnLog(), KEY)
        yield GuideSetup(base, store, guide, instrumented)
    await store.close()


@pytest.fixture(scope="module")
def played(base: KnowledgeBase) -> Played:
    """Return the turns of the guide, including taps on old buttons."""
    return asyncio.run(reference(base, old_buttons=True))


@pytest.fixture(scope="module")
def messaged(base: KnowledgeBase) -> Played:
    """Return the turns of the guide in a messenger, which asks before everything is deleted."""
    return asyncio.run(reference(base, old_buttons=True, confirm=True))


@pytest.fixture(scope="module")
def pushed(base: KnowledgeBase) -> Played:
    """Return the turns of the guide in a messenger that can also send by itself."""
    return asyncio.run(reference(base, old_buttons=True, confirm=True, push=True))


@pytest.fixture(scope="module")
def typed(base: KnowledgeBase) -> Played:
    """Return the turns of the guide, without taps on old buttons."""
    return asyncio.run(reference(base, old_buttons=False))


async def differences(drivers: Mapping[str, ChannelDriver], played: Played) -> list[str]:
    """Play all conversations concurrently and return the differences."""

    async def play(name: str) -> list[str]:
        found = [(turn.given, await drivers[name].play(turn)) for turn in played[name]]
        return [f"{name}, {given}: {difference}" for given, difference in found if difference]

    found = await asyncio.gather(*(play(name) for name in played))
    return [difference for differences in found for difference in differences]


def test_the_conversations_reach_every_kind_of_reply(played: Played) -> None:
    turns = [turn for talk in played.values() for turn in talk]
    assert len(played) == len(conversations()) == 30
    assert {turn.record["outcome"] for turn in turns} == {None, "answer", "clarify", "unknown"}
    modes = {turn.record["mode"] for turn in turns}
    assert modes == {"idle", "interview", "results", "detail", "clarify"}
    assert {turn.given.tap[:2] for turn in turns} == {"", "a:", "s:", "f:", "c:"}
    sizes = [sum(len(r.text.encode()) for r in turn.replies) for turn in turns]
    assert sum(size > 2_047 for size in sizes) >= 4
    assert sum(len(turn.replies) > 1 for turn in turns) >= 5
    # `parse_display` requires that only one reply of a turn has choices.
    assert all(sum(bool(r.choices) for r in turn.replies) <= 1 for turn in turns)


async def test_the_terminal_shows_the_guides_replies(setup: GuideSetup, typed: Played) -> None:
    async with AsyncExitStack() as stack:
        opened = [TerminalDriver.opened(setup.guide, f"terminal:{name}") for name in typed]
        drivers = [await stack.enter_async_context(terminal) for terminal in opened]
        assert await differences(dict(zip(typed, drivers, strict=True)), typed) == []


async def _ready() -> tuple[bool, Mapping[str, object]]:
    return True, {}


def web_dependencies(setup: GuideSetup) -> WebDependencies:
    """Return the dependencies of the web as `serve` builds them, without rate limits."""
    return WebDependencies(
        guide=setup.guide,
        greet=lambda: composition.record(setup.base, Session(), Utterance(choice="c:start")),
        ask=lambda text: composition.ask(setup.base, text),
        session_view=setup.store.peek,
        last=setup.store.last,
        knowledge=lambda: setup.base.knowledge,
        result_card=lambda profile, day: composition.result_cards(setup.base, profile, day),
        ready=_ready,
        clock=now,
        key=KEY,
        settings=CALM,
    )


async def test_the_api_returns_the_guides_records(setup: GuideSetup, played: Played) -> None:
    async with client_of(build_web(web_dependencies(setup))) as client:
        drivers = {name: ApiDriver(client, name) for name in played}
        assert await differences(drivers, played) == []


async def test_the_page_shows_the_guides_replies(setup: GuideSetup, played: Played) -> None:
    web = build_web(web_dependencies(setup))
    async with AsyncExitStack() as stack:
        drivers = {
            name: PageDriver(await stack.enter_async_context(client_of(web))) for name in played
        }
        assert await differences(drivers, played) == []


async def test_telegram_shows_the_guides_replies(setup: GuideSetup, pushed: Played) -> None:
    api, count = BotApi(), itertools.count(1)
    async with AsyncExitStack() as stack:
        base_url = await stack.enter_async_context(serving(api.routes()))
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=60))
        settings = TelegramSettings(TOKEN, base_url, "https://bot.example.cn/telegram", SECRET)
        channel = TelegramChannel(
            setup.instrumented,
            setup.store,
            lambda: setup.base.knowledge,
            settings,
            now,
            time.monotonic,
            throttle=fast_throttle(),
        )
        own = await stack.enter_async_context(serving(channel.routes()))
        stack.push_async_callback(channel.stop)
        await channel.start()
        drivers = {
            name: TelegramDriver(client, f"{own}/telegram", api, chat, count)
            for chat, name in enumerate(pushed, 1)
        }
        assert await differences(drivers, pushed) == []
        await asyncio.sleep(0.05)
        for name, driver in drivers.items():
            text = "".join(r.text for turn in pushed[name] for r in turn.replies)
            sent = "".join(full_text(m) for m in driver.sent())
            assert without_spaces(sent) == without_spaces(text)
    # The server checks every call against the published interface and its limits.
    assert api.violations == []


@asynccontextmanager
async def wechat(setup: GuideSetup, *, sealed: bool, tappable: bool) -> AsyncIterator[Platform]:
    """Serve an account and yield the platform's side of it."""
    settings = WeChatSettings(
        WECHAT_TOKEN, APP_ID, AES_KEY if sealed else "", tappable=tappable, budget=60.0
    )
    channel = WeChatChannel(
        setup.instrumented,
        setup.store,
        lambda: setup.base.knowledge,
        settings,
        now,
        fixed_bytes,
    )
    async with serving(channel.routes()) as url, httpx.AsyncClient(timeout=60) as client:
        yield Platform(f"{url}/wechat", client, sealed)
        await channel.stop()


@pytest.mark.parametrize(
    ("sealed", "tappable", "labels"),
    [(False, False, False), (True, False, True), (False, True, False)],
    ids=["plain, by numbers", "encrypted, by labels", "plain, by taps"],
)
async def test_wechat_shows_the_guides_replies(
    setup: GuideSetup, messaged: Played, sealed: bool, tappable: bool, labels: bool
) -> None:
    async with wechat(setup, sealed=sealed, tappable=tappable) as platform:
        drivers = {
            name: WeChatDriver(platform, f"oUser{number}", labels=labels, tappable=tappable)
            for number, name in enumerate(messaged)
        }
        assert await differences(drivers, messaged) == []
    assert sum(driver.max_pages > 1 for driver in drivers.values()) >= 3
