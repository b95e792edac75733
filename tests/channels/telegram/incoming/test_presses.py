"""Presses: ticks, the choice that stays visible, and pages that replace each other."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from bot.channels.telegram.incoming.presses import Keyboards, set_tick, ticked, with_pressed
from bot.channels.telegram.raw_bot import Address
from bot.core.domain.replies import Reply
from bot.core.domain.session import Option
from bot.service.ports import Incoming
from tests.channels.messenger_phrases import phrases
from tests.channels.telegram.bot_api_server import BotApi, Call, Fault, message, press
from tests.channels.telegram.fake_telegram import counting_step, telegram_setup

NEEDS = (
    Option("a:needs:funding", "资金"),
    Option("a:needs:venue", "场地"),
    Option("c:skip", "跳过"),
)
LIST = (Option("s:desk-for-free", "免费场地"), Option("c:more", "更多"))


def question(incoming: Incoming) -> Sequence[Reply]:
    """Ask which needs there are; repeat an answer."""
    if incoming.utterance.text:
        return [Reply("您需要什么？", NEEDS, multiple=True)]
    return [Reply(incoming.utterance.choice, (Option("c:me", "我"),))]


def keyboard_of(sent: Any) -> Any:
    """Return the rows of the keyboard of a call."""
    return sent["reply_markup"]["inline_keyboard"]


def ticks(sent: Any) -> list[str]:
    """Return the labels of the buttons to tick."""
    labels = [button["text"] for row in keyboard_of(sent) for button in row]
    return [label for label in labels if label[0] in "☐☑"]


async def test_ticks_change_the_keyboard_and_done_answers_with_all_of_them() -> None:
    async with telegram_setup(step=counting_step(question)) as setup:
        api = setup.api
        api.push(message(1, "你好"))
        await api.until(lambda: api.texts(42) != [])
        (asked,) = api.calls_of("sendMessage")
        shown = {"text": asked["text"], "reply_markup": asked["reply_markup"], "message_id": 1}
        # Both presses carry the keyboard as it was before the first one.
        for number, data in ((2, "m:1:needs:venue"), (3, "m:1:needs:funding")):
            api.push(press(number, data, shown=shown))
        edits = "editMessageReplyMarkup"
        await api.until(
            lambda: [ticks(e) for e in api.calls_of(edits)][-1:] == [["☑ 资金", "☑ 场地"]]
        )
        assert await setup.turns() == 1
        api.push(press(4, "m:done", shown=shown))
        await api.until(lambda: len(api.texts(42)) == 2 and bool(api.calls_of("editMessageText")))

    assert api.texts(42)[1] == "a:needs:funding+venue"
    (closed,) = api.calls_of("editMessageText")
    assert closed["text"] == "您需要什么？\n✓ 资金、场地"
    assert "reply_markup" not in closed
    assert len(api.calls_of("answerCallbackQuery")) == 3
    assert api.violations == []


async def test_done_without_a_tick_asks_for_one() -> None:
    async with telegram_setup(step=counting_step(question)) as setup:
        setup.api.push(press(1, "m:done"))
        await setup.api.until(lambda: setup.api.calls_of("answerCallbackQuery") != [])

        assert await setup.turns() == 0
    (answer,) = setup.api.calls_of("answerCallbackQuery")
    assert answer["text"] == phrases().say("telegram_pick_first")


async def test_a_tick_on_a_message_without_its_keyboard_is_taken_alone() -> None:
    old = {"message_id": 7, "date": 0, "reply_markup": {}}
    async with telegram_setup(step=counting_step(question)) as setup:
        setup.api.push(press(1, "m:1:needs:venue", shown=old))
        await setup.api.until(lambda: setup.api.texts(42) != [])

    assert setup.api.texts(42) == ["a:needs:venue"]


async def test_the_pressed_choice_stays_visible_with_the_formats_of_its_message() -> None:
    bold = {"type": "bold", "offset": 0, "length": 2}
    found = {"type": "url", "offset": 2, "length": 2}
    shown = {"text": "哪一步？", "entities": [bold, found]}
    async with telegram_setup() as setup:
        setup.api.push(press(1, "a:stage:idea", shown=shown))
        await setup.api.until(lambda: setup.api.calls_of("editMessageText") != [])

    (edited,) = setup.api.calls_of("editMessageText")
    assert edited["text"] == "哪一步？\n✓ 还在想"
    assert edited["entities"] == [bold]
    assert keyboard_of(edited) == [[{"text": "原文", "url": "https://a.cn/1"}]]
    assert setup.api.violations == []


async def test_an_item_of_a_list_is_marked_and_the_list_stays() -> None:
    rows = [[{"text": "免费场地", "callback_data": "s:desk-for-free"}]]
    shown = {"text": "有这些：", "reply_markup": {"inline_keyboard": rows}}
    async with telegram_setup() as setup:
        setup.api.push(press(1, "s:desk-for-free", shown=shown))
        await setup.api.until(lambda: setup.api.calls_of("editMessageReplyMarkup") != [])

    (edited,) = setup.api.calls_of("editMessageReplyMarkup")
    assert keyboard_of(edited) == [[{"text": "✓ 免费场地", "callback_data": "s:desk-for-free"}]]


def pages(incoming: Incoming) -> Sequence[Reply]:
    """Answer with a page of a list."""
    return [Reply(f"第二页（{incoming.utterance.choice}）", LIST)]


def turning(number: int, data: str = "c:more") -> Any:
    """Return a press on 更多, or another button, below a list."""
    rows = [[{"text": o.label, "callback_data": o.id}] for o in LIST]
    shown = {"message_id": 9, "text": "第一页", "reply_markup": {"inline_keyboard": rows}}
    return press(number, data, shown=shown)


async def test_another_page_replaces_the_page_above_its_button() -> None:
    async with telegram_setup(step=counting_step(pages)) as setup:
        setup.api.push(turning(1))
        await setup.api.until(lambda: setup.api.calls_of("editMessageText") != [])
        await setup.api.until(lambda: setup.api.offsets[-1] == 2)

    (edited,) = setup.api.calls_of("editMessageText")
    assert (edited["message_id"], edited["text"]) == (9, "第二页（c:more）")
    data = [button["callback_data"] for row in keyboard_of(edited) for button in row]
    assert data == ["s:desk-for-free", "c:more", "m:first"]
    assert setup.api.texts(42) == []
    assert setup.api.violations == []


async def test_the_first_page_comes_back_in_place() -> None:
    async with telegram_setup(step=counting_step(pages)) as setup:
        setup.api.push(turning(1, "m:first"))
        await setup.api.until(lambda: setup.api.calls_of("editMessageText") != [])

    (edited,) = setup.api.calls_of("editMessageText")
    assert (edited["message_id"], edited["text"]) == (9, "第二页（c:results）")
    assert "m:first" not in json.dumps(keyboard_of(edited))


@pytest.mark.parametrize(
    ("why", "sent"),
    [("message to edit not found", 1), ("message is not modified", 0)],
)
async def test_a_page_whose_message_is_gone_is_sent(why: str, sent: int) -> None:
    def fault(call: Call) -> Fault | None:
        edited = call.method == "editMessageText"
        return Fault(400, f"Bad Request: {why}") if edited else None

    async with telegram_setup(BotApi(fault=fault), step=counting_step(pages)) as setup:
        setup.api.push(turning(1))
        await setup.api.until(lambda: setup.api.offsets[-1:] == [2])
        # The reply is noted as sent after the last call of the API.
        while await setup.store.unsent("telegram:42"):  # noqa: ASYNC110 - the store has no event
            await asyncio.sleep(0.002)

        assert len(setup.api.texts(42)) == sent


async def test_an_answer_that_is_no_list_does_not_replace_the_page() -> None:
    async with telegram_setup() as setup:
        setup.api.push(turning(1))
        await setup.api.until(lambda: setup.api.texts(42) != [])

    assert setup.api.texts(42) == ["1：c:more"]
    assert setup.api.calls_of("editMessageText") == []


async def test_a_turn_that_offers_nothing_ends_with_the_menu() -> None:
    step = counting_step(lambda _: [Reply("一"), Reply("二")])
    async with telegram_setup(step=step) as setup:
        setup.api.push(message(1, "忘记我"))
        await setup.api.until(lambda: len(setup.api.texts(42)) == 2)

    first, last = setup.api.calls_of("sendMessage")
    assert "reply_markup" not in first
    assert [b["callback_data"] for row in keyboard_of(last) for b in row] == ["c:start", "c:help"]


def test_a_repeated_tick_changes_nothing() -> None:
    rows = [[{"text": "☐ 场地", "callback_data": "m:1:needs:venue"}]]
    once = set_tick(rows, "m:1:needs:venue")

    assert set_tick(once, "m:1:needs:venue") == once
    assert ticked(once) == ("a:needs:venue", "场地")
    assert set_tick(once, "m:0:needs:venue") == rows
    assert ticked(rows) == ("", "")


def test_a_pressed_button_is_marked_once() -> None:
    rows = [
        [{"text": "甲", "callback_data": "s:one-two"}, {"text": "乙", "callback_data": "c:me"}]
    ]
    marked = with_pressed(rows, "s:one-two")

    assert marked
    assert marked[0][0]["text"] == "✓ 甲"
    assert with_pressed(marked, "s:one-two") is None
    assert with_pressed(rows, "c:me") is None


def test_a_keyboard_is_remembered_for_a_moment() -> None:
    time = 100.0
    keyboards = Keyboards(lambda: time)
    old, new = [[{"text": "旧"}]], [[{"text": "新"}]]
    keyboards.change(1, 2, new)

    assert keyboards.latest(1, 2, old) == new
    assert keyboards.latest(1, 3, old) == old
    time = 106.0
    assert keyboards.latest(1, 2, old) == old


@pytest.mark.parametrize(
    "address",
    [Address(1), Address(1, 77), Address(1, 0, 9), Address(1, 7, 9), Address(1, 0, 9, True)],
)
def test_an_address_survives_storage(address: Address) -> None:
    assert Address.parse(1, address.within_chat()) == address
