"""Duplicated, reordered and concurrent deliveries of both messengers on one guide and store."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict

import httpx

from bot.app.composition import step_over
from bot.channels.wechat.webhook import WeChatChannel, WeChatSettings
from bot.core.dialogue.manager import KnowledgeBase
from tests.channels.fake_guide import now
from tests.channels.messenger_phrases import phrases
from tests.channels.sockets import serving
from tests.channels.telegram.bot_api_server import message, press
from tests.channels.telegram.fake_telegram import TelegramSetup, counting_step, telegram_setup
from tests.channels.wechat.wechat_platform import APP_ID, TOKEN, Platform

USERS = 10
MESSAGES = 20
DELIVERIES = 1_000


class WeChatDeliveries:
    """Delivers WeChat messages and collects the replies by message."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.replies: dict[tuple[int, int], set[str]] = defaultdict(set)

    async def deliver(self, user: int, n: int) -> None:
        """Deliver the n-th message of a user."""
        body = self.platform.message(f"第{n}", user=f"oUser{user}", MsgId=f"{user}000{n}")
        self.replies[user, n].add(await self.platform.reply_to(body))


async def test_an_older_update_after_forgetting_writes_nothing(base: KnowledgeBase) -> None:
    updates = [
        message(1, "我是大三学生，想休学创业"),
        message(2, "忘记我"),
        press(3, "c:forget_yes"),
    ]
    async with telegram_setup(webhook=True, step=step_over(lambda: base)) as setup:
        for update in updates:
            assert (await setup.deliver(update)).status_code == 200
        await setup.api.until(lambda: len(setup.api.calls_of("sendMessage")) >= 3)
        sent = len(setup.api.calls_of("sendMessage"))
        for update in (updates[0], *reversed(updates)):
            assert (await setup.deliver(update)).status_code == 200
            assert await setup.store.peek("telegram:42") is None
            assert await setup.store.recent("telegram:42", 10) == []
        await asyncio.sleep(0.05)
        assert len(setup.api.calls_of("sendMessage")) == sent


async def test_a_thousand_mixed_deliveries_are_one_turn_per_message_in_order() -> None:
    random_numbers = random.Random(20161123)
    unique = [(c, u, n) for c in "tw" for u in range(1, USERS + 1) for n in range(MESSAGES)]
    repeated = random_numbers.choices(unique, k=DELIVERIES - len(unique))
    deliveries = random_numbers.sample(unique + repeated, DELIVERIES)
    async with telegram_setup(webhook=True, step=counting_step()) as setup:
        # A large budget, so that no reply is late on a loaded machine.
        settings = WeChatSettings(TOKEN, APP_ID, budget=60.0)
        channel = WeChatChannel(setup.guide, setup.store, phrases, settings, now, bytes)
        async with serving(channel.routes()) as url:
            wechat = WeChatDeliveries(Platform(f"{url}/wechat", setup.client))
            await _deliver_all(setup, wechat, deliveries)
            await setup.api.until(
                lambda: len(setup.api.calls_of("sendMessage")) == USERS * MESSAGES
            )
            await asyncio.sleep(0.05)
            sessions = [
                await setup.store.peek(f"{channel}{user}")
                for user in range(1, USERS + 1)
                for channel in ("telegram:", "wechat:oUser")
            ]
        await channel.stop()

    assert [session and session.asked for session in sessions] == [str(MESSAGES)] * (2 * USERS)
    for user in range(1, USERS + 1):
        sent = setup.api.texts(user)
        assert [int(text.partition("：")[0]) for text in sent] == list(range(1, MESSAGES + 1))
        assert {text.partition("：")[2] for text in sent} == {f"第{n}" for n in range(MESSAGES)}
        replies = [wechat.replies[user, n] for n in range(MESSAGES)]
        assert all(len(reply) == 1 for reply in replies)
        counts = sorted(int(next(iter(reply)).partition("：")[0]) for reply in replies)
        assert counts == list(range(1, MESSAGES + 1))
    assert setup.api.violations == []


async def _deliver_all(
    setup: TelegramSetup, wechat: WeChatDeliveries, deliveries: list[tuple[str, int, int]]
) -> None:
    """Make all deliveries, forty at a time."""
    limit = asyncio.Semaphore(40)

    async def one(kind: str, user: int, n: int) -> None:
        async with limit:
            if kind == "t":
                update = message(user * 1_000 + n, f"第{n}", user=user)
                assert (await setup.deliver(update)).status_code == 200
            else:
                await wechat.deliver(user, n)

    await asyncio.gather(*(one(*delivery) for delivery in deliveries))


async def test_a_stopped_messenger_does_not_affect_the_other() -> None:
    async with telegram_setup(webhook=True) as setup:
        channel = WeChatChannel(
            setup.guide, setup.store, phrases, WeChatSettings(TOKEN, APP_ID), now, bytes
        )
        await setup.channel.stop()
        async with serving(channel.routes()) as url, httpx.AsyncClient(timeout=60) as client:
            platform = Platform(f"{url}/wechat", client)

            assert (await platform.text("还在吗")).startswith("1：还在吗")
        await channel.stop()
