"""Messengers made ready from their settings; their turns counted and logged without a word."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
import structlog
from prometheus_client import CollectorRegistry

from bot.app import composition
from bot.app.messengers import (
    InstrumentedGuide,
    ServiceParts,
    add_messengers,
    publish_menu,
    turn_id,
)
from bot.channels.common.logging import TurnLog
from bot.channels.web.http.metrics import Metrics
from bot.channels.web.http.signing import conv_hash
from bot.config import Settings
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.replies import Turn
from bot.core.domain.session import Session, Utterance
from bot.errors import ChannelError, GuideBusy, StoreUnavailable
from bot.service.guide import Guide
from bot.service.ports import Incoming, Step, Store
from bot.storage.factory import open_store
from tests.channels.fake_guide import NOW, now
from tests.channels.sockets import serving
from tests.channels.telegram.bot_api_server import SECRET, TOKEN, BotApi, message
from tests.channels.wechat.wechat_platform import AES_KEY, APP_ID, Platform

KEY = b"a key for tests, thirty-two long"
PRIVATE = "休学创业能保留学籍吗，我欠了三十万"
HOOK = "https://bot.example.cn/telegram"


@dataclass(frozen=True)
class Desk:
    """A noted guide over the real knowledge, with its figures."""

    noted: InstrumentedGuide
    store: Store
    registry: CollectorRegistry

    def counted(self, name: str, **labels: str) -> float:
        """A figure of /metrics."""
        return self.registry.get_sample_value(name, labels) or 0.0


@asynccontextmanager
async def desk(step: Step, queue_limit: int = 100) -> AsyncIterator[Desk]:
    """Everything running."""
    store, registry = await open_store(composition.MEMORY), CollectorRegistry()
    async with Guide(store, step, queue_limit=queue_limit, clock=now) as guide:
        yield Desk(InstrumentedGuide(guide, Metrics(registry), TurnLog(), KEY), store, registry)
    await store.close()


def said(text: str, message_id: str = "1", conv: str = "telegram:8842517") -> Incoming:
    tapped = text[1:2] == ":"
    utterance = Utterance(choice=text) if tapped else Utterance(text=text)
    return Incoming(conv, message_id, utterance, NOW)


def settings(**sections: Mapping[str, object]) -> Settings:
    return Settings.model_validate(sections)


async def test_a_turn_is_counted_by_channel_and_outcome(base: KnowledgeBase) -> None:
    async with desk(composition.step_over(lambda: base)) as held:
        await held.noted.answer(said(PRIVATE, "1"))
        await held.noted.answer(said("怎么离婚", "2"))
        await held.noted.answer(said("c:start", "3"))
        await held.noted.answer(said("c:start", "1", conv="wechat:oUser"))
        turns = "policybot_turns_total"
        assert held.counted(turns, channel="telegram", outcome="answer") == 1
        assert held.counted(turns, channel="telegram", outcome="unknown") == 1
        # A turn without a question is counted by where the talk stands.
        assert held.counted(turns, channel="telegram", outcome="none") == 1
        assert held.counted(turns, channel="wechat", outcome="none") == 1
        assert held.counted("policybot_turn_seconds_count", channel="telegram") == 3


async def test_a_log_line_tells_who_by_a_keyed_hash_and_never_what(base: KnowledgeBase) -> None:
    with structlog.testing.capture_logs() as lines:
        async with desk(composition.step_over(lambda: base)) as held:
            for message_id in ("1", "1", "2"):
                await held.noted.answer(said(PRIVATE, message_id))
            await held.noted.answer(said(PRIVATE, "1", conv="telegram:43"))
    assert [line["event"] for line in lines] == ["turn"] * 4
    first, again, second, other = lines
    assert [line["duplicate"] for line in lines] == [False, True, False, False]
    assert first["turn"] == again["turn"] != second["turn"]
    assert first["conv"] == second["conv"] == conv_hash(KEY, "telegram:8842517") != other["conv"]
    assert first["turn"] != other["turn"]
    shown = str(lines)
    for word in ("三十万", "休学", "8842517", "保留学籍"):
        assert word not in shown, word


async def test_a_message_not_taken_is_counted_by_its_reason_and_raised(
    base: KnowledgeBase,
) -> None:
    def failing(session: Session, incoming: Incoming) -> Turn:
        raise StoreUnavailable("磁盘满了")

    with structlog.testing.capture_logs() as lines:
        async with desk(failing, queue_limit=1) as held:
            with pytest.raises(StoreUnavailable):
                await held.noted.answer(said(PRIVATE))
            tries = [held.noted.answer(said(PRIVATE, str(n))) for n in range(3)]
            found = await asyncio.gather(*tries, return_exceptions=True)
            assert [type(error) for error in found] == [StoreUnavailable, GuideBusy, GuideBusy]
            refused = "policybot_refused_total"
            assert held.counted(refused, channel="telegram", reason="store") == 2
            assert held.counted(refused, channel="telegram", reason="busy") == 2
            assert held.counted("policybot_turn_seconds_count", channel="telegram") == 0
    assert [line for line in lines if line["event"] == "turn"] == []


def test_any_id_has_a_name_of_its_own_for_logs() -> None:
    ids = ["1", "2", "\ud800", "消息", "1\n", "", "x" * 9_000]
    names = [turn_id(KEY, said("好", message_id)) for message_id in ids]
    assert len(set(names)) == len(ids)
    assert all(len(name) == 12 for name in names)


async def parts_for(held: Settings) -> tuple[ServiceParts, list[str]]:
    """What stands ready under these settings, and the errors that were logged."""
    parts = ServiceParts()
    with structlog.testing.capture_logs() as lines:
        async with desk(lambda session, _: Turn(session, ())) as house:
            add_messengers(parts, held, house.noted, house.store)
            for stopper in reversed(parts.stoppers):
                await stopper()
    return parts, [f"{line['channel']}：{line['reason']}" for line in lines]


async def test_without_tokens_no_messenger_runs_and_each_says_what_to_set() -> None:
    parts, logged = await parts_for(settings())
    assert (parts.running, parts.routes, parts.starters, logged) == ([], [], [], [])
    assert "POLICYBOT_TELEGRAM__TOKEN" in parts.asleep[0]
    assert "POLICYBOT_WECHAT__TOKEN" in parts.asleep[1]


@pytest.mark.parametrize(
    ("held", "names", "paths"),
    [
        ({"telegram": {"token": TOKEN}}, ["Telegram（长轮询，正在连接；连不上会在日志里说）"], []),
        (
            {"telegram": {"token": TOKEN, "webhook_url": HOOK, "webhook_secret": SECRET}},
            ["Telegram（网址推送，正在连接；连不上会在日志里说）"],
            ["/telegram"],
        ),
        ({"wechat": {"token": "t"}}, ["微信公众号（明文模式）"], ["/wechat", "/wechat"]),
        (
            {"wechat": {"token": "t", "app_id": APP_ID, "aes_key": AES_KEY}},
            ["微信公众号（加密模式）"],
            ["/wechat", "/wechat"],
        ),
    ],
    ids=["polling", "webhook", "plain", "encrypted"],
)
async def test_a_messenger_with_its_secrets_stands_ready(
    held: dict[str, dict[str, object]], names: list[str], paths: list[str]
) -> None:
    parts, logged = await parts_for(settings(**held))
    assert (parts.running, logged) == (names, [])
    assert [getattr(route, "path", "") for route in parts.routes] == paths
    assert len(parts.asleep) == 1


@pytest.mark.parametrize(
    ("held", "word"),
    [
        ({"telegram": {"token": "not-a-token"}}, "格式不对"),
        ({"telegram": {"token": TOKEN, "webhook_url": HOOK}}, "WEBHOOK_SECRET"),
        ({"wechat": {"token": "t", "aes_key": AES_KEY}}, "app_id"),
        ({"wechat": {"token": "t", "app_id": APP_ID, "aes_key": "short"}}, "EncodingAESKey"),
    ],
)
async def test_a_messenger_that_cannot_run_says_so_once_and_quotes_no_secret(
    held: dict[str, dict[str, object]], word: str
) -> None:
    parts, logged = await parts_for(settings(**held))
    assert (parts.running, parts.routes) == ([], [])
    assert len(logged) == 1
    assert word in logged[0]
    assert logged[0] in parts.asleep
    for secret in ("not-a-token", TOKEN, AES_KEY, "short"):
        assert secret not in logged[0]


@asynccontextmanager
async def telegram(
    api: BotApi, token: str, base: KnowledgeBase
) -> AsyncIterator[tuple[ServiceParts, Desk]]:
    """Telegram as `serve` starts it, against this server."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(api.routes()))
        house = await stack.enter_async_context(desk(composition.step_over(lambda: base)))
        parts = ServiceParts()
        held = settings(telegram={"token": token, "base_url": url})
        add_messengers(parts, held, house.noted, house.store)
        for starter in parts.starters:
            await starter()
        yield parts, house
        for stopper in parts.stoppers:
            await stopper()


async def test_a_token_that_telegram_refuses_is_one_clear_line(base: KnowledgeBase) -> None:
    wrong = TOKEN[:-3] + "xyz"
    with structlog.testing.capture_logs() as lines:
        async with telegram(BotApi(), wrong, base) as (parts, _), asyncio.timeout(10):
            while len(parts.asleep) == 1:  # noqa: ASYNC110 - what is awaited happens elsewhere
                await asyncio.sleep(0.01)
    assert [(line["event"], line["channel"]) for line in lines] == [("channel_off", "Telegram")]
    assert "不认这个 token" in lines[0]["reason"]
    assert wrong not in str(lines)


async def test_a_started_messenger_answers_and_its_turns_are_counted(base: KnowledgeBase) -> None:
    api = BotApi()
    async with telegram(api, TOKEN, base) as (parts, house):
        api.push(message(1, PRIVATE, user=7))
        await api.until(lambda: bool(api.texts(7)))
        turns = house.counted("policybot_turns_total", channel="telegram", outcome="answer")
        assert turns == 1
        assert [line for line in parts.asleep if line.startswith("Telegram")] == []
    assert "保留学籍" in api.texts(7)[0]


async def test_a_started_account_answers_and_its_turns_are_counted(base: KnowledgeBase) -> None:
    async with desk(composition.step_over(lambda: base)) as house:
        parts = ServiceParts()
        held = settings(wechat={"token": "spamtest"})
        add_messengers(parts, held, house.noted, house.store)
        async with serving(parts.routes) as url, httpx.AsyncClient(timeout=60) as client:
            stamp = str(int(composition.now().timestamp()))
            platform = Platform(f"{url}/wechat", client, stamp=stamp)
            assert "保留学籍" in await platform.text(PRIVATE)
        for stopper in parts.stoppers:
            await stopper()
        turns = house.counted("policybot_turns_total", channel="wechat", outcome="answer")
        assert turns == 1


async def test_a_menu_without_buttons_is_not_published() -> None:
    with pytest.raises(ChannelError, match=r"wechat\.menu"):
        await publish_menu(settings(wechat={"token": "t", "app_id": APP_ID}))
