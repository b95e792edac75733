"""The Telegram channel over real sockets, with a real guide and store."""

from __future__ import annotations

import asyncio
import time

import pytest

from bot.channels.telegram.channel import TelegramChannel, TelegramSettings
from bot.core.domain.replies import Link, Reply
from bot.errors import ChannelError
from bot.service.ports import Incoming
from bot.storage.sqlite.store import SqliteStore
from tests.channels.fake_guide import FakeGuide, now
from tests.channels.telegram.bot_api_server import (
    SECRET,
    TOKEN,
    BotApi,
    Call,
    Fault,
    message,
    press,
)
from tests.channels.telegram.fake_telegram import STAGE, counting, world

HOOK = "https://bot.example.cn/telegram"


async def test_a_message_is_fetched_answered_and_confirmed() -> None:
    async with world() as w:
        w.api.push(message(10, "你好"))
        await w.api.until(lambda: w.api.texts(42) != [])
        await w.api.until(lambda: w.api.offsets[-1] == 11)

    assert w.api.texts(42) == ["1：你好"]
    assert w.api.violations == []


async def test_at_start_waiting_updates_are_kept_and_commands_offered_in_chinese() -> None:
    async with world() as w:
        await w.api.until(lambda: w.api.offsets != [])

    assert w.api.of("deleteWebhook") == [{"drop_pending_updates": False}]
    (commands,) = w.api.of("setMyCommands")
    assert {"command": "help", "description": "怎么用"} in commands["commands"]


async def test_the_webhook_is_announced_with_its_secret() -> None:
    async with world(webhook=True) as w:
        await w.api.until(lambda: w.api.of("setWebhook") != [])

    (hook,) = w.api.of("setWebhook")
    assert (hook["url"], hook["secret_token"]) == (HOOK, SECRET)
    assert hook["drop_pending_updates"] is False
    assert w.api.offsets == []


async def test_choices_are_buttons_and_a_press_is_acknowledged_and_clears_them() -> None:
    async with world() as w:
        w.api.push(message(1, "你好"), press(2, "a:stage:idea"))
        await w.api.until(lambda: len(w.api.texts(42)) == 2 and len(w.api.calls) >= 7)

    sent = w.api.of("sendMessage")[0]["reply_markup"]["inline_keyboard"]
    assert sent[0][0] == {"text": "还在想", "callback_data": "a:stage:idea"}
    assert w.api.of("answerCallbackQuery") == [{"callback_query_id": "q2"}]
    (cleared,) = w.api.of("editMessageReplyMarkup")
    assert cleared["reply_markup"] == {
        "inline_keyboard": [[{"text": "原文", "url": "https://a.cn/1"}]]
    }
    assert w.api.texts(42)[1] == "2：a:stage:idea"
    assert w.api.violations == []


async def test_an_old_press_counts_although_telegram_no_longer_takes_its_answer() -> None:
    api = BotApi(
        fault=lambda call: (
            Fault(400, "Bad Request: query is too old")
            if call.method == "answerCallbackQuery"
            else None
        )
    )
    async with world(api) as w:
        w.api.push(press(2, "a:stage:idea"))
        await w.api.until(lambda: w.api.texts(42) != [])

    assert w.api.texts(42) == ["1：a:stage:idea"]


async def test_a_poison_update_never_blocks_the_ones_behind_it() -> None:
    async with world() as w:
        poison = {"update_id": 2, "message": {"chat": "nonsense", "date": []}}
        w.api.push(message(1, "前"), poison, message(3, "后"))
        await w.api.until(lambda: len(w.api.texts(42)) == 2)
        await w.api.until(lambda: w.api.offsets[-1] == 4)

    assert w.api.texts(42) == ["1：前", "2：后"]
    assert len(w.api.offsets) <= 3


async def test_a_step_that_fails_is_told_and_never_blocks_the_ones_behind_it() -> None:
    def say(incoming: Incoming) -> list[Reply]:
        if incoming.utterance.text == "坏":
            raise RuntimeError("a bug")
        return [Reply("好")]

    async with world(step=counting(say)) as w:
        w.api.push(message(1, "坏"), message(2, "问"))
        await w.api.until(lambda: len(w.api.texts(42)) == 2)

    assert sorted(w.api.texts(42)) == ["刚才没有处理好，请再发一次。", "好"]


async def test_a_batch_stays_in_order_per_chat() -> None:
    async with world() as w:
        w.api.push(*(message(n, f"第{n}", user=n % 5 + 1) for n in range(60)))
        await w.api.until(lambda: len(w.api.of("sendMessage")) == 60)

    for chat in range(1, 6):
        heard = [n for n in range(60) if n % 5 + 1 == chat]
        assert w.api.texts(chat) == [f"{i}：第{n}" for i, n in enumerate(heard, 1)]


async def test_after_a_long_outage_the_newest_of_a_chat_is_answered_and_nothing_is_lost() -> None:
    hours_ago = int(time.time()) - 7200
    async with world() as w:
        w.api.push(*(message(n, f"第{n}", date=hours_ago + n) for n in range(1, 5)))
        await w.api.until(lambda: w.api.texts(42) != [])
        await w.api.until(lambda: w.api.offsets[-1] == 5)

        assert await w.turns() == 4
    assert w.api.texts(42) == ["4：第4"]


async def test_a_long_answer_comes_in_parts_with_the_buttons_on_the_last() -> None:
    text = "\n\n".join(f"第{i}条：" + "话" * 900 + "😀" for i in range(6))
    links = (Link("原文", "https://a.cn/1"), Link("热线", "tel:12345"))
    async with world(step=counting(lambda _: [Reply(text, STAGE, links)])) as w:
        w.api.push(message(1, "你好"))
        await w.api.until(lambda: len(w.api.texts(42)) == 2)

    first, last = w.api.of("sendMessage")
    assert "reply_markup" not in first
    assert [b["text"] for row in last["reply_markup"]["inline_keyboard"] for b in row] == [
        "还在想", "刚注册", "原文",
    ]  # fmt: skip
    assert last["text"].endswith("热线：12345")
    assert w.api.violations == []


async def test_a_dead_line_is_taken_up_again() -> None:
    api = BotApi()
    failures = iter([Fault(502, "Bad Gateway")])
    api.fault = lambda call: next(failures, None) if call.method == "getUpdates" else None
    async with world(api) as w:
        w.api.push(message(1, "你好"))
        await w.api.until(lambda: w.api.texts(42) != [])

    assert w.api.texts(42) == ["1：你好"]


# The webhook


async def test_an_update_by_webhook_is_answered_through_the_outbox() -> None:
    async with world(webhook=True) as w:
        response = await w.deliver(message(1, "你好"))
        await w.api.until(lambda: w.api.texts(42) != [])

    assert response.status_code == 200
    assert w.api.texts(42) == ["1：你好"]


async def test_a_delivery_repeated_is_one_transition_and_one_reply() -> None:
    async with world(webhook=True) as w:
        await asyncio.gather(*(w.deliver(message(1, "你好")) for _ in range(3)))
        await w.deliver(message(1, "你好"))
        await w.deliver(message(2, "再见"))
        await w.api.until(lambda: len(w.api.texts(42)) == 2)

        assert await w.turns() == 2
    assert w.api.texts(42) == ["1：你好", "2：再见"]


@pytest.mark.parametrize("secret", ["", "guessed", SECRET + "x", "é"])
async def test_a_webhook_without_the_secret_is_refused(secret: str) -> None:
    async with world(webhook=True) as w:
        response = await w.client.post(
            w.hook,
            json=message(1, "你好"),
            headers={b"X-Telegram-Bot-Api-Secret-Token": secret.encode("latin-1")},
        )

        assert response.status_code == 403
        assert await w.turns() == 0


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[" * 60_000, b"x" * 70_000, b'"text"', b'{"update_id": 1}']
)
async def test_a_body_that_cannot_be_read_is_done_with(body: bytes) -> None:
    async with world(webhook=True) as w:
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        response = await w.client.post(w.hook, content=body, headers=headers)
        after = await w.deliver(message(5, "还好吗"))

        assert (response.status_code, after.status_code) == (200, 200)
        assert await w.turns() == 1


async def test_a_busy_guide_makes_telegram_deliver_again() -> None:
    async with world(webhook=True) as w:
        await w.guide.stop()

        assert (await w.deliver(message(1, "你好"))).status_code == 503


async def test_a_day_without_telegram_leaves_the_webhook_fast_and_the_queue_bounded() -> None:
    api = BotApi()
    async with world(api, webhook=True) as w:
        await w.api.until(lambda: w.api.of("setWebhook") != [])
        api.fault = lambda _: Fault(0)
        # Every call to Telegram hangs for 30 s: one that waited for any would show.
        async with asyncio.timeout(25):
            for n in range(300):
                response = await w.deliver(press(n, "a:stage:idea", user=n % 100 + 1))
                assert response.status_code == 200
        away = len(w.channel._sender._busy), w.channel._errands._queue.qsize()
        api.fault = lambda _: None

    assert away[0] <= 32
    assert away[1] <= 256


# Starting


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (TelegramSettings(""), "没有设置 Telegram 的 token"),
        (TelegramSettings("nonsense"), "格式不对"),
        (TelegramSettings(TOKEN, webhook_url=HOOK), "WEBHOOK_SECRET"),
        (TelegramSettings(TOKEN, webhook_url=HOOK, webhook_secret="有空格"), "WEBHOOK_SECRET"),
        (TelegramSettings(TOKEN, proxy="socks5://127.0.0.1:1"), "代理"),
        (TelegramSettings(TOKEN, proxy="nonsense"), "代理"),
    ],
)
def test_settings_that_cannot_work_are_one_chinese_line(
    settings: TelegramSettings, line: str
) -> None:
    with pytest.raises(ChannelError, match=line) as raised:
        TelegramChannel(FakeGuide(), SqliteStore(":memory:"), settings, now, time.monotonic)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("status", [401, 404])
async def test_a_wrong_token_is_one_chinese_line_without_the_token(status: int) -> None:
    api = BotApi(fault=lambda _: Fault(status, "Unauthorized"))
    with pytest.raises(ChannelError, match="POLICYBOT_TELEGRAM__TOKEN") as raised:
        async with world(api):
            pass

    assert TOKEN not in str(raised.value)
    assert raised.value.__cause__ is None


async def test_a_start_without_telegram_goes_on_trying(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.telegram.channel.FIRST_WAIT", 0.01)
    api = BotApi()
    failures = iter([Fault(502)] * 2)
    api.fault = lambda call: next(failures, None) if call.method == "getMe" else None
    async with world(api) as w:
        w.api.push(message(1, "你好"))
        await w.api.until(lambda: w.api.texts(42) != [])

    assert w.api.texts(42) == ["1：你好"]


async def test_commands_that_cannot_be_set_are_no_reason_to_stop() -> None:
    def fault(call: Call) -> Fault | None:
        return Fault(400, "Bad Request") if call.method == "setMyCommands" else None

    async with world(BotApi(fault=fault)) as w:
        w.api.push(message(1, "你好"))
        await w.api.until(lambda: w.api.texts(42) != [])


async def test_another_poller_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    conflict = iter([Fault(409, "Conflict: terminated by other getUpdates request")])
    api = BotApi(fault=lambda c: next(conflict, None) if c.method == "getUpdates" else None)
    async with world(api) as w:
        w.api.push(message(1, "你好"))
        await w.api.until(lambda: w.api.texts(42) != [])

    assert "另一个程序也在用这个 token" in "".join(capsys.readouterr())
