"""One contract for every channel: the same thirty conversations, the same replies, each rendered
its way and within its limits."""

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
from tests.channels.channel_drivers import Api, Page, Telegram, Terminal, Way, WeChat
from tests.channels.fake_guide import now
from tests.channels.reference_conversations import (
    KEY,
    Turn,
    blankless,
    conversations,
    guide_step,
    reference,
)
from tests.channels.sockets import serving
from tests.channels.telegram.bot_api_server import SECRET, TOKEN, BotApi
from tests.channels.telegram.fake_telegram import quick
from tests.channels.web.web_client import CALM, client_of
from tests.channels.wechat.wechat_account import fixed_bytes
from tests.channels.wechat.wechat_platform import AES_KEY, APP_ID, Platform
from tests.channels.wechat.wechat_platform import TOKEN as WECHAT_TOKEN

Played = Mapping[str, Sequence[Turn]]


@dataclass(frozen=True)
class House:
    """What stands behind every channel: the real guide over the real knowledge."""

    base: KnowledgeBase
    store: Store
    guide: Guide
    noted: InstrumentedGuide


@pytest.fixture
async def house(base: KnowledgeBase) -> AsyncIterator[House]:
    store = await open_store(composition.MEMORY)
    async with Guide(store, guide_step(base), clock=now) as guide:
        noted = InstrumentedGuide(guide, Metrics(CollectorRegistry()), TurnLog(), KEY)
        yield House(base, store, guide, noted)
    await store.close()


@pytest.fixture(scope="module")
def played(base: KnowledgeBase) -> Played:
    """What the guide says, where old buttons can still be pressed."""
    return asyncio.run(reference(base, old_buttons=True))


@pytest.fixture(scope="module")
def typed(base: KnowledgeBase) -> Played:
    """What the guide says, where only what is on offer can be chosen."""
    return asyncio.run(reference(base, old_buttons=False))


async def differences(ways: Mapping[str, Way], played: Played) -> list[str]:
    """All conversations at once; what was seen that is not as the guide said."""

    async def talk(name: str) -> list[str]:
        found = [(turn.said, await ways[name].differs(turn)) for turn in played[name]]
        return [f"{name}, {said}: {fault}" for said, fault in found if fault]

    found = await asyncio.gather(*(talk(name) for name in played))
    return [fault for faults in found for fault in faults]


def test_the_conversations_reach_every_kind_of_reply(played: Played) -> None:
    turns = [turn for talk in played.values() for turn in talk]
    assert len(played) == len(conversations()) == 30
    assert {turn.record["outcome"] for turn in turns} == {None, "answer", "clarify", "unknown"}
    modes = {turn.record["mode"] for turn in turns}
    assert modes == {"idle", "interview", "results", "detail", "clarify"}
    assert {turn.said.tap[:2] for turn in turns} == {"", "a:", "s:", "f:", "c:"}
    sizes = [sum(len(r.text.encode()) for r in turn.replies) for turn in turns]
    assert sum(size > 2_047 for size in sizes) >= 4
    assert sum(len(turn.replies) > 1 for turn in turns) >= 5
    # The decoration is only taken off rightly where one reply of a turn holds the choices.
    assert all(sum(bool(r.choices) for r in turn.replies) <= 1 for turn in turns)


async def test_the_terminal_says_what_the_guide_says(house: House, typed: Played) -> None:
    async with AsyncExitStack() as stack:
        opened = [Terminal.opened(house.guide, f"terminal:{name}") for name in typed]
        ways = [await stack.enter_async_context(terminal) for terminal in opened]
        assert await differences(dict(zip(typed, ways, strict=True)), typed) == []


async def _nobody() -> tuple[bool, Mapping[str, object]]:
    return True, {}


def web_of(house: House) -> WebDependencies:
    """The web as `serve` builds it, without rates."""
    return WebDependencies(
        guide=house.guide,
        greet=lambda: composition.record(house.base, Session(), Utterance(choice="c:start")),
        ask=lambda text: composition.ask(house.base, text),
        session_view=house.store.peek,
        last=house.store.last,
        knowledge=lambda: house.base.knowledge,
        result_card=lambda profile, day: composition.result_cards(house.base, profile, day),
        ready=_nobody,
        clock=now,
        key=KEY,
        settings=CALM,
    )


async def test_the_api_says_what_the_guide_says(house: House, played: Played) -> None:
    async with client_of(build_web(web_of(house))) as client:
        ways = {name: Api(client, name) for name in played}
        assert await differences(ways, played) == []


async def test_the_page_says_what_the_guide_says(house: House, played: Played) -> None:
    web = build_web(web_of(house))
    async with AsyncExitStack() as stack:
        ways = {name: Page(await stack.enter_async_context(client_of(web))) for name in played}
        assert await differences(ways, played) == []


async def test_telegram_says_what_the_guide_says(house: House, played: Played) -> None:
    api, count = BotApi(), itertools.count(1)
    async with AsyncExitStack() as stack:
        base_url = await stack.enter_async_context(serving(api.routes()))
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=60))
        settings = TelegramSettings(TOKEN, base_url, "https://bot.example.cn/telegram", SECRET)
        channel = TelegramChannel(
            house.noted, house.store, settings, now, time.monotonic, pace=quick()
        )
        own = await stack.enter_async_context(serving(channel.routes()))
        stack.push_async_callback(channel.stop)
        await channel.start()
        ways = {
            name: Telegram(client, f"{own}/telegram", api, chat, count)
            for chat, name in enumerate(played, 1)
        }
        assert await differences(ways, played) == []
        await asyncio.sleep(0.05)
        for name, way in ways.items():
            said = "".join(r.text for turn in played[name] for r in turn.replies)
            assert blankless("".join(m["text"] for m in way.sent())) == blankless(said)
    # The server holds every call against the published interface: 4,096 units, 64 bytes, …
    assert api.violations == []


@asynccontextmanager
async def wechat(house: House, *, sealed: bool, tappable: bool) -> AsyncIterator[Platform]:
    """The platform's side of an account over this house."""
    settings = WeChatSettings(
        WECHAT_TOKEN, APP_ID, AES_KEY if sealed else "", tappable=tappable, budget=60.0
    )
    channel = WeChatChannel(house.noted, house.store, settings, now, fixed_bytes)
    async with serving(channel.routes()) as url, httpx.AsyncClient(timeout=60) as client:
        yield Platform(f"{url}/wechat", client, sealed)
        await channel.stop()


@pytest.mark.parametrize(
    ("sealed", "tappable", "labels"),
    [(False, False, False), (True, False, True), (False, True, False)],
    ids=["plain, by numbers", "encrypted, by labels", "plain, by taps"],
)
async def test_wechat_says_what_the_guide_says(
    house: House, played: Played, sealed: bool, tappable: bool, labels: bool
) -> None:
    async with wechat(house, sealed=sealed, tappable=tappable) as platform:
        ways = {
            name: WeChat(platform, f"oUser{number}", labels=labels, tappable=tappable)
            for number, name in enumerate(played)
        }
        assert await differences(ways, played) == []
    assert sum(way.longest > 1 for way in ways.values()) >= 3
