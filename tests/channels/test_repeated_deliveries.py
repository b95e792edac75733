"""Both messengers at once, on one guide and one store: duplicated, reordered, concurrent."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict

import httpx

from bot.channels.wechat.webhook import WeChatChannel, WeChatSettings
from tests.channels.fake_guide import now
from tests.channels.sockets import serving
from tests.channels.telegram.bot_api_server import message
from tests.channels.telegram.fake_telegram import World, counting, world
from tests.channels.wechat.wechat_platform import APP_ID, TOKEN, Platform

USERS = 10
MESSAGES = 20
DELIVERIES = 1_000


class Wechat:
    """WeChat's side: which reply each delivery of a message got."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.got: dict[tuple[int, int], set[str]] = defaultdict(set)

    async def deliver(self, user: int, n: int) -> None:
        """Deliver the n-th message of this user."""
        body = self.platform.message(f"第{n}", user=f"oUser{user}", MsgId=f"{user}000{n}")
        self.got[user, n].add(await self.platform.says(body))


async def test_a_thousand_mixed_deliveries_are_one_transition_each_and_stay_in_order() -> None:
    dice = random.Random(20161123)
    unique = [(c, u, n) for c in "tw" for u in range(1, USERS + 1) for n in range(MESSAGES)]
    repeated = dice.choices(unique, k=DELIVERIES - len(unique))
    deliveries = dice.sample(unique + repeated, DELIVERIES)
    async with world(webhook=True, step=counting()) as w:
        # A reply must not be late on a machine that does other things too.
        settings = WeChatSettings(TOKEN, APP_ID, budget=60.0)
        channel = WeChatChannel(w.guide, w.store, settings, now, bytes)
        async with serving(channel.routes()) as url:
            wechat = Wechat(Platform(f"{url}/wechat", w.client))
            await _all(w, wechat, deliveries)
            await w.api.until(lambda: len(w.api.of("sendMessage")) == USERS * MESSAGES, 60)
            await asyncio.sleep(0.05)
            sessions = [
                await w.store.peek(f"{channel}{user}")
                for user in range(1, USERS + 1)
                for channel in ("telegram:", "wechat:oUser")
            ]
        await channel.stop()

    assert [session and session.page for session in sessions] == [MESSAGES] * (2 * USERS)
    for user in range(1, USERS + 1):
        sent = w.api.texts(user)
        assert [int(text.partition("：")[0]) for text in sent] == list(range(1, MESSAGES + 1))
        assert {text.partition("：")[2] for text in sent} == {f"第{n}" for n in range(MESSAGES)}
        replies = [wechat.got[user, n] for n in range(MESSAGES)]
        assert all(len(reply) == 1 for reply in replies)
        counts = sorted(int(next(iter(reply)).partition("：")[0]) for reply in replies)
        assert counts == list(range(1, MESSAGES + 1))
    assert w.api.violations == []


async def _all(w: World, wechat: Wechat, deliveries: list[tuple[str, int, int]]) -> None:
    """Deliver all of these, forty at a time."""
    room = asyncio.Semaphore(40)

    async def one(kind: str, user: int, n: int) -> None:
        async with room:
            if kind == "t":
                update = message(user * 1_000 + n, f"第{n}", user=user)
                assert (await w.deliver(update)).status_code == 200
            else:
                await wechat.deliver(user, n)

    await asyncio.gather(*(one(*delivery) for delivery in deliveries))


async def test_one_messenger_away_leaves_the_other_untouched() -> None:
    async with world(webhook=True) as w:
        channel = WeChatChannel(w.guide, w.store, WeChatSettings(TOKEN, APP_ID), now, bytes)
        await w.channel.stop()
        async with serving(channel.routes()) as url, httpx.AsyncClient(timeout=60) as client:
            platform = Platform(f"{url}/wechat", client)

            assert (await platform.text("还在吗")).startswith("1：还在吗")
        await channel.stop()
