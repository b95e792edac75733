"""Limits of a person and of a chat: one sentence, then silence; Telegram still gets 200."""

from __future__ import annotations

import time

from bot.channels.telegram.incoming.limits import COUNT_EVERY, MAX_UNSENT
from tests.channels.telegram.bot_api_server import BotApi, Fault, edit, message, press
from tests.channels.telegram.fake_telegram import telegram_setup

TOO_FAST = "您发得太快了"
SECOND = int(time.time())


async def test_over_the_limit_one_sentence_is_said_once() -> None:
    async with telegram_setup(webhook=True, user_per_minute=20) as setup:
        for n in range(40):
            response = await setup.deliver(message(n, f"第{n}", date=SECOND))
            assert response.status_code == 200
        await setup.api.until(lambda: len(setup.api.texts(42)) == 11)

        assert await setup.turns() == 10
        assert sum(TOO_FAST in text for text in setup.api.texts(42)) == 1
        await setup.deliver(message(90, "后来", date=SECOND + 60))
        assert await setup.turns() == 11


async def test_presses_and_edits_are_limited_too() -> None:
    async with telegram_setup(webhook=True, user_per_minute=4) as setup:
        for n in range(10):
            await setup.deliver(press(n, "a:stage:idea"))
        # The clock of presses is real: a slow run may allow one more.
        assert 2 <= await setup.turns() <= 5
        for n in range(100, 110):
            await setup.deliver(message(n, f"第{n}", user=7, date=SECOND))
            await setup.deliver(edit(n + 100, n, "改了", user=7, date=SECOND, edit_date=SECOND))
        assert 2 <= await setup.turns(7) <= 7


async def test_one_person_in_a_group_does_not_silence_the_others() -> None:
    group = {"id": -100, "type": "supergroup"}
    anna = {"id": 1, "is_bot": False, "first_name": "安"}
    ben = {"id": 2, "is_bot": False, "first_name": "本"}
    async with telegram_setup(webhook=True, user_per_minute=4) as setup:
        for n, sender in enumerate([anna] * 10 + [ben]):
            update = message(n, "@LiuchuangBot 你好", chat=group, date=SECOND)
            update["message"]["from"] = sender
            await setup.deliver(update)
        assert await setup.turns(-100) == 3


async def test_messages_that_waited_during_an_outage_are_all_accepted() -> None:
    hours_ago = SECOND - 7200
    async with telegram_setup(user_per_minute=4) as setup:
        setup.api.push(*(message(n, f"第{n}", date=hours_ago + 60 * n) for n in range(1, 31)))
        await setup.api.until(lambda: 31 in setup.api.offsets)

        assert await setup.turns() == 30


async def test_no_limit_is_set_by_zero() -> None:
    async with telegram_setup(webhook=True) as setup:
        for n in range(30):
            await setup.deliver(message(n, "你好", date=SECOND))
        assert await setup.turns() == 30


async def test_a_chat_whose_replies_do_not_leave_has_a_bounded_outbox() -> None:
    api = BotApi(fault=lambda call: Fault(502) if call.method == "sendMessage" else None)
    async with telegram_setup(api, webhook=True) as setup:
        for n in range(2 * MAX_UNSENT + COUNT_EVERY):
            response = await setup.deliver(message(n, "你好"))
            assert response.status_code == 200
        assert MAX_UNSENT <= await setup.store.unsent("telegram:42") <= MAX_UNSENT + COUNT_EVERY
        api.fault = lambda _: None
        await setup.store.forget("telegram:42")
        before = await setup.turns()
        await setup.deliver(message(900, "还在吗"))
        assert await setup.turns() == before + 1
