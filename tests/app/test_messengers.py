"""Building messengers from settings; counting and logging of their turns without texts."""

from __future__ import annotations

import asyncio
import os
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
    district_in,
    publish_menu,
)
from bot.channels.common.logging import TurnLog
from bot.channels.web.http.metrics import Metrics
from bot.channels.web.http.signing import conv_hash, turn_id
from bot.channels.wechat.messages import no_place
from bot.config import Settings
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.knowledge import DISTRICT
from bot.core.domain.replies import Turn
from bot.core.domain.session import Session, Utterance
from bot.errors import ChannelError, GuideBusy, StoreUnavailable
from bot.service.guide import Guide
from bot.service.ports import Incoming, Step, Store
from bot.storage.factory import open_store
from tests.channels.fake_guide import NOW, now
from tests.channels.messenger_phrases import phrases
from tests.channels.sockets import serving
from tests.channels.telegram.bot_api_server import SECRET, TOKEN, BotApi, message
from tests.channels.wechat.wechat_platform import AES_KEY, APP_ID, Platform

KEY = b"a key for tests, thirty-two long"
PRIVATE = "休学创业能保留学籍吗，我欠了三十万"
HOOK = "https://bot.example.cn/telegram"


@dataclass(frozen=True)
class InstrumentedSetup:
    """An instrumented guide with its store and metrics."""

    guide: InstrumentedGuide
    store: Store
    registry: CollectorRegistry

    def counted(self, name: str, **labels: str) -> float:
        """Return a value of /metrics."""
        return self.registry.get_sample_value(name, labels) or 0.0


@asynccontextmanager
async def instrumented_setup(
    step: Step, queue_limit: int = 100
) -> AsyncIterator[InstrumentedSetup]:
    """Run a guide with a store in memory."""
    store, registry = await open_store(composition.MEMORY), CollectorRegistry()
    async with Guide(store, step, queue_limit=queue_limit, clock=now) as guide:
        yield InstrumentedSetup(
            InstrumentedGuide(guide, Metrics(registry), TurnLog(), KEY), store, registry
        )
    await store.close()


def incoming(text: str, message_id: str = "1", conv: str = "telegram:8842517") -> Incoming:
    """Return a message with a text or a choice id."""
    tapped = text[1:2] == ":"
    utterance = Utterance(choice=text) if tapped else Utterance(text=text)
    return Incoming(conv, message_id, utterance, NOW)


def settings(**sections: Mapping[str, object]) -> Settings:
    """Return settings with these sections."""
    return Settings.model_validate(sections)


async def test_a_turn_is_counted_by_channel_and_outcome(base: KnowledgeBase) -> None:
    async with instrumented_setup(composition.step_over(lambda: base)) as setup:
        await setup.guide.answer(incoming(PRIVATE, "1"))
        await setup.guide.answer(incoming("怎么离婚", "2"))
        await setup.guide.answer(incoming("c:start", "3"))
        await setup.guide.answer(incoming("c:start", "1", conv="wechat:oUser"))
        turns = "policybot_turns_total"
        assert setup.counted(turns, channel="telegram", outcome="answer") == 1
        assert setup.counted(turns, channel="telegram", outcome="unknown") == 1
        # A turn without a question has the outcome “none”.
        assert setup.counted(turns, channel="telegram", outcome="none") == 1
        assert setup.counted(turns, channel="wechat", outcome="none") == 1
        assert setup.counted("policybot_turn_seconds_count", channel="telegram") == 3


async def test_a_log_line_has_a_keyed_hash_of_the_user_and_no_text(base: KnowledgeBase) -> None:
    with structlog.testing.capture_logs() as lines:
        async with instrumented_setup(composition.step_over(lambda: base)) as setup:
            for message_id in ("1", "1", "2"):
                await setup.guide.answer(incoming(PRIVATE, message_id))
            await setup.guide.answer(incoming(PRIVATE, "1", conv="telegram:43"))
    assert [line["event"] for line in lines] == ["turn"] * 4
    first, again, second, other = lines
    assert [line["duplicate"] for line in lines] == [False, True, False, False]
    assert first["turn"] == again["turn"] != second["turn"]
    assert first["conv"] == second["conv"] == conv_hash(KEY, "telegram:8842517") != other["conv"]
    assert first["turn"] != other["turn"]
    shown = str(lines)
    for word in ("三十万", "休学", "8842517", "保留学籍"):
        assert word not in shown, word


async def test_a_refused_message_is_counted_by_its_reason_and_raises(
    base: KnowledgeBase,
) -> None:
    def failing(session: Session, incoming: Incoming) -> Turn:
        raise StoreUnavailable("磁盘满了")

    with structlog.testing.capture_logs() as lines:
        async with instrumented_setup(failing, queue_limit=1) as setup:
            with pytest.raises(StoreUnavailable):
                await setup.guide.answer(incoming(PRIVATE))
            tries = [setup.guide.answer(incoming(PRIVATE, str(n))) for n in range(3)]
            found = await asyncio.gather(*tries, return_exceptions=True)
            assert [type(error) for error in found] == [StoreUnavailable, GuideBusy, GuideBusy]
            refused = "policybot_refused_total"
            assert setup.counted(refused, channel="telegram", reason="store") == 2
            assert setup.counted(refused, channel="telegram", reason="busy") == 2
            assert setup.counted("policybot_turn_seconds_count", channel="telegram") == 0
    assert [line for line in lines if line["event"] == "turn"] == []


def test_every_message_id_has_a_distinct_hash_in_logs() -> None:
    ids = ["1", "2", "\ud800", "消息", "1\n", "", "x" * 9_000]
    names = [turn_id(KEY, incoming("好", message_id)) for message_id in ids]
    assert len(set(names)) == len(ids)
    assert all(len(name) == 12 for name in names)


async def parts_for(config: Settings) -> tuple[ServiceParts, list[str]]:
    """Return the parts built from these settings, and the errors that were logged."""
    parts = ServiceParts()
    with structlog.testing.capture_logs() as lines:
        async with instrumented_setup(lambda session, _: Turn(session, ())) as setup:
            add_messengers(parts, config, setup.guide, setup.store, phrases, no_place)
            for stopper in reversed(parts.stoppers):
                await stopper()
    return parts, [f"{line['channel']}：{line['reason']}" for line in lines]


async def test_without_tokens_no_messenger_is_enabled_and_each_names_its_setting() -> None:
    parts, logged = await parts_for(settings())
    assert (parts.enabled, parts.routes, parts.starters, logged) == ([], [], [], [])
    assert "POLICYBOT_TELEGRAM__TOKEN" in parts.disabled[0]
    assert "POLICYBOT_WECHAT__TOKEN" in parts.disabled[1]


@pytest.mark.parametrize(
    ("config", "names", "paths"),
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
async def test_a_messenger_with_its_secrets_is_enabled(
    config: dict[str, dict[str, object]], names: list[str], paths: list[str]
) -> None:
    parts, logged = await parts_for(settings(**config))
    assert (parts.enabled, logged) == (names, [])
    assert [getattr(route, "path", "") for route in parts.routes] == paths
    assert len(parts.disabled) == 1


@pytest.mark.parametrize(
    ("config", "word"),
    [
        ({"telegram": {"token": "not-a-token"}}, "格式不对"),
        ({"telegram": {"token": TOKEN, "webhook_url": HOOK}}, "WEBHOOK_SECRET"),
        ({"wechat": {"token": "t", "aes_key": AES_KEY}}, "app_id"),
        ({"wechat": {"token": "t", "app_id": APP_ID, "aes_key": "short"}}, "EncodingAESKey"),
    ],
)
async def test_a_messenger_that_cannot_run_is_logged_once_without_its_secret(
    config: dict[str, dict[str, object]], word: str
) -> None:
    parts, logged = await parts_for(settings(**config))
    assert (parts.enabled, parts.routes) == ([], [])
    assert len(logged) == 1
    assert word in logged[0]
    assert logged[0] in parts.disabled
    for secret in ("not-a-token", TOKEN, AES_KEY, "short"):
        assert secret not in logged[0]


@asynccontextmanager
async def telegram(
    api: BotApi, token: str, base: KnowledgeBase
) -> AsyncIterator[tuple[ServiceParts, InstrumentedSetup]]:
    """Start Telegram as `serve` does, against this server."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(api.routes()))
        setup = await stack.enter_async_context(
            instrumented_setup(composition.step_over(lambda: base))
        )
        parts = ServiceParts()
        config = settings(telegram={"token": token, "base_url": url})
        add_messengers(parts, config, setup.guide, setup.store, phrases, no_place)
        for starter in parts.starters:
            await starter()
        yield parts, setup
        for stopper in parts.stoppers:
            await stopper()


CLIENT_VARIABLES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "SSL_CERT_FILE")
# The environment, the variables that are named, and those that are not.
WRONG_ENVIRONMENTS: list[tuple[dict[str, str], set[str], set[str]]] = [
    ({"ALL_PROXY": "socks5://127.0.0.1:7890"}, {"ALL_PROXY", "socksio"}, {"NO_PROXY"}),
    ({"all_proxy": "socks://127.0.0.1:7890"}, {"all_proxy", "socksio"}, set()),
    ({"Https_Proxy": "gopher://127.0.0.1:1"}, {"Https_Proxy"}, {"socksio"}),
    ({"HTTPS_PROXY": "http://127.0.0.1:99999"}, {"HTTPS_PROXY"}, {"socksio"}),
    ({"ALL_PROXY": "::::"}, {"ALL_PROXY"}, {"socksio"}),
    ({"NO_PROXY": "fd07:b51a:cc66:f0::/64"}, {"NO_PROXY", "方括号"}, {"socksio"}),
    ({"no_proxy": "localhost,[::1]"}, {"no_proxy", "方括号"}, {"socksio"}),
    (
        {"HTTPS_PROXY": "http://127.0.0.1:1", "ALL_PROXY": "socks5://127.0.0.1:1"},
        {"ALL_PROXY"},
        {"HTTPS_PROXY"},
    ),
    ({"HTTP_PROXY": "http://[::1", "NO_PROXY": "localhost"}, {"HTTP_PROXY"}, {"NO_PROXY"}),
    ({"HTTP_PROXY": "http://127.0.0.1:1", "NO_PROXY": "[::1]"}, {"NO_PROXY"}, {"HTTP_PROXY"}),
    (
        {"HTTPS_PROXY": "http://127.0.0.1:1", "https_proxy": "socks://127.0.0.1:1"},
        {"https_proxy"},
        {"HTTPS_PROXY"},
    ),
    ({"SSL_CERT_FILE": "/nowhere/at-all.pem"}, {"SSL_CERT_FILE"}, {"PROXY"}),
]
WECHAT_API = {
    "token": "try-me",
    "app_id": APP_ID,
    "app_secret": "0123456789abcdef0123456789abcdef",
    "customer_service": True,
    "menu": [{"name": "开始", "choice": "c:start"}],
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment without the variables that HTTP clients read."""
    for name in [*os.environ]:
        if name.upper() in CLIENT_VARIABLES:
            monkeypatch.delenv(name)
    return monkeypatch


@pytest.mark.parametrize(("variables", "named", "not_named"), WRONG_ENVIRONMENTS)
async def test_a_wrong_variable_disables_only_the_messengers_and_is_named(
    environment: pytest.MonkeyPatch,
    variables: dict[str, str],
    named: set[str],
    not_named: set[str],
) -> None:
    for variable, value in variables.items():
        environment.setenv(variable, value)
    parts, logged = await parts_for(settings(telegram={"token": TOKEN}, wechat=WECHAT_API))
    assert parts.enabled == []
    assert len(parts.disabled) == len(logged) == 2
    with pytest.raises(ChannelError) as menu:
        await publish_menu(settings(wechat=WECHAT_API))
    for line in (*parts.disabled, str(menu.value)):
        assert all(word in line for word in named), line
        assert not any(word in line for word in not_named), line
        assert not any(value in line for value in variables.values()), line


@pytest.mark.parametrize(
    "variables",
    [
        {"ALL_PROXY": "", "NO_PROXY": "", "SSL_CERT_FILE": ""},
        {"HTTPS_PROXY": "127.0.0.1:1", "NO_PROXY": "::1,fe80::1,.cn,10.0.0.0/8"},
        {"ALL_PROXY": "http://me:pass%40word@[::1]:1"},
        {"NO_PROXY": "*"},
    ],
)
async def test_usual_proxy_variables_disable_no_messenger(
    environment: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for variable, value in variables.items():
        environment.setenv(variable, value)
    parts, logged = await parts_for(settings(telegram={"token": TOKEN}, wechat=WECHAT_API))
    assert (len(parts.enabled), parts.disabled, logged) == (2, [], [])


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "http://127.0.0.1:99999"])
async def test_a_proxy_setting_that_cannot_be_used_is_named_instead_of_the_environment(
    environment: pytest.MonkeyPatch, proxy: str
) -> None:
    environment.setenv("NO_PROXY", "[::1]")
    parts, _ = await parts_for(settings(telegram={"token": TOKEN, "proxy": proxy}))
    assert "telegram.proxy" in parts.disabled[0]
    assert "NO_PROXY" not in parts.disabled[0]


async def test_a_proxy_setting_overrides_a_wrong_variable(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("NO_PROXY", "[::1]")
    config = settings(telegram={"token": TOKEN, "proxy": "http://127.0.0.1:1"})
    parts, _ = await parts_for(config)
    assert len(parts.enabled) == 1


async def test_a_token_that_telegram_refuses_is_one_log_line(base: KnowledgeBase) -> None:
    wrong = TOKEN[:-3] + "xyz"
    with structlog.testing.capture_logs() as lines:
        async with telegram(BotApi(), wrong, base) as (parts, _), asyncio.timeout(120):
            while len(parts.disabled) == 1:  # noqa: ASYNC110 - the condition depends on another task
                await asyncio.sleep(0.01)
    assert [(line["event"], line["channel"]) for line in lines] == [("channel_off", "Telegram")]
    assert "不认这个 token" in lines[0]["reason"]
    assert wrong not in str(lines)


async def test_telegram_answers_and_its_turns_are_counted(base: KnowledgeBase) -> None:
    api = BotApi()
    async with telegram(api, TOKEN, base) as (parts, setup):
        api.push(message(1, PRIVATE, user=7))
        await api.until(lambda: bool(api.texts(7)))
        turns = setup.counted("policybot_turns_total", channel="telegram", outcome="answer")
        assert turns == 1
        assert [line for line in parts.disabled if line.startswith("Telegram")] == []
    assert "保留学籍" in api.texts(7)[0]


async def test_wechat_answers_and_its_turns_are_counted(base: KnowledgeBase) -> None:
    async with instrumented_setup(composition.step_over(lambda: base)) as setup:
        parts = ServiceParts()
        config = settings(wechat={"token": "spamtest"})
        add_messengers(parts, config, setup.guide, setup.store, phrases, no_place)
        async with serving(parts.routes) as url, httpx.AsyncClient(timeout=60) as client:
            stamp = str(int(composition.now().timestamp()))
            platform = Platform(f"{url}/wechat", client, stamp=stamp)
            assert "保留学籍" in await platform.text(PRIVATE)
        for stopper in parts.stoppers:
            await stopper()
        turns = setup.counted("policybot_turns_total", channel="wechat", outcome="answer")
        assert turns == 1


async def test_a_menu_is_not_published_without_the_secret() -> None:
    with pytest.raises(ChannelError, match="APP_SECRET"):
        await publish_menu(settings(wechat={"token": "t", "app_id": APP_ID}))


def test_an_address_states_its_district_in_the_words_of_the_interview(
    base: KnowledgeBase,
) -> None:
    knowledge = base.knowledge
    slot = knowledge.slots[DISTRICT]
    first, second = slot.choices[0].label, slot.choices[1].label
    city = knowledge.locality.city_full
    outside = slot.choice(slot.none_choice)
    assert outside
    other_city = min(outside.words, key=len)

    assert district_in(knowledge, f"{city}{first}文昌路66号") == first
    # A street may be named like another district or city.
    assert district_in(knowledge, f"{city}{second}{first[:2]}路1号") == second
    assert district_in(knowledge, f"{city}{other_city}路1号") == ""
    assert district_in(knowledge, f"{other_city}某路1号") == outside.label
    assert district_in(knowledge, "") == ""
