"""Passive replies: retries, late answers, and the order of a user's messages."""

from __future__ import annotations

import asyncio

import pytest

from bot.channels.wechat.messages import WeChatMessage
from bot.channels.wechat.passive_reply import MAX_RUNNING, PassiveReplies
from bot.core.domain.replies import Reply
from bot.core.domain.session import Utterance
from bot.errors import ChannelError
from tests.channels.fake_guide import FakeGuide, MemoryNotes, now
from tests.channels.messenger_phrases import phrases

TOO_SHORT = 0.01
LONG_ENOUGH = 60.0


def text(content: str, number: int = 1) -> WeChatMessage:
    """Return a text message of the same user."""
    return WeChatMessage("gh_1", "oUser", "text", {"Content": content, "MsgId": str(number)})


def blocked_guide() -> FakeGuide:
    """Return a guide that answers once its gate is set."""
    guide = FakeGuide()
    guide.gate.clear()
    return guide


async def test_retries_join_the_running_turn() -> None:
    guide = blocked_guide()
    replies = PassiveReplies(guide, MemoryNotes(), phrases, now)
    tries = [asyncio.create_task(replies.reply(text("你好"), LONG_ENOUGH)) for _ in range(3)]
    await asyncio.sleep(0.01)
    guide.gate.set()

    assert await asyncio.gather(*tries) == ["听到：你好"] * 3
    assert guide.calls == 1


async def test_a_retry_that_joins_late_gets_the_reply() -> None:
    guide, notes = blocked_guide(), MemoryNotes()
    replies = PassiveReplies(guide, notes, phrases, now)
    first = await replies.reply(text("你好"), TOO_SHORT)
    second = asyncio.create_task(replies.reply(text("你好"), LONG_ENOUGH))
    await asyncio.sleep(0)
    guide.gate.set()

    assert (first, await second) == ("", "听到：你好")
    assert notes.notes == {}


async def test_a_late_answer_precedes_the_next_one() -> None:
    guide, notes = blocked_guide(), MemoryNotes()
    replies = PassiveReplies(guide, notes, phrases, now)
    late = await replies.reply(text("第一", 1), TOO_SHORT)
    guide.gate.set()
    await replies.stop()

    texts = [await replies.reply(text("第二", 2), LONG_ENOUGH) for _ in range(2)]
    third = await replies.reply(text("第三", 3), LONG_ENOUGH)

    assert late == ""
    assert texts == ["（上一条的回答）\n听到：第一\n\n听到：第二"] * 2
    assert third == "听到：第三"


async def test_a_late_answer_survives_a_restart() -> None:
    guide, notes = blocked_guide(), MemoryNotes()
    replies = PassiveReplies(guide, notes, phrases, now)
    await replies.reply(text("第一", 1), TOO_SHORT)
    guide.gate.set()
    await replies.stop()

    assert (
        await PassiveReplies(guide, notes, phrases, now).reply(text("更多", 2), LONG_ENOUGH)
        == "听到：第一"
    )


async def test_the_retry_of_a_late_message_gets_its_answer_once() -> None:
    guide, notes = blocked_guide(), MemoryNotes()
    replies = PassiveReplies(guide, notes, phrases, now)
    await replies.reply(text("第一", 1), TOO_SHORT)
    guide.gate.set()
    await replies.stop()

    assert await replies.reply(text("第一", 1), LONG_ENOUGH) == "听到：第一"
    assert await replies.reply(text("第二", 2), LONG_ENOUGH) == "听到：第二"


async def test_a_late_answer_is_pushed_if_configured() -> None:
    guide, notes = blocked_guide(), MemoryNotes()
    pushed: list[tuple[str, str]] = []

    async def push(openid: str, text: str) -> None:
        pushed.append((openid, text))

    replies = PassiveReplies(guide, notes, phrases, now, push=push)
    await replies.reply(text("第一"), TOO_SHORT)
    guide.gate.set()
    await replies.stop()

    assert pushed == [("oUser", "听到：第一")]
    assert notes.notes == {}


@pytest.mark.parametrize(
    "error", [ChannelError("微信平台拒绝了（errcode 45015）"), OverflowError("unexpected")]
)
async def test_after_a_failed_push_the_answer_precedes_the_next_one(error: Exception) -> None:
    async def push(openid: str, text: str) -> None:
        raise error

    guide, notes = blocked_guide(), MemoryNotes()
    replies = PassiveReplies(guide, notes, phrases, now, push=push)
    await replies.reply(text("第一", 1), TOO_SHORT)
    guide.gate.set()
    await replies.stop()

    assert "听到：第一" in await replies.reply(text("第二", 2), LONG_ENOUGH)


async def test_quick_messages_of_one_user_stay_in_order() -> None:
    guide = blocked_guide()
    replies = PassiveReplies(guide, MemoryNotes(), phrases, now)
    sends = []
    for number, word in enumerate("一二三四"):
        sends.append(asyncio.create_task(replies.reply(text(word, number), LONG_ENOUGH)))
        await asyncio.sleep(0)
    guide.gate.set()

    assert await asyncio.gather(*sends) == [f"听到：{word}" for word in "一二三四"]
    assert [u.text for u in guide.utterances] == list("一二三四")


async def test_the_numbered_lines_of_a_late_answer_become_bullets() -> None:
    guide, notes = FakeGuide(lambda _: [Reply("1. 第一条\n2. 第二条")]), MemoryNotes()
    guide.gate.clear()
    replies = PassiveReplies(guide, notes, phrases, now)
    await replies.reply(text("甲", 1), TOO_SHORT)
    guide.gate.set()
    await replies.stop()

    reply = await replies.reply(text("乙", 2), LONG_ENOUGH)

    assert reply.startswith("（上一条的回答）\n· 第一条\n· 第二条\n\n1. 第一条")


async def test_an_old_message_delivered_again_keeps_newer_pages() -> None:
    long = [Reply("\n\n".join("话" * 300 for _ in range(5)))]
    guide = FakeGuide(lambda utterance: long if utterance == Utterance("长") else [Reply("短")])
    notes = MemoryNotes()
    replies = PassiveReplies(guide, notes, phrases, now)
    await replies.reply(text("短", 1), LONG_ENOUGH)
    await replies.reply(text("长", 2), LONG_ENOUGH)
    before = dict(notes.notes)

    assert await replies.reply(text("短", 1), LONG_ENOUGH) == "短"
    assert notes.notes == before


async def test_the_number_of_running_turns_is_limited() -> None:
    guide = blocked_guide()
    replies = PassiveReplies(guide, MemoryNotes(), phrases, now)
    texts = [
        await asyncio.wait_for(replies.reply(text("你好", number), 0), 60)
        for number in range(MAX_RUNNING + 1)
    ]
    guide.gate.set()
    await replies.stop()

    assert texts[0] == ""
    assert texts[-1] == "现在问的人比较多，请过一分钟再发一次。"
