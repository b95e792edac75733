"""Messages that are delivered again after their conversation was erased, over both stores."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.service.ports import Store
from bot.storage import open_store
from bot.storage.common.erased_messages import ErasedMessages
from tests.echo_dialogue import NOW, echo_step, message, recorded_ids
from tests.storage.conftest import Rows

SECRET = b"the same in every process of one service, and longer than a key of blake2b may be"
ABOUT_PEOPLE = ("session", "inbox", "outbox", "feedback", "unanswered", "note")


async def talk(store: Store, conv: str = "web:a") -> None:
    """Say two things, then 忘记我."""
    for number, text in (("1", "我是大三学生"), ("2", "unknown"), ("3", "forget")):
        await store.apply([message(conv, number, text)], echo_step)


async def rows_about_people(rows: Rows) -> list[tuple[object, ...]]:
    return [row for table in ABOUT_PEOPLE for row in await rows(f"SELECT * FROM {table}")]


@pytest.mark.parametrize("number", ["1", "2", "3"])
async def test_a_message_from_before_forgetting_writes_nothing(
    store: Store, rows: Rows, number: str
) -> None:
    await talk(store)
    [again] = await store.apply([message("web:a", number, "我是大三学生")], echo_step)
    assert (again.duplicate, again.forgotten) == (True, True)
    assert [reply.text for reply in again.replies] == ["3：forget"]
    assert await rows_about_people(rows) == []


async def test_a_restarted_process_recognises_it(store_url: str, rows: Rows) -> None:
    store = await open_store(store_url, SECRET)
    await talk(store)
    await store.close()
    store = await open_store(store_url, SECRET)
    [again] = await store.apply([message("web:a", "1", "我是大三学生")], echo_step)
    await store.close()
    assert again.forgotten
    assert await rows_about_people(rows) == []


async def test_the_hashes_cannot_be_checked_without_the_secret(store_url: str, rows: Rows) -> None:
    store = await open_store(store_url, SECRET)
    await talk(store)
    await store.close()
    stored = {row[0] for row in await rows("SELECT hash FROM erased")}
    keys = [("web:a", number) for number in "123"]
    assert stored == {ErasedMessages(SECRET).hash(key) for key in keys}
    assert not stored & {ErasedMessages(b"another secret of 16").hash(key) for key in keys}
    assert "web:a" not in repr(await rows("SELECT * FROM erased"))


async def test_a_new_conversation_is_left_alone_by_it(store: Store) -> None:
    await talk(store)
    await store.apply([message("web:a", "4")], echo_step)
    batch = [message("web:a", "1"), message("web:b", "1")]
    [again, other] = await store.apply(batch, echo_step)
    assert (again.duplicate, other.duplicate) == (True, False)
    assert recorded_ids(await store.peek("web:a")) == ["4"]
    assert recorded_ids(await store.peek("web:b")) == ["1"]


async def test_the_hashes_expire_like_message_ids(store: Store, rows: Rows) -> None:
    await talk(store)
    long_ago, minute = NOW - timedelta(days=9), timedelta(minutes=1)
    assert await store.expire(long_ago, NOW - minute, long_ago) == 0
    assert len(await rows("SELECT 1 FROM erased")) == 3
    assert await store.expire(long_ago, NOW + minute, long_ago) == 3
    assert await rows("SELECT 1 FROM erased") == []


async def test_a_request_for_the_next_page_is_recognised_too(store: Store, rows: Rows) -> None:
    await store.apply([message("wechat:a", "1", "贷款")], echo_step)
    await store.keep("wechat:a", "1", "第二页", "2")
    [again] = await store.apply([message("wechat:a", "2", "更多")], echo_step)
    assert (again.duplicate, again.forgotten, again.replies) == (True, False, ())
    await store.apply([message("wechat:a", "3", "forget")], echo_step)
    [again] = await store.apply([message("wechat:a", "2", "更多")], echo_step)
    assert again.forgotten
    assert await rows_about_people(rows) == []


async def test_a_message_of_a_moved_group_is_recognised_under_its_old_id(
    store: Store, rows: Rows
) -> None:
    await store.apply([message("telegram:-1", "1", "我们是学生")], echo_step)
    await store.move("telegram:-1", "telegram:-2")
    await store.apply([message("telegram:-2", "2", "forget")], echo_step)
    for conv in ("telegram:-1", "telegram:-2"):
        [again] = await store.apply([message(conv, "1", "我们是学生")], echo_step)
        assert again.duplicate
    assert await rows_about_people(rows) == []


async def test_a_message_that_nobody_sent_begins_no_conversation(store: Store, rows: Rows) -> None:
    told = replace(message("telegram:a", "changed-v2", push=True), unasked=True)
    await talk(store, "telegram:a")
    [late, other] = await store.apply([told, message("telegram:b", "1")], echo_step)
    assert (late.duplicate, late.forgotten, late.replies) == (True, True, ())
    assert not other.duplicate
    assert {row[0] for row in await rows("SELECT conv FROM session")} == {"telegram:b"}
    assert {row[0] for row in await rows("SELECT conv FROM inbox")} == {"telegram:b"}
    await store.apply([message("telegram:a", "4")], echo_step)
    [answered, *_] = await store.apply([told], echo_step)
    assert not answered.duplicate
    assert recorded_ids(await store.peek("telegram:a")) == ["4", "changed-v2"]


async def test_a_delivery_to_another_process_during_the_forgetting_turn_writes_nothing(
    store_url: str, rows: Rows
) -> None:
    """The delivery waits for the row that the turn deletes, and must then see what it stored."""
    if store_url.startswith("sqlite"):
        pytest.skip("one process owns the file")
    first, second = [await open_store(store_url, SECRET) for _ in range(2)]
    for number in range(20):
        conv = f"web:{number}"
        await first.apply([message(conv, "1", "我是大三学生")], echo_step)
        _, [again] = await asyncio.gather(
            first.apply([message(conv, "2", "forget")], echo_step),
            second.apply([message(conv, "1", "我是大三学生")], echo_step),
        )
        assert again.duplicate
    await first.close()
    await second.close()
    assert await rows_about_people(rows) == []
