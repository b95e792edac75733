"""The WeChat channel over real sockets, against a peer that plays the platform."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from bot.channels.wechat.passive_reply import BROKEN, BUSY
from bot.core.domain.replies import Reply
from bot.core.domain.session import Option, Utterance
from bot.errors import GuideBusy
from tests.channels.fake_guide import NOW, FakeGuide, MemoryNotes
from tests.channels.wechat.wechat_account import account, platform
from tests.channels.wechat.wechat_platform import Platform

SAMPLES = json.loads(
    (Path(__file__).parents[1] / "data" / "wechat_inbound.json").read_text("utf-8")
)
# a fixture of another module
__all__ = ["platform"]

LONG = [Reply("\n\n".join(f"第{i}条：" + "话" * 200 for i in range(9)), (Option("c:x", "好"),))]
STAGE = (Option("a:stage:idea", "还在想"), Option("a:stage:startup", "刚注册"))


async def test_the_check_is_answered_with_exactly_the_echo(platform: Platform) -> None:
    response = await platform.check("138066257067505647")

    assert (response.status_code, response.text) == (200, "138066257067505647")


async def test_a_text_is_answered(platform: Platform) -> None:
    assert await platform.text("休学创业") == "听到：休学创业"


async def test_every_published_sample_gets_a_sensible_answer(platform: Platform) -> None:
    for sample in SAMPLES:
        said = await platform.says(sample["xml"].strip())
        kind = sample["fields"]["MsgType"]
        if kind == "event":
            answered = sample["fields"]["Event"] in ("subscribe", "SCAN", "CLICK")
            assert bool(said) is answered, sample["id"]
        else:
            assert bool(said) is (kind != "device_event"), sample["id"]


async def test_three_deliveries_are_one_message_and_get_one_reply() -> None:
    guide = FakeGuide()
    async with account(guide) as platform:
        message = platform.message("你好")
        said = await asyncio.gather(*(platform.says(message) for _ in range(3)))
        again = await platform.says(message)

    assert [*said, again] == ["听到：你好"] * 4
    assert len(guide.heard) == 1


async def test_tries_of_an_event_are_one_message() -> None:
    guide = FakeGuide()
    async with account(guide) as platform:
        said = [await platform.says(platform.event("CLICK", "c:me")) for _ in range(3)]

    assert said == ["听到：c:me"] * 3
    assert guide.utterances == [Utterance(choice="c:me")]


async def test_a_user_is_a_conversation_of_its_own() -> None:
    guide = FakeGuide()
    async with account(guide) as platform:
        await platform.text("一", user="oAnna")
        await platform.text("二", user="oBen")

    assert [i.conv for i in guide.heard] == ["wechat:oAnna", "wechat:oBen"]
    assert {(i.received_at, i.push) for i in guide.heard} == {(NOW, False)}


async def test_who_leaves_is_not_answered_and_not_forgotten() -> None:
    guide = FakeGuide()
    async with account(guide) as platform:
        assert await platform.says(platform.event("unsubscribe")) == ""

    assert guide.heard == []


async def test_choices_are_numbered() -> None:
    guide = FakeGuide(lambda _: [Reply("先说明。"), Reply("哪一步？", STAGE)])
    async with account(guide) as platform:
        assert await platform.text("你好") == "先说明。\n\n哪一步？\n1. 还在想\n2. 刚注册"


async def test_choices_can_be_tapped_by_setting() -> None:
    guide = FakeGuide(lambda _: [Reply("哪一步？", STAGE)])
    async with account(guide, tappable=True) as platform:
        said = await platform.text("你好")
        await platform.says(platform.message("还在想", bizmsgmenuid="a:stage:idea"))

    link = "weixin://bizmsgmenu?msgmenucontent=还在想&msgmenuid=a:stage:idea"
    assert f'1. <a href="{link}">还在想</a>' in said
    assert guide.utterances[1] == Utterance(choice="a:stage:idea")


async def test_choices_are_plain_where_the_taps_would_not_fit() -> None:
    guide = FakeGuide(lambda _: [Reply("话" * 660, STAGE)])
    async with account(guide, tappable=True) as platform:
        said = await platform.text("你好")

    assert said.endswith("1. 还在想\n2. 刚注册")


async def test_a_long_answer_goes_on_with_more_until_its_end() -> None:
    async with account(FakeGuide(lambda _: LONG)) as platform:
        said = [await platform.text(text) for text in ("你好", "更多", "“更多”", "下一段")]

    body = "".join(page.removesuffix("\n……\n回复“更多”看下一段") for page in said[:3])
    assert all(page.endswith("回复“更多”看下一段") for page in said[:-2])
    assert body.replace("\n", "").startswith(LONG[0].text.replace("\n", "")[:1500])
    assert said[2].endswith("1. 好")
    assert said[3] != said[2]


async def test_more_outlives_a_restart_and_its_retry_gets_the_same_page() -> None:
    notes, guide = MemoryNotes(), FakeGuide(lambda _: LONG)
    async with account(guide, notes) as platform:
        first = await platform.text("你好")
        more = platform.message("更多")
    async with account(guide, notes) as platform:
        second = await platform.says(more)
    async with account(guide, notes) as platform:
        again = await platform.says(more)

    assert second == again
    assert second != first
    assert len(guide.heard) == 1


async def test_a_new_question_ends_the_pages() -> None:
    notes = MemoryNotes()
    guide = FakeGuide(lambda said: LONG if said.text == "长" else [Reply("短")])
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
    ("fault", "said"), [(GuideBusy("忙"), BUSY), (RuntimeError("secret detail"), BROKEN)]
)
async def test_a_fault_is_told_kindly(fault: Exception, said: str) -> None:
    guide = FakeGuide()
    guide.fault = fault
    async with account(guide) as platform:
        assert await platform.text("你好") == said


@pytest.mark.parametrize("text", ["a]]>b", "铃\x07声", "😀👨‍👩‍👧", "&amp;<b>", "半个\ud83d字"])
async def test_no_text_breaks_a_reply(text: str) -> None:
    async with account(FakeGuide(lambda _: [Reply(text)])) as platform:
        said = await platform.text("你好")

    assert said == text.replace("\x07", "").replace("\ud83d", "")
