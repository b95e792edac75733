"""Sending from the outbox: in order, within the limits, independently between chats."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from telegram.error import NetworkError, TimedOut

from bot.channels.telegram.outgoing.sender import MAX_ATTEMPTS
from bot.channels.telegram.outgoing.throttle import Throttle
from bot.core.domain.replies import Link, Reply, Turn
from bot.core.domain.session import Option, Utterance
from bot.service.ports import LONGEST_PAUSE, Incoming
from bot.storage.sqlite.store import SqliteStore
from tests.channels.fake_guide import NOW
from tests.channels.telegram.bot_api_server import Call
from tests.channels.telegram.scripted_request import Answer, refused
from tests.channels.telegram.telegram_connection import SenderSetup, failing, sender_setup

# PTB emits this warning with every RetryAfter.
pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")

CHOICES = (Option("c:me", "我的信息"),)


async def test_replies_of_a_chat_are_sent_in_order_and_once() -> None:
    async with sender_setup() as setup:
        for n in range(5):
            await setup.queue(1, f"第{n}", f"又{n}")
        await setup.until(lambda: len(setup.request.texts(1)) == 10)
        await asyncio.sleep(0.05)

        await setup.until_acknowledged()
    assert setup.request.texts(1) == [word for n in range(5) for word in (f"第{n}", f"又{n}")]
    assert setup.request.violations == []


async def test_the_limit_of_a_chat_does_not_delay_other_chats() -> None:
    async with sender_setup(throttle=Throttle(time.monotonic, 0.1, 0.001)) as setup:
        started = time.monotonic()
        await setup.queue(1, "一", "二", "三")
        await setup.queue(2, "别人")
        await setup.until(lambda: len(setup.request.texts(1)) == 3)
        took = time.monotonic() - started

    assert took >= 0.2
    order = [call.data["text"] for call in setup.request.granted]
    assert order.index("别人") < order.index("三")


async def test_all_chats_together_keep_the_overall_limit() -> None:
    async with sender_setup(throttle=Throttle(time.monotonic, 0.0, 0.01)) as setup:
        started = time.monotonic()
        for chat in range(1, 31):
            await setup.queue(chat, "好")
        await setup.until(lambda: len(setup.request.granted) == 30)

    assert time.monotonic() - started >= 0.28


async def test_a_flood_limit_delays_only_its_chat_for_the_given_time() -> None:
    flood = refused(429, "Too Many Requests: retry after 35", retry_after=35)
    async with sender_setup(failing(flood, chat=1, times=1)) as setup:
        await setup.queue(1, "一", "二")
        await setup.queue(2, "别人")
        await setup.until(lambda: bool(setup.request.texts(2)))
        await setup.pass_time(34)
        await asyncio.sleep(0.05)
        early = setup.request.texts(1)
        await setup.pass_time(2)
        await setup.until(lambda: len(setup.request.texts(1)) == 2)

    assert early == []
    assert setup.request.texts(1) == ["一", "二"]


async def test_a_longer_flood_limit_is_tried_again_after_the_longest_pause() -> None:
    flood = refused(429, "Too Many Requests: retry after 9999", retry_after=9999)
    async with sender_setup(failing(flood, chat=1, times=1)) as setup:
        await setup.queue(1, "一")
        await setup.until(lambda: len(setup.request.tried) == 1)
        await setup.pass_time(LONGEST_PAUSE.total_seconds())
        await setup.until(lambda: setup.request.texts(1) == ["一"])


async def test_replies_leave_after_a_clock_that_was_a_day_ahead_is_corrected() -> None:
    async with sender_setup(failing(refused(502, "Bad Gateway"), chat=1, times=1)) as setup:
        setup.clock.time = NOW + timedelta(days=1)
        await setup.queue(1, "一")
        await setup.until(lambda: len(setup.request.tried) == 1)
        await asyncio.sleep(0.02)
        setup.clock.time = NOW
        await setup.queue(1, "二")
        await setup.until(lambda: setup.request.texts(1) == ["一", "二"])


@pytest.mark.parametrize(
    "answer",
    [
        refused(500, "Internal Server Error"),
        refused(502, "Bad Gateway"),
        TimedOut(),
        NetworkError("httpx.ConnectError"),
        (200, {"ok": False, "nonsense": True}),
    ],
    ids=["500", "502", "timeout", "no network", "nonsense"],
)
async def test_a_temporary_failure_is_retried_with_growing_pauses(answer: Answer) -> None:
    async with sender_setup(failing(answer, chat=1, times=3)) as setup:
        await setup.queue(1, "一")
        await setup.queue(2, "别人")
        await setup.until(lambda: len(setup.request.tried) >= 2)
        for seconds in (1, 2, 4):
            await setup.pass_time(seconds)
        await setup.until(lambda: setup.request.texts(1) == ["一"])

    assert setup.request.texts(2) == ["别人"]
    assert len([c for c in setup.request.tried if c.data["chat_id"] == 1]) == 4


@pytest.mark.parametrize(
    "answer",
    [
        refused(403, "Forbidden: bot was blocked by the user"),
        refused(403, "Forbidden: user is deactivated"),
        refused(400, "Bad Request: chat not found"),
        refused(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1001),
    ],
    ids=["blocked", "deactivated", "not found", "upgraded"],
)
async def test_a_closed_chat_loses_its_unsent_replies(answer: Answer) -> None:
    async with sender_setup(failing(answer, chat=1, times=1)) as setup:
        await setup.queue(1, "一", Reply("二", CHOICES))
        await setup.queue(2, "别人")
        await setup.until(lambda: bool(setup.request.texts(2)))
        await asyncio.sleep(0.05)

        await setup.until_acknowledged()
    assert setup.request.texts(1) == []


async def test_a_refused_reply_is_dropped_and_the_next_one_is_sent() -> None:
    def script(call: Call) -> Answer | None:
        return refused(400, "Bad Request: nonsense") if call.data.get("text") == "坏" else None

    async with sender_setup(script) as setup:
        await setup.queue(1, "坏", "好")
        await setup.until(lambda: setup.request.texts(1) == ["好"])

        await setup.until_acknowledged()


async def test_links_of_a_refused_keyboard_become_text() -> None:
    def script(call: Call) -> Answer | None:
        urls = "url" in str(call.data.get("reply_markup", ""))
        return refused(400, "Bad Request: BUTTON_URL_INVALID") if urls else None

    async with sender_setup(script) as setup:
        await setup.queue(1, Reply("看这里", CHOICES, (Link("结果", "http://127.0.0.1/r/1"),)))
        await setup.until(lambda: bool(setup.request.granted))

    (call,) = setup.request.granted
    assert call.data["text"] == "看这里\n结果：http://127.0.0.1/r/1"
    assert "c:me" in str(call.data["reply_markup"])


@pytest.mark.parametrize("topics", [(77,), (77, 0, 78)])
async def test_replies_go_to_the_topic_of_their_message(topics: tuple[int, ...]) -> None:
    async with sender_setup() as setup:
        for topic in topics:
            await setup.queue(1, "一", thread=str(topic or ""))
        await setup.until(lambda: len(setup.request.texts(1)) == len(topics))

    sent = [call.data.get("message_thread_id", 0) for call in setup.request.granted]
    assert sent == list(topics)


@pytest.mark.parametrize("why", ["message thread not found", "TOPIC_DELETED"])
async def test_a_reply_for_a_deleted_topic_goes_to_the_chat(why: str) -> None:
    def script(call: Call) -> Answer | None:
        gone = "message_thread_id" in call.data
        return refused(400, f"Bad Request: {why}") if gone else None

    async with sender_setup(script) as setup:
        await setup.queue(1, "一", thread="77")
        await setup.until(lambda: setup.request.texts(1) == ["一"])


async def test_replies_follow_a_group_that_became_a_supergroup() -> None:
    migrated = refused(
        400,
        "Bad Request: group chat was upgraded to a supergroup chat",
        migrate_to_chat_id=-1009001,
    )
    async with sender_setup(failing(migrated, chat=-5)) as setup:
        await setup.queue(-5, "一", "二")
        await setup.until(lambda: setup.request.texts(-1009001) == ["一", "二"])
        await asyncio.sleep(0.02)

        await setup.until_acknowledged()
        assert await setup.store.peek("telegram:-1009001") is not None
        assert await setup.store.peek("telegram:-5") is None


async def test_parts_that_were_sent_are_not_sent_again() -> None:
    text = "甲" * 4096 + "乙" * 4096 + "丙"
    fail = iter([None, TimedOut(), None, None])
    async with sender_setup(lambda call: next(fail)) as setup:
        await setup.queue(1, text)
        await setup.until(lambda: len(setup.request.tried) == 2)
        await setup.pass_time(2)
        await setup.until(lambda: len(setup.request.texts(1)) == 3)

    assert "".join(setup.request.texts(1)) == text


async def test_after_a_day_of_outage_each_reply_is_sent_once_and_in_order() -> None:
    unreachable = True

    def script(call: Call) -> Answer | None:
        return TimedOut() if unreachable else None

    async with sender_setup(script, pause=0.01) as setup:
        for n in range(4):
            for chat in range(1, 51):
                await setup.queue(chat, f"第{n}")
        for _ in range(24):
            await setup.pass_time(3600)
        tried = len(setup.request.tried)
        busy, progress = len(setup.sender._in_flight), len(setup.sender._sent_parts)
        unreachable = False
        deadline = time.monotonic() + 120
        while len(setup.request.granted) < 200 and time.monotonic() < deadline:
            await setup.pass_time(1)

    assert all(setup.request.texts(chat) == [f"第{n}" for n in range(4)] for chat in range(1, 51))
    assert tried < 200
    assert (busy <= 32, progress) == (True, 0)


async def test_a_reply_is_dropped_after_the_last_attempt() -> None:
    class ExhaustedStore(SqliteStore):
        """A store whose replies have used up all attempts."""

        async def due(self, channel: str, now: datetime, limit: int) -> Sequence[object]:  # type: ignore[override] # narrower on purpose
            found = await super().due(channel, now, limit)
            return [type(item)(item.id, item.conv, item.reply, MAX_ATTEMPTS) for item in found]

    store = ExhaustedStore(":memory:")
    await store.open()
    async with sender_setup(failing(TimedOut())) as setup:
        setup.sender._outbox = store  # type: ignore[assignment] # as above
        await SenderSetup(store, setup.request, setup.sender, setup.clock).queue(1, "一")
        await setup.until(lambda: len(setup.request.tried) == 1)
        await asyncio.sleep(0.05)

        assert await store.due("telegram", NOW + timedelta(days=99), 9) == []
    await store.close()


async def test_an_invalid_conversation_id_does_not_stop_the_sender() -> None:
    async with sender_setup() as setup:
        incoming = Incoming("telegram:nonsense", "1", Utterance("问"), NOW, push=True)
        await setup.store.apply([incoming], lambda s, _: Turn(s, (Reply("？"),)))
        await setup.queue(2, "别人")
        await setup.until(lambda: setup.request.texts(2) == ["别人"])
        await asyncio.sleep(0.02)

        await setup.until_acknowledged()


async def test_the_throttle_forgets_idle_chats() -> None:
    throttle = Throttle(time.monotonic, 0.0, 0.0)
    for chat in range(3_000):
        await throttle.wait(chat)

    assert len(throttle._next_of_chat) <= 1_001
