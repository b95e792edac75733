"""WeChat after 忘记我: nothing of the conversation is stored or said again, however late an answer
is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.channels.wechat.messages import WeChatMessage
from bot.channels.wechat.passive_reply import PassiveReplies
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Session
from bot.errors import ChannelError
from bot.service.guide import Guide
from bot.service.ports import Incoming, Store
from bot.storage import store_for
from tests.channels.fake_guide import now
from tests.channels.messenger_phrases import phrases
from tests.echo_dialogue import echo_step
from tests.storage.conftest import Rows, rows, store, store_url

__all__ = ["rows", "store", "store_url"]

LATE = 0.0  # no answer comes within this budget
LONG_ENOUGH = 60.0
TABLES = ("session", "inbox", "outbox", "feedback", "unanswered", "note")


def text(content: str, number: int) -> WeChatMessage:
    return WeChatMessage("gh_1", "oUser", "text", {"Content": content, "MsgId": str(number)})


def wordy_step(session: Session, incoming: Incoming) -> Turn:
    """Answer like `echo_step`; 长 gets a reply of several pages."""
    turn = echo_step(session, incoming)
    if incoming.utterance.text != "长":
        return turn
    return turn._replace(replies=(Reply("\n\n".join("私事" * 150 for _ in range(5))),))


class HeldNotes:
    """Notes of a store, whose writing waits for `gate`, as on a slow database."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.gate = asyncio.Event()
        self.writing = asyncio.Event()

    async def note(self, conv: str) -> str:
        return await self._store.note(conv)

    async def keep(self, conv: str, message_id: str, note: str, shown_by: str = "") -> None:
        self.writing.set()
        await self.gate.wait()
        await self._store.keep(conv, message_id, note, shown_by)


@pytest.fixture
async def guide(store: Store) -> AsyncIterator[Guide]:
    async with Guide(store, wordy_step, clock=now) as running:
        yield running


@asynccontextmanager
async def another_process(store: Store, store_url: str) -> AsyncIterator[tuple[Store, Guide]]:
    """Yield the store and the guide of another process; SQLite has one process only."""
    if store_url.startswith("sqlite"):
        async with Guide(store, wordy_step, clock=now) as guide:
            yield store, guide
        return
    other = store_for(store_url)
    await other.open()
    async with Guide(other, wordy_step, clock=now) as guide:
        yield other, guide
    await other.close()


async def everything(rows: Rows) -> list[tuple[object, ...]]:
    """Return all rows about people."""
    return [row for table in TABLES for row in await rows(f"SELECT * FROM {table}")]


async def test_a_late_answer_is_neither_said_nor_stored_after_the_farewell(
    guide: Guide, store: Store, rows: Rows
) -> None:
    replies = PassiveReplies(guide, store, phrases, now)
    assert await replies.reply(text("我是大三学生", 1), LATE) == ""
    await replies.stop()
    assert "大三学生" in await store.note("wechat:oUser")

    farewell = await replies.reply(text("forget", 2), LONG_ENOUGH)

    assert farewell == "2：forget"
    assert await everything(rows) == []


async def test_an_older_message_that_is_delivered_again_leaves_nothing(
    guide: Guide, store: Store, rows: Rows
) -> None:
    replies = PassiveReplies(guide, store, phrases, now)
    for number, said in enumerate(("我是大三学生", "长", "更多", "forget"), 1):
        await replies.reply(text(said, number), LONG_ENOUGH)
    for number, said in ((3, "更多"), (1, "我是大三学生"), (2, "长")):
        await replies.reply(text(said, number), LONG_ENOUGH)
        assert await everything(rows) == []


async def test_a_late_farewell_leaves_nothing(guide: Guide, store: Store, rows: Rows) -> None:
    replies = PassiveReplies(guide, store, phrases, now)
    await replies.reply(text("长", 1), LONG_ENOUGH)
    assert await replies.reply(text("forget", 2), LATE) == ""
    await replies.stop()

    assert await everything(rows) == []
    assert await replies.reply(text("forget", 2), LONG_ENOUGH) == "2：forget", "a retry gets it"
    assert await everything(rows) == []


async def test_a_late_farewell_that_cannot_be_pushed_leaves_nothing(
    guide: Guide, store: Store, rows: Rows
) -> None:
    async def push(openid: str, said: str) -> None:
        raise ChannelError("微信平台拒绝了（errcode 45015）")

    replies = PassiveReplies(guide, store, phrases, now, push=push)
    await replies.reply(text("forget", 1), LATE)
    await replies.stop()

    assert await everything(rows) == []


@pytest.mark.parametrize("first", ["我是大三学生", "长"])
async def test_a_note_that_is_stored_after_the_farewell_of_another_process_is_dropped(
    guide: Guide, store: Store, store_url: str, rows: Rows, first: str
) -> None:
    notes = HeldNotes(store)
    replies = PassiveReplies(guide, notes, phrases, now)
    await replies.reply(text(first, 1), LATE)
    await notes.writing.wait()
    async with another_process(store, store_url) as (other_store, other_guide):
        elsewhere = PassiveReplies(other_guide, other_store, phrases, now)
        assert await elsewhere.reply(text("forget", 2), LONG_ENOUGH) == "2：forget"
    notes.gate.set()
    await replies.stop()

    assert await everything(rows) == []


async def test_the_next_page_of_a_forgotten_answer_is_not_stored(
    guide: Guide, store: Store, store_url: str, rows: Rows
) -> None:
    replies = PassiveReplies(guide, store, phrases, now)
    await replies.reply(text("长", 1), LONG_ENOUGH)
    notes = HeldNotes(store)
    slow = PassiveReplies(guide, notes, phrases, now)
    await slow.reply(text("更多", 2), LATE)
    await notes.writing.wait()
    async with another_process(store, store_url) as (other_store, other_guide):
        elsewhere = PassiveReplies(other_guide, other_store, phrases, now)
        await elsewhere.reply(text("forget", 3), LONG_ENOUGH)
    notes.gate.set()
    await slow.stop()

    assert await everything(rows) == []


async def test_all_pages_can_be_read_one_by_one(guide: Guide, store: Store) -> None:
    replies = PassiveReplies(guide, store, phrases, now)
    pages = [await replies.reply(text("长", 1), LONG_ENOUGH)]
    while await store.note("wechat:oUser") and len(pages) < 9:
        pages.append(await replies.reply(text("更多", len(pages) + 1), LONG_ENOUGH))
        if "更多" not in pages[-1]:
            break
    assert len(pages) == 3
    assert sum(page.count("私事") for page in pages) == 150 * 5
