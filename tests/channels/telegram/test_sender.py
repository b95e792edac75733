"""Sending from the outbox: in order, within the limits, and one chat's trouble stays its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from telegram.error import NetworkError, TimedOut

from bot.channels.telegram.sender import MOST_ATTEMPTS
from bot.channels.telegram.throttle import Throttle
from bot.core.domain.replies import Link, Reply, Turn
from bot.core.domain.session import Option, Utterance
from bot.service.ports import Incoming
from bot.storage.sqlite.store import SqliteStore
from tests.channels.fake_guide import NOW
from tests.channels.telegram.bot_api_server import Call
from tests.channels.telegram.scripted_request import Answer, refused
from tests.channels.telegram.telegram_connection import Line, failing, line

# PTB warns of its own coming change whenever it reports a flood limit.
pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")

CHOICES = (Option("c:me", "我的信息"),)


async def test_replies_of_a_chat_leave_in_order_and_once() -> None:
    async with line() as x:
        for n in range(5):
            await x.queue(1, f"第{n}", f"又{n}")
        await x.until(lambda: len(x.request.texts(1)) == 10)
        await asyncio.sleep(0.05)

        assert await x.left() == 0
    assert x.request.texts(1) == [word for n in range(5) for word in (f"第{n}", f"又{n}")]
    assert x.request.violations == []


async def test_a_chat_gets_at_most_one_message_a_pause_and_others_do_not_wait() -> None:
    async with line(pace=Throttle(time.monotonic, 0.1, 0.001)) as x:
        started = time.monotonic()
        await x.queue(1, "一", "二", "三")
        await x.queue(2, "别人")
        await x.until(lambda: len(x.request.texts(1)) == 3)
        took = time.monotonic() - started

    assert took >= 0.2
    order = [call.data["text"] for call in x.request.granted]
    assert order.index("别人") < order.index("三")


async def test_all_chats_together_keep_to_the_overall_limit() -> None:
    async with line(pace=Throttle(time.monotonic, 0.0, 0.01)) as x:
        started = time.monotonic()
        for chat in range(1, 31):
            await x.queue(chat, "好")
        await x.until(lambda: len(x.request.granted) == 30)

    assert time.monotonic() - started >= 0.28


async def test_a_flood_limit_holds_that_chat_only_and_as_long_as_told() -> None:
    flood = refused(429, "Too Many Requests: retry after 35", retry_after=35)
    async with line(failing(flood, chat=1, times=1)) as x:
        await x.queue(1, "一", "二")
        await x.queue(2, "别人")
        await x.until(lambda: bool(x.request.texts(2)))
        await x.pass_time(34)
        await asyncio.sleep(0.05)
        early = x.request.texts(1)
        await x.pass_time(2)
        await x.until(lambda: len(x.request.texts(1)) == 2)

    assert early == []
    assert x.request.texts(1) == ["一", "二"]


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
async def test_a_passing_fault_is_tried_again_later_and_ever_later(answer: Answer) -> None:
    async with line(failing(answer, chat=1, times=3)) as x:
        await x.queue(1, "一")
        await x.queue(2, "别人")
        await x.until(lambda: len(x.request.tried) >= 2)
        for seconds in (1, 2, 4):
            await x.pass_time(seconds)
        await x.until(lambda: x.request.texts(1) == ["一"])

    assert x.request.texts(2) == ["别人"]
    assert len([c for c in x.request.tried if c.data["chat_id"] == 1]) == 4


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
async def test_a_chat_that_is_gone_loses_all_that_waits_for_it(answer: Answer) -> None:
    async with line(failing(answer, chat=1, times=1)) as x:
        await x.queue(1, "一", Reply("二", CHOICES))
        await x.queue(2, "别人")
        await x.until(lambda: bool(x.request.texts(2)))
        await asyncio.sleep(0.05)

        assert await x.left() == 0
    assert x.request.texts(1) == []


async def test_a_reply_that_telegram_refuses_is_dropped_and_the_next_one_goes() -> None:
    def script(call: Call) -> Answer | None:
        return refused(400, "Bad Request: nonsense") if call.data.get("text") == "坏" else None

    async with line(script) as x:
        await x.queue(1, "坏", "好")
        await x.until(lambda: x.request.texts(1) == ["好"])

        assert await x.left() == 0


async def test_a_keyboard_that_telegram_refuses_becomes_text() -> None:
    def script(call: Call) -> Answer | None:
        urls = "url" in str(call.data.get("reply_markup", ""))
        return refused(400, "Bad Request: BUTTON_URL_INVALID") if urls else None

    async with line(script) as x:
        await x.queue(1, Reply("看这里", CHOICES, (Link("结果", "http://127.0.0.1/r/1"),)))
        await x.until(lambda: bool(x.request.granted))

    (call,) = x.request.granted
    assert call.data["text"] == "看这里\n结果：http://127.0.0.1/r/1"
    assert "c:me" in str(call.data["reply_markup"])


async def test_the_parts_that_arrived_are_not_sent_again() -> None:
    text = "甲" * 4096 + "乙" * 4096 + "丙"
    fail = iter([None, TimedOut(), None, None])
    async with line(lambda call: next(fail)) as x:
        await x.queue(1, text)
        await x.until(lambda: len(x.request.tried) == 2)
        await x.pass_time(2)
        await x.until(lambda: len(x.request.texts(1)) == 3)

    assert "".join(x.request.texts(1)) == text


async def test_a_day_without_telegram_and_then_each_reply_once_and_in_order() -> None:
    down = True

    def script(call: Call) -> Answer | None:
        return TimedOut() if down else None

    async with line(script, pause=0.01) as x:
        for n in range(4):
            for chat in range(1, 51):
                await x.queue(chat, f"第{n}")
        for _ in range(24):
            await x.pass_time(3600)
        tried = len(x.request.tried)
        busy, progress = len(x.sender._busy), len(x.sender._done_parts)
        down = False
        deadline = time.monotonic() + 20
        while len(x.request.granted) < 200 and time.monotonic() < deadline:
            await x.pass_time(1)

    assert all(x.request.texts(chat) == [f"第{n}" for n in range(4)] for chat in range(1, 51))
    assert tried < 200
    assert (busy <= 32, progress) == (True, 0)


async def test_nobody_is_tried_for_ever() -> None:
    class Patient(SqliteStore):
        """A store whose replies have all been tried for days."""

        async def due(self, channel: str, now: datetime, limit: int) -> Sequence[object]:  # type: ignore[override] # narrower on purpose
            found = await super().due(channel, now, limit)
            return [type(item)(item.id, item.conv, item.reply, MOST_ATTEMPTS) for item in found]

    store = Patient(":memory:")
    await store.open()
    async with line(failing(TimedOut())) as x:
        x.sender._outbox = store  # type: ignore[assignment] # as above
        await Line(store, x.request, x.sender, x.clock).queue(1, "一")
        await x.until(lambda: len(x.request.tried) == 1)
        await asyncio.sleep(0.05)

        assert await store.due("telegram", NOW + timedelta(days=99), 9) == []
    await store.close()


async def test_an_unreadable_conversation_does_not_stop_the_line() -> None:
    async with line() as x:
        incoming = Incoming("telegram:nonsense", "1", Utterance("问"), NOW, push=True)
        await x.store.apply([incoming], lambda s, _: Turn(s, (Reply("？"),)))
        await x.queue(2, "别人")
        await x.until(lambda: x.request.texts(2) == ["别人"])
        await asyncio.sleep(0.02)

        assert await x.left() == 0


async def test_the_pace_remembers_only_the_last_second() -> None:
    pace = Throttle(time.monotonic, 0.0, 0.0)
    for chat in range(3_000):
        await pace.wait(chat)

    assert len(pace._chats) <= 1_001
