"""The WeChat channel over real sockets, against an emulated platform."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from bot.core.domain.replies import Reply
from bot.core.domain.session import Option, Utterance
from bot.errors import GuideBusy
from tests.channels.fake_guide import NOW, FakeGuide, MemoryNotes
from tests.channels.wechat.wechat_account import account, platform
from tests.channels.wechat.wechat_platform import Platform

SAMPLES = json.loads(
    (Path(__file__).parents[1] / "data" / "wechat_inbound.json").read_text("utf-8")
)
# a fixture from another module
__all__ = ["platform"]

LONG = [Reply("\n\n".join(f"第{i}条：" + "话" * 200 for i in range(9)), (Option("c:x", "好"),))]
STAGE = (Option("a:stage:idea", "还在想"), Option("a:stage:startup", "刚注册"))


async def test_the_url_verification_returns_the_echostr(platform: Platform) -> None:
    response = await platform.check("138066257067505647")

    assert (response.status_code, response.text) == (200, "138066257067505647")


async def test_a_text_is_answered(platform: Platform) -> None:
    assert await platform.text("休学创业") == "听到：休学创业"


async def test_published_samples_are_answered_except_silent_events(platform: Platform) -> None:
    for sample in SAMPLES:
        reply = await platform.reply_to(sample["xml"].strip())
        kind = sample["fields"]["MsgType"]
        if kind == "event":
            answered = sample["fields"]["Event"] in ("subscribe", "SCAN", "CLICK")
            assert bool(reply) is answered, sample["id"]
        else:
            assert bool(reply) is (kind != "device_event"), sample["id"]


async def test_repeated_deliveries_are_one_turn_with_one_reply() -> None:
    guide = FakeGuide()
    async with account(guide) as platform:
        message = platform.message("你好")
        replies = await asyncio.gather(*(platform.reply_to(message) for _ in range(3)))
        again = await platform.reply_to(message)

    assert [*replies, again] == ["听到：你好"] * 4
    assert len(guide.received) == 1


async def test_repeated_deliveries_of_an_event_are_one_turn() -> None:
    guide = FakeGuide()
    async with account(guide) as platform:
        replies = [await platform.reply_to(platform.event("CLICK", "c:me")) for _ in range(3)]

    assert replies == ["听到：c:me"] * 3
    assert guide.utterances == [Utterance(choice="c:me")]


async def test_each_user_has_a_conversation() -> None:
    guide = FakeGuide()
    async with account(guide) as platform:
        await platform.text("一", user="oAnna")
        await platform.text("二", user="oBen")

    assert [i.conv for i in guide.received] == ["wechat:oAnna", "wechat:oBen"]
    assert {(i.received_at, i.push) for i in guide.received} == {(NOW, False)}


async def test_an_unsubscribe_event_is_not_passed_to_the_guide() -> None:
    guide = FakeGuide()
    async with account(guide) as platform:
        assert await platform.reply_to(platform.event("unsubscribe")) == ""

    assert guide.received == []


async def test_choices_are_numbered() -> None:
    guide = FakeGuide(lambda _: [Reply("先说明。"), Reply("哪一步？", STAGE)])
    async with account(guide) as platform:
        assert await platform.text("你好") == "先说明。\n\n哪一步？\n\n1. 还在想\n2. 刚注册"


async def test_choices_are_links_if_configured() -> None:
    guide = FakeGuide(lambda _: [Reply("哪一步？", STAGE)])
    async with account(guide, tappable=True) as platform:
        reply = await platform.text("你好")
        await platform.reply_to(platform.message("还在想", bizmsgmenuid="a:stage:idea"))

    link = "weixin://bizmsgmenu?msgmenucontent=还在想&msgmenuid=a:stage:idea"
    assert f'1. <a href="{link}">还在想</a>' in reply
    assert guide.utterances[1] == Utterance(choice="a:stage:idea")


async def test_choices_are_plain_if_the_links_do_not_fit() -> None:
    guide = FakeGuide(lambda _: [Reply("话" * 660, STAGE)])
    async with account(guide, tappable=True) as platform:
        reply = await platform.text("你好")

    assert reply.endswith("1. 还在想\n2. 刚注册")


async def test_a_long_answer_continues_on_request_until_its_end() -> None:
    async with account(FakeGuide(lambda _: LONG)) as platform:
        pages = [
            await platform.text(text) for text in ("你好", "更多[微笑]", "“更多”", "下一段/:rose")
        ]

    body = "".join(page.removesuffix("\n……\n回复“更多”看下一段") for page in pages[:3])
    assert all(page.endswith("回复“更多”看下一段") for page in pages[:-2])
    assert body.replace("\n", "").startswith(LONG[0].text.replace("\n", "")[:1500])
    assert pages[2].endswith("1. 好")
    assert pages[3] != pages[2]


async def test_pages_survive_a_restart_and_a_retry_gets_the_same_page() -> None:
    notes, guide = MemoryNotes(), FakeGuide(lambda _: LONG)
    async with account(guide, notes) as platform:
        first = await platform.text("你好")
        more = platform.message("更多")
    async with account(guide, notes) as platform:
        second = await platform.reply_to(more)
    async with account(guide, notes) as platform:
        again = await platform.reply_to(more)

    assert second == again
    assert second != first
    assert len(guide.received) == 1


async def test_a_new_question_discards_the_remaining_pages() -> None:
    notes = MemoryNotes()
    guide = FakeGuide(lambda utterance: LONG if utterance.text == "长" else [Reply("短")])
    async with account(guide, notes) as platform:
        await platform.text("长")
        assert await platform.text("问") == "短"
        assert await platform.text("更多") == "短"

    assert guide.utterances[-1] == Utterance("更多")
    assert notes.notes == {}


async def test_a_short_answer_writes_no_note() -> None:
    notes = MemoryNotes()
    async with account(FakeGuide(), notes) as platform:
        await platform.text("你好")

    assert notes.writes == 0


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (GuideBusy("忙"), "现在问的人比较多，请过一分钟再发一次。"),
        (RuntimeError("secret detail"), "刚才没有处理好，请再发一次。"),
    ],
)
async def test_a_failure_is_reported_to_the_user(fault: Exception, expected: str) -> None:
    guide = FakeGuide()
    guide.fault = fault
    async with account(guide) as platform:
        assert await platform.text("你好") == expected


@pytest.mark.parametrize("text", ["a]]>b", "铃\x07声", "😀👨‍👩‍👧", "&amp;<b>", "半个\ud83d字"])
async def test_any_text_makes_a_valid_reply(text: str) -> None:
    async with account(FakeGuide(lambda _: [Reply(text)])) as platform:
        reply = await platform.text("你好")

    assert reply == text.replace("\x07", "").replace("\ud83d", "")


@pytest.mark.parametrize("sealed", [False, True])
async def test_over_the_limit_one_sentence_is_said_once(sealed: bool) -> None:
    guide = FakeGuide()
    async with account(guide, sealed=sealed, user_per_minute=20) as platform:
        said = [await platform.text(f"第{n}", "oUser") for n in range(14)]
        other = await platform.text("你好", "oOther")

    assert [text.startswith("听到") for text in said] == [True] * 10 + [False] * 4
    assert "您发得太快了" in said[10]
    assert said[11:] == [""] * 3
    assert other == "听到：你好"
    assert len(guide.received) == 11
