"""The Telegram channel over real sockets, with a real guide and store."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime

import pytest

from bot.channels.telegram.channel import TelegramChannel, TelegramSettings
from bot.core.domain.replies import Link, Reply
from bot.errors import ChannelError
from bot.service.ports import Incoming, OutboxItem
from bot.storage.sqlite.store import SqliteStore
from tests.channels.fake_guide import FakeGuide, now
from tests.channels.messenger_phrases import phrases
from tests.channels.telegram.bot_api_server import (
    SECRET,
    TOKEN,
    BotApi,
    Call,
    Fault,
    message,
    press,
)
from tests.channels.telegram.fake_telegram import STAGE, counting_step, telegram_setup

HOOK = "https://bot.example.cn/telegram"


async def test_a_message_is_fetched_answered_and_confirmed() -> None:
    async with telegram_setup() as setup:
        setup.api.push(message(10, "你好"))
        await setup.api.until(lambda: setup.api.texts(42) != [])
        await setup.api.until(lambda: setup.api.offsets[-1] == 11)

    assert setup.api.texts(42) == ["1：你好"]
    assert setup.api.violations == []


async def test_start_keeps_waiting_updates_and_sets_the_profile_in_two_languages() -> None:
    async with telegram_setup() as setup:
        await setup.api.until(lambda: setup.api.offsets != [])

    assert setup.api.calls_of("deleteWebhook") == [{"drop_pending_updates": False}]
    commands, english = setup.api.calls_of("setMyCommands")
    assert {"command": "help", "description": "怎么用"} in commands["commands"]
    assert "language_code" not in commands
    assert {"command": "help", "description": "How it works"} in english["commands"]
    assert english["language_code"] == "en"
    assert setup.api.calls_of("setChatMenuButton") == [{"menu_button": {"type": "commands"}}]
    for method, name, limit in (
        ("setMyDescription", "description", 512),
        ("setMyShortDescription", "short_description", 120),
    ):
        calls = setup.api.calls_of(method)
        assert [call.get("language_code") for call in calls] == [None, "en"]
        assert all(0 < len(call[name]) <= limit for call in calls)
    assert setup.api.violations == []


async def test_start_sets_the_webhook_with_its_secret() -> None:
    async with telegram_setup(webhook=True) as setup:
        await setup.api.until(lambda: setup.api.calls_of("setWebhook") != [])

    (hook,) = setup.api.calls_of("setWebhook")
    assert (hook["url"], hook["secret_token"]) == (HOOK, SECRET)
    assert hook["drop_pending_updates"] is False
    assert setup.api.offsets == []


async def test_choices_are_buttons_and_a_press_is_acknowledged_and_removes_them() -> None:
    async with telegram_setup() as setup:
        setup.api.push(message(1, "你好"), press(2, "a:stage:idea"))
        await setup.api.until(lambda: len(setup.api.texts(42)) == 2 and len(setup.api.calls) >= 7)

    sent = setup.api.calls_of("sendMessage")[0]["reply_markup"]["inline_keyboard"]
    assert sent[0][0] == {"text": "还在想", "callback_data": "a:stage:idea"}
    assert setup.api.calls_of("answerCallbackQuery") == [{"callback_query_id": "q2"}]
    (edited,) = setup.api.calls_of("editMessageReplyMarkup")
    assert edited["reply_markup"] == {
        "inline_keyboard": [[{"text": "原文", "url": "https://a.cn/1"}]]
    }
    assert setup.api.texts(42)[1] == "2：a:stage:idea"
    assert setup.api.violations == []


async def test_a_press_counts_even_if_telegram_refuses_its_acknowledgement() -> None:
    api = BotApi(
        fault=lambda call: (
            Fault(400, "Bad Request: query is too old")
            if call.method == "answerCallbackQuery"
            else None
        )
    )
    async with telegram_setup(api) as setup:
        setup.api.push(press(2, "a:stage:idea"))
        await setup.api.until(lambda: setup.api.texts(42) != [])

    assert setup.api.texts(42) == ["1：a:stage:idea"]


async def test_an_unreadable_update_does_not_block_later_ones() -> None:
    async with telegram_setup() as setup:
        unreadable = {"update_id": 2, "message": {"chat": "nonsense", "date": []}}
        setup.api.push(message(1, "前"), unreadable, message(3, "后"))
        await setup.api.until(lambda: len(setup.api.texts(42)) == 2)
        await setup.api.until(lambda: setup.api.offsets[-1] == 4)

    assert setup.api.texts(42) == ["1：前", "2：后"]
    assert len(setup.api.offsets) <= 3


async def test_a_failing_step_is_reported_and_does_not_block_later_updates() -> None:
    def say(incoming: Incoming) -> list[Reply]:
        if incoming.utterance.text == "坏":
            raise RuntimeError("a bug")
        return [Reply("好")]

    async with telegram_setup(step=counting_step(say)) as setup:
        setup.api.push(message(1, "坏"), message(2, "问"))
        await setup.api.until(lambda: len(setup.api.texts(42)) == 2)

    assert sorted(setup.api.texts(42)) == ["刚才没有处理好，请再发一次。", "好"]


async def test_a_batch_stays_in_order_per_chat() -> None:
    async with telegram_setup() as setup:
        setup.api.push(*(message(n, f"第{n}", user=n % 5 + 1) for n in range(60)))
        await setup.api.until(lambda: len(setup.api.calls_of("sendMessage")) == 60)

    for chat in range(1, 6):
        received = [n for n in range(60) if n % 5 + 1 == chat]
        assert setup.api.texts(chat) == [f"{i}：第{n}" for i, n in enumerate(received, 1)]


async def test_after_an_outage_all_messages_count_and_the_newest_gets_a_reply() -> None:
    hours_ago = int(time.time()) - 7200
    async with telegram_setup() as setup:
        setup.api.push(*(message(n, f"第{n}", date=hours_ago + n) for n in range(1, 5)))
        await setup.api.until(lambda: setup.api.texts(42) != [])
        await setup.api.until(lambda: setup.api.offsets[-1] == 5)

        assert await setup.turns() == 4
    assert setup.api.texts(42) == ["4：第4"]


async def test_a_long_reply_is_split_with_the_buttons_on_the_last_part() -> None:
    text = "\n\n".join(f"第{i}条：" + "话" * 900 + "😀" for i in range(6))
    links = (Link("原文", "https://a.cn/1"), Link("热线", "tel:12345"))
    async with telegram_setup(step=counting_step(lambda _: [Reply(text, STAGE, links)])) as setup:
        setup.api.push(message(1, "你好"))
        await setup.api.until(lambda: len(setup.api.texts(42)) == 2)

    first, last = setup.api.calls_of("sendMessage")
    assert "reply_markup" not in first
    assert [b["text"] for row in last["reply_markup"]["inline_keyboard"] for b in row] == [
        "还在想", "刚注册", "原文",
    ]  # fmt: skip
    assert last["text"].endswith("热线：12345")
    assert setup.api.violations == []


async def test_polling_resumes_after_a_server_error() -> None:
    api = BotApi()
    failures = iter([Fault(502, "Bad Gateway")])
    api.fault = lambda call: next(failures, None) if call.method == "getUpdates" else None
    async with telegram_setup(api) as setup:
        setup.api.push(message(1, "你好"))
        await setup.api.until(lambda: setup.api.texts(42) != [])

    assert setup.api.texts(42) == ["1：你好"]


async def test_answers_and_errors_stay_in_the_topic() -> None:
    def say(incoming: Incoming) -> list[Reply]:
        if incoming.utterance.text == "坏":
            raise RuntimeError("a bug")
        return [Reply("好")]

    topic = {"message_thread_id": 77, "is_topic_message": True}
    pressed = press(3, "a:stage:idea")
    pressed["callback_query"]["message"] |= topic
    async with telegram_setup(step=counting_step(say)) as setup:
        setup.api.push(message(1, "坏", **topic), message(2, "问", **topic), pressed)
        setup.api.push(message(4, "问"))
        await setup.api.until(lambda: len(setup.api.texts(42)) == 4)

    threads = [call.get("message_thread_id", 0) for call in setup.api.calls_of("sendMessage")]
    assert sorted(threads) == [0, 77, 77, 77]
    assert setup.api.violations == []


@pytest.mark.parametrize("webhook", [False, True])
@pytest.mark.parametrize("seen_from", ["old", "new", "both"])
async def test_a_conversation_follows_its_group_to_the_supergroup(
    webhook: bool, seen_from: str
) -> None:
    old, new = {"id": -5, "type": "group"}, {"id": -1009001, "type": "supergroup"}
    leaving = message(2, "", chat=old, migrate_to_chat_id=-1009001)
    arriving = message(3, "", chat=new, migrate_from_chat_id=-5)
    reports = {"old": [leaving], "new": [arriving], "both": [leaving, arriving]}[seen_from]
    updates = [
        message(1, "@LiuchuangBot 前", chat=old),
        *reports,
        message(4, "@LiuchuangBot 后", chat=new),
    ]
    async with telegram_setup(webhook=webhook) as setup:
        if webhook:
            for update in updates:
                await setup.deliver(update)
        else:
            setup.api.push(*updates)
        await setup.api.until(lambda: "2：后" in setup.api.texts(-1009001))

        assert await setup.turns(-1009001) == 2
        assert await setup.turns(-5) == 0


async def test_a_reply_is_sent_without_a_query_and_deleted_by_the_next_batch() -> None:
    async with telegram_setup(webhook=True) as setup:
        await setup.api.until(lambda: setup.api.calls_of("setWebhook") != [])
        store, queries = setup.store, 0
        original = store.due

        async def counted(channel: str, now: datetime, limit: int) -> list[OutboxItem]:
            nonlocal queries
            queries += 1
            return await original(channel, now, limit)

        store.due = counted  # type: ignore[method-assign] # counts the queries
        started = time.monotonic()
        for n in range(30):
            await setup.deliver(message(n, "你好", user=n + 1))
        await setup.api.until(lambda: len(setup.api.calls_of("sendMessage")) == 30)
        # One look a second finds replies that were not handed out.
        assert queries <= 2 + time.monotonic() - started
        await asyncio.sleep(0.1)
        assert [await store.unsent(f"telegram:{n + 1}") for n in range(30)] == [0] * 30


async def test_many_messages_of_one_chat_are_answered_in_order() -> None:
    async with telegram_setup(webhook=True) as setup:
        await asyncio.gather(*(setup.deliver(message(n, f"第{n}")) for n in range(40)))
        await setup.api.until(lambda: len(setup.api.texts(42)) == 40)

    numbers = [int(text.partition("：")[0]) for text in setup.api.texts(42)]
    assert numbers == list(range(1, 41))


# The webhook


async def test_an_update_by_webhook_is_answered_through_the_outbox() -> None:
    async with telegram_setup(webhook=True) as setup:
        response = await setup.deliver(message(1, "你好"))
        await setup.api.until(lambda: setup.api.texts(42) != [])

    assert response.status_code == 200
    assert setup.api.texts(42) == ["1：你好"]


async def test_a_repeated_delivery_is_one_turn_and_one_reply() -> None:
    async with telegram_setup(webhook=True) as setup:
        await asyncio.gather(*(setup.deliver(message(1, "你好")) for _ in range(3)))
        await setup.deliver(message(1, "你好"))
        await setup.deliver(message(2, "再见"))
        await setup.api.until(lambda: len(setup.api.texts(42)) == 2)

        assert await setup.turns() == 2
    assert setup.api.texts(42) == ["1：你好", "2：再见"]


@pytest.mark.parametrize("secret", ["", "guessed", SECRET + "x", "é"])
async def test_a_webhook_without_the_secret_is_refused(secret: str) -> None:
    async with telegram_setup(webhook=True) as setup:
        response = await setup.client.post(
            setup.hook,
            json=message(1, "你好"),
            headers={b"X-Telegram-Bot-Api-Secret-Token": secret.encode("latin-1")},
        )

        assert response.status_code == 403
        assert await setup.turns() == 0


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[" * 60_000, b"x" * 70_000, b'"text"', b'{"update_id": 1}']
)
async def test_an_unreadable_body_is_not_delivered_again(body: bytes) -> None:
    async with telegram_setup(webhook=True) as setup:
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        response = await setup.client.post(setup.hook, content=body, headers=headers)
        after = await setup.deliver(message(5, "还好吗"))

        assert (response.status_code, after.status_code) == (200, 200)
        assert await setup.turns() == 1


async def test_a_busy_guide_makes_telegram_deliver_again() -> None:
    async with telegram_setup(webhook=True) as setup:
        await setup.guide.stop()

        assert (await setup.deliver(message(1, "你好"))).status_code == 503


async def test_an_outage_of_telegram_does_not_slow_the_webhook_or_grow_the_queue() -> None:
    api = BotApi()
    async with telegram_setup(api, webhook=True) as setup:
        await setup.api.until(lambda: setup.api.calls_of("setWebhook") != [])
        api.fault = lambda _: Fault(0)
        # A hanging call times out after 10 s, so waiting for calls would take 3,000 s.
        async with asyncio.timeout(120):
            for n in range(300):
                response = await setup.deliver(press(n, "a:stage:idea", user=n % 100 + 1))
                assert response.status_code == 200
        in_flight, queued = (
            len(setup.channel._sender._in_flight),
            setup.channel._background._queue.qsize(),
        )
        api.fault = lambda _: None

    assert in_flight <= 32
    assert queued <= 256


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
def test_unusable_settings_are_one_chinese_line(settings: TelegramSettings, line: str) -> None:
    with pytest.raises(ChannelError, match=line) as raised:
        TelegramChannel(
            FakeGuide(), SqliteStore(":memory:"), phrases, settings, now, time.monotonic
        )
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("status", [401, 404])
async def test_a_wrong_token_is_one_chinese_line_without_the_token(status: int) -> None:
    api = BotApi(fault=lambda _: Fault(status, "Unauthorized"))
    with pytest.raises(ChannelError, match="POLICYBOT_TELEGRAM__TOKEN") as raised:
        async with telegram_setup(api):
            pass

    assert TOKEN not in str(raised.value)
    assert raised.value.__cause__ is None


async def test_start_retries_until_telegram_responds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.channels.telegram.registration.FIRST_WAIT_SECONDS", 0.01)
    api = BotApi()
    failures = iter([Fault(502)] * 2)
    api.fault = lambda call: next(failures, None) if call.method == "getMe" else None
    async with telegram_setup(api) as setup:
        setup.api.push(message(1, "你好"))
        await setup.api.until(lambda: setup.api.texts(42) != [])

    assert setup.api.texts(42) == ["1：你好"]


async def test_a_failure_to_set_commands_does_not_stop_the_channel() -> None:
    def fault(call: Call) -> Fault | None:
        return Fault(400, "Bad Request") if call.method == "setMyCommands" else None

    async with telegram_setup(BotApi(fault=fault)) as setup:
        setup.api.push(message(1, "你好"))
        await setup.api.until(lambda: setup.api.texts(42) != [])


async def test_a_second_poller_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    conflict = iter([Fault(409, "Conflict: terminated by other getUpdates request")])
    api = BotApi(fault=lambda c: next(conflict, None) if c.method == "getUpdates" else None)
    async with telegram_setup(api) as setup:
        setup.api.push(message(1, "你好"))
        await setup.api.until(lambda: setup.api.texts(42) != [])

    assert "另一个程序也在用这个 token" in "".join(capsys.readouterr())
