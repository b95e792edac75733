"""A row that cannot be read costs its own content only, over both stores."""

from __future__ import annotations

import logging

import pytest

from bot.service.ports import Store
from tests.echo_dialogue import NOW, echo_step, message, recorded_ids

DAMAGED = ["[]", "null", "{", "", "7", '"text"', '{"answers": 3, "offered": {}, "listed": 1}']


async def damage(store: Store, table: str, column: str, value: str) -> None:
    """Overwrite what a table has of every conversation."""
    sql = f"UPDATE {table} SET {column} = $1"
    await store._db.execute(sql, value)  # type: ignore[attr-defined]


@pytest.mark.parametrize("value", DAMAGED)
async def test_a_conversation_with_a_damaged_session_begins_anew(
    store: Store, value: str, caplog: pytest.LogCaptureFixture
) -> None:
    await store.apply([message("web:a", "1")], echo_step)
    await damage(store, "session", "data", value)
    session = await store.peek("web:a")
    assert session is not None
    assert recorded_ids(session) == []
    [answered] = await store.apply([message("web:a", "2")], echo_step)
    assert answered.replies[0].text == "1：你好"
    assert recorded_ids(await store.peek("web:a")) == ["2"]


async def test_a_damaged_session_is_logged_without_its_text(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    await store.apply([message("web:a", "1")], echo_step)
    await damage(store, "session", "data", '["私事"]')
    with caplog.at_level(logging.ERROR):
        await store.peek("web:a")
    assert "cannot be read" in caplog.text
    assert "私事" not in caplog.text


@pytest.mark.parametrize("value", [*DAMAGED, '{"replies": [3]}', '{"replies": null}'])
async def test_a_repeated_message_with_a_damaged_record_gets_no_reply(
    store: Store, value: str
) -> None:
    await store.apply([message("web:a", "1")], echo_step)
    await damage(store, "inbox", "record", value)
    [again] = await store.apply([message("web:a", "1")], echo_step)
    assert (again.duplicate, again.replies) == (True, ())
    assert await store.last("web:a") is None


@pytest.mark.parametrize("value", [*DAMAGED, '{"text": "x", "choices": [{}]}'])
async def test_a_damaged_reply_does_not_stop_the_others(store: Store, value: str) -> None:
    await store.apply([message("telegram:a", "1", push=True)], echo_step)
    await damage(store, "outbox", "reply", value)
    for conv, number in (("telegram:a", "2"), ("telegram:b", "1")):
        await store.apply([message(conv, number, push=True)], echo_step)
    found = [item.conv for _ in range(2) for item in await store.due("telegram", NOW, 9)]
    assert sorted(found) == ["telegram:a", "telegram:b"]
    assert await store.unsent("telegram:a") == 1
