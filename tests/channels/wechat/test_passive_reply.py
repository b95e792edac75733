"""Time and WeChat's turns: retries join, late answers wait, one user's messages keep order."""

from __future__ import annotations

import asyncio

from bot.channels.wechat.messages import WeChatMessage
from bot.channels.wechat.passive_reply import BUSY, FLIGHTS, Turns
from bot.core.domain.replies import Reply
from bot.core.domain.session import Utterance
from bot.errors import ChannelError
from tests.channels.fake_guide import FakeGuide, MemoryNotes, now

AT_ONCE = 0.01
PATIENT = 60.0


def text(content: str, number: int = 1) -> WeChatMessage:
    """A text of one and the same user."""
    return WeChatMessage("gh_1", "oUser", "text", {"Content": content, "MsgId": str(number)})


def closed() -> FakeGuide:
    """A guide that holds its answers back until its gate is set."""
    guide = FakeGuide()
    guide.gate.clear()
    return guide


async def test_tries_join_the_turn_in_flight() -> None:
    guide = closed()
    turns = Turns(guide, MemoryNotes(), now)
    tries = [asyncio.create_task(turns.reply(text("你好"), PATIENT)) for _ in range(3)]
    await asyncio.sleep(0.01)
    guide.gate.set()

    assert await asyncio.gather(*tries) == ["听到：你好"] * 3
    assert guide.calls == 1


async def test_a_try_that_joins_late_still_gets_the_reply() -> None:
    guide, notes = closed(), MemoryNotes()
    turns = Turns(guide, notes, now)
    first = await turns.reply(text("你好"), AT_ONCE)
    second = asyncio.create_task(turns.reply(text("你好"), PATIENT))
    await asyncio.sleep(0)
    guide.gate.set()

    assert (first, await second) == ("", "听到：你好")
    assert notes.notes == {}


async def test_a_late_answer_comes_with_the_next_message() -> None:
    guide, notes = closed(), MemoryNotes()
    turns = Turns(guide, notes, now)
    late = await turns.reply(text("第一", 1), AT_ONCE)
    guide.gate.set()
    await turns.stop()

    said = [await turns.reply(text("第二", 2), PATIENT) for _ in range(2)]
    third = await turns.reply(text("第三", 3), PATIENT)

    assert late == ""
    assert said == ["（上一条的回答）\n听到：第一\n\n听到：第二"] * 2
    assert third == "听到：第三"


async def test_a_late_answer_outlives_a_restart() -> None:
    guide, notes = closed(), MemoryNotes()
    turns = Turns(guide, notes, now)
    await turns.reply(text("第一", 1), AT_ONCE)
    guide.gate.set()
    await turns.stop()

    assert await Turns(guide, notes, now).reply(text("更多", 2), PATIENT) == "听到：第一"


async def test_the_retry_of_a_late_message_gets_its_answer_once() -> None:
    guide, notes = closed(), MemoryNotes()
    turns = Turns(guide, notes, now)
    await turns.reply(text("第一", 1), AT_ONCE)
    guide.gate.set()
    await turns.stop()

    assert await turns.reply(text("第一", 1), PATIENT) == "听到：第一"
    assert await turns.reply(text("第二", 2), PATIENT) == "听到：第二"


async def test_a_late_answer_is_pushed_where_that_is_configured() -> None:
    guide, notes = closed(), MemoryNotes()
    pushed: list[tuple[str, str]] = []

    async def push(openid: str, said: str) -> None:
        pushed.append((openid, said))

    turns = Turns(guide, notes, now, push=push)
    await turns.reply(text("第一"), AT_ONCE)
    guide.gate.set()
    await turns.stop()

    assert pushed == [("oUser", "听到：第一")]
    assert notes.notes == {}


async def test_a_push_that_fails_leaves_the_answer_for_the_next_message() -> None:
    async def push(openid: str, said: str) -> None:
        raise ChannelError("微信平台拒绝了（errcode 45015）")

    guide, notes = closed(), MemoryNotes()
    turns = Turns(guide, notes, now, push=push)
    await turns.reply(text("第一", 1), AT_ONCE)
    guide.gate.set()
    await turns.stop()

    assert "听到：第一" in await turns.reply(text("第二", 2), PATIENT)


async def test_quick_messages_of_one_user_stay_in_order() -> None:
    guide = closed()
    turns = Turns(guide, MemoryNotes(), now)
    sends = []
    for number, word in enumerate("一二三四"):
        sends.append(asyncio.create_task(turns.reply(text(word, number), PATIENT)))
        await asyncio.sleep(0)
    guide.gate.set()

    assert await asyncio.gather(*sends) == [f"听到：{word}" for word in "一二三四"]
    assert [u.text for u in guide.utterances] == list("一二三四")


async def test_the_numbers_of_a_late_answer_no_longer_count() -> None:
    guide, notes = FakeGuide(lambda _: [Reply("1. 第一条\n2. 第二条")]), MemoryNotes()
    guide.gate.clear()
    turns = Turns(guide, notes, now)
    await turns.reply(text("甲", 1), AT_ONCE)
    guide.gate.set()
    await turns.stop()

    said = await turns.reply(text("乙", 2), PATIENT)

    assert said.startswith("（上一条的回答）\n· 第一条\n· 第二条\n\n1. 第一条")


async def test_an_old_message_delivered_again_leaves_newer_pages_alone() -> None:
    long = [Reply("\n\n".join("话" * 300 for _ in range(5)))]
    guide = FakeGuide(lambda said: long if said == Utterance("长") else [Reply("短")])
    notes = MemoryNotes()
    turns = Turns(guide, notes, now)
    await turns.reply(text("短", 1), PATIENT)
    await turns.reply(text("长", 2), PATIENT)
    before = dict(notes.notes)

    assert await turns.reply(text("短", 1), PATIENT) == "短"
    assert notes.notes == before


async def test_a_guide_that_hangs_does_not_fill_the_memory() -> None:
    guide = closed()
    turns = Turns(guide, MemoryNotes(), now)
    said = [
        await asyncio.wait_for(turns.reply(text("你好", number), 0), 5)
        for number in range(FLIGHTS + 1)
    ]
    guide.gate.set()
    await turns.stop()

    assert said[0] == ""
    assert said[-1] == BUSY
