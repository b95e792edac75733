"""Notes of channels, and the last record of a conversation, over both stores."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.service.ports import Store
from bot.storage import store_for
from tests.echo_dialogue import NOW, echo_step, message
from tests.storage.conftest import Rows

LATER = timedelta(hours=12)


async def test_there_is_no_last_record_before_the_first_turn(store: Store) -> None:
    assert await store.last("web:a") is None


async def test_the_last_record_is_that_of_the_latest_turn(store: Store) -> None:
    await store.apply([message("web:a", "z", "贷款")], echo_step)
    later = NOW + timedelta(seconds=1)
    [answered] = await store.apply([message("web:a", "b", "场地", at=later)], echo_step)
    await store.apply([message("web:b", "z", "别人", at=later + timedelta(seconds=1))], echo_step)
    assert dict(await store.last("web:a") or {}) == dict(answered.record)


@pytest.mark.parametrize("later", [timedelta(), -timedelta(hours=1)], ids=["same", "earlier"])
async def test_the_last_record_is_of_the_turn_processed_last_whatever_the_clock_says(
    store: Store, later: timedelta
) -> None:
    for message_id in ("m", "z", "b", "y", "a"):
        batch = [message("web:a", message_id, at=NOW), message("web:b", message_id)]
        await store.apply(batch, echo_step)
    [answered] = await store.apply([message("web:a", "c", at=NOW + later)], echo_step)
    assert dict(await store.last("web:a") or {}) == dict(answered.record)
    await store.apply([message("web:a", "z")], echo_step)
    assert dict(await store.last("web:a") or {}) == dict(answered.record), (
        "a duplicate is not processed"
    )


async def test_a_note_is_stored_replaced_and_deleted(store: Store) -> None:
    assert await store.note("wechat:a") == ""
    await store.apply([message("wechat:a", "1")], echo_step)
    await store.keep("wechat:a", "1", "第一页")
    await store.keep("wechat:a", "1", "第二页")
    assert await store.note("wechat:a") == "第二页"
    assert await store.note("wechat:b") == ""
    await store.keep("wechat:a", "1", "")
    assert await store.note("wechat:a") == ""


@pytest.mark.parametrize("text", ["\ud800 半个", "零\0点", "🙂", "'; DROP TABLE note; --"])
async def test_any_text_can_be_a_note(store: Store, text: str) -> None:
    await store.apply([message("wechat:a", "1")], echo_step)
    await store.keep("wechat:a", "1", text)
    assert await store.note("wechat:a")


async def test_a_note_is_present_after_reopening(store: Store, store_url: str) -> None:
    await store.apply([message("wechat:a", "1")], echo_step)
    await store.keep("wechat:a", "1", "还欠一页")
    await store.close()
    again = store_for(store_url)
    await again.open()
    assert await again.note("wechat:a") == "还欠一页"
    await again.close()


async def test_a_forget_turn_deletes_the_note(store: Store, rows: Rows) -> None:
    await store.apply([message("wechat:a", "1", "贷款")], echo_step)
    await store.keep("wechat:a", "1", "还欠一页")
    await store.apply([message("wechat:a", "2", "forget")], echo_step)
    assert await rows("SELECT * FROM note") == []
    assert await store.last("wechat:a") is None


async def test_the_note_expires_with_its_session(store: Store) -> None:
    await store.apply([message("wechat:a", "1", "贷款")], echo_step)
    await store.keep("wechat:a", "1", "还欠一页")
    await store.expire(NOW + LATER, NOW + LATER, NOW + LATER)
    assert await store.note("wechat:a") == ""


@pytest.mark.parametrize("message_id", ["1", "2", "never seen"])
async def test_a_note_that_comes_after_the_deletion_is_not_stored(
    store: Store, rows: Rows, message_id: str
) -> None:
    await store.apply([message("wechat:a", "1", "贷款")], echo_step)
    await store.apply([message("wechat:a", "2", "forget")], echo_step)
    await store.keep("wechat:a", message_id, "还欠一页")
    assert await rows("SELECT * FROM note") == []
    await store.apply([message("wechat:a", "3", "我回来了")], echo_step)
    await store.keep("wechat:a", message_id, "还欠一页")
    assert await rows("SELECT * FROM note") == [], "it belongs to the deleted conversation"


async def test_a_note_expires_with_the_reply_that_it_belongs_to(store: Store) -> None:
    for number, at in (("1", NOW - LATER * 4), ("2", NOW)):
        await store.apply([message("wechat:a", number, at=at)], echo_step)
    await store.keep("wechat:a", "1", "还欠一页")
    long_ago = NOW - LATER * 100
    assert await store.expire(long_ago, NOW - LATER, long_ago) == 2
    assert await store.note("wechat:a") == ""
    await store.keep("wechat:a", "2", "还欠一页")
    assert await store.expire(long_ago, NOW - LATER, long_ago) == 0
    assert await store.note("wechat:a") == "还欠一页"


async def test_a_note_without_a_session_expires(store: Store, rows: Rows) -> None:
    await store.apply([message("wechat:a", "1", at=NOW - LATER * 4)], echo_step)
    await store.keep("wechat:a", "1", "还欠一页")
    # As an earlier version left it.
    await store._db.execute("DELETE FROM session")  # type: ignore[attr-defined]
    await store.expire(NOW - LATER, NOW - LATER, NOW - LATER)
    assert await rows("SELECT * FROM note") == []


async def test_a_reply_that_nobody_sends_expires(store: Store, rows: Rows) -> None:
    old, new = NOW - LATER * 4, NOW
    await store.apply([message("telegram:a", "1", "你好", push=True, at=old)], echo_step)
    await store.apply([message("telegram:a", "2", "forget", push=True, at=old)], echo_step)
    await store.apply([message("telegram:b", "1", "forget", push=True, at=new)], echo_step)
    await store.expire(NOW - LATER, NOW - LATER, NOW - LATER)
    assert await rows("SELECT conv FROM outbox") == [("telegram:b",)]


async def test_a_repeated_forget_message_is_told_from_an_ordinary_duplicate(store: Store) -> None:
    for number, text in (("1", "贷款"), ("2", "forget")):
        said = message("wechat:a", number, text)
        [first] = await store.apply([said], echo_step)
        [again] = await store.apply([said], echo_step)
        assert [a.forgotten for a in (first, again)] == [text == "forget"] * 2
        assert again.duplicate
