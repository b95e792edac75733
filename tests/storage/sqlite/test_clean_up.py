"""The nightly rewriting of a SQLite file, after which no copy of a deleted row is in it."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections import namedtuple
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import StoreError, StoreFull, StoreUnavailable
from bot.storage.sqlite import connection
from bot.storage.sqlite.store import SqliteStore
from tests.echo_dialogue import NOW, echo_step, message, recorded_ids

PEOPLE = 200
ROUNDS = 150
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    opened = SqliteStore(path, busy_seconds=0.1)
    await opened.open()
    yield opened
    await opened.close()


def remains(path: Path, people: set[str]) -> set[str]:
    """Return those of these people whose id is anywhere in the files of the store."""
    content = b"".join(file.read_bytes() for file in path.parent.iterdir())
    return {person for person in people if person.encode() in content}


async def crowd(store: SqliteStore, seed: int) -> set[str]:
    """Let people talk in random order, some of whom forget; return those."""
    rng = random.Random(seed)
    people = [f"web:q{rng.randrange(10**8):08}x" for _ in range(PEOPLE)]
    forgotten: set[str] = set()
    for number in range(ROUNDS):
        places = rng.sample(range(PEOPLE), 16)
        texts = [
            rng.choice(["你好", "unknown" + "很" * rng.randrange(200), "forget"]) for _ in places
        ]
        said = zip(places, texts, strict=True)
        await store.apply([message(people[p], str(number), text) for p, text in said], echo_step)
        for place in (p for p, text in zip(places, texts, strict=True) if text == "forget"):
            forgotten.add(people[place])
            people[place] = f"web:q{rng.randrange(10**8):08}x"
    return forgotten


async def test_the_file_holds_nothing_of_the_forgotten_after_the_clean_up(
    store: SqliteStore, path: Path
) -> None:
    forgotten = await crowd(store, 1)
    await store.clean_up()
    assert len(forgotten) > 100
    assert await asyncio.to_thread(remains, path, forgotten) == set()


async def test_turns_wait_for_the_clean_up_and_lose_nothing(store: SqliteStore) -> None:
    await crowd(store, 6)
    cleaning = asyncio.create_task(store.clean_up())
    for number in range(20):
        await store.apply([message("web:me", str(number))], echo_step)
    await cleaning
    assert recorded_ids(await store.peek("web:me")) == [str(number) for number in range(20)]


async def test_a_file_without_deleted_rows_is_not_written(store: SqliteStore, path: Path) -> None:
    await store.apply([message("web:me", "1")], echo_step)
    await store.forget("web:me")
    await store.clean_up()
    before = await asyncio.to_thread(path.read_bytes)
    await store.clean_up()
    assert await asyncio.to_thread(path.read_bytes) == before
    await store.expire(NOW, NOW, NOW)
    assert not await is_marked(store), "nothing expired"


@pytest.mark.parametrize("how", ["turn", "method", "expiry"])
async def test_the_next_process_cleans_up_what_was_deleted_before_it(
    store: SqliteStore, path: Path, how: str
) -> None:
    await store.apply([message("web:me", "1")], echo_step)
    if how == "turn":
        await store.apply([message("web:me", "2", "forget")], echo_step)
    elif how == "method":
        await store.forget("web:me")
    else:
        late = NOW + timedelta(days=1)
        await store.expire(late, late, late)
    await store.close()
    again = SqliteStore(path)
    await again.open()
    assert await is_marked(again)
    await again.clean_up()
    assert not await is_marked(again)
    await again.close()


async def is_marked(store: SqliteStore) -> bool:
    return bool(await store._db.fetch("SELECT 1 FROM upkeep WHERE name = 'erased'"))


async def test_a_file_that_is_too_large_is_named_and_not_written(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.forget("web:me")
    monkeypatch.setattr(connection, "LARGEST_REWRITE_BYTES", 1000)
    with pytest.raises(StoreUnavailable, match="VACUUM"):
        await store.clean_up()
    assert await is_marked(store)


async def test_a_disk_without_room_is_named_before_it_is_filled(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.forget("web:me")
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(10**6, 10**6, 10))
    with pytest.raises(StoreFull, match="腾出空间"):
        await store.clean_up()
    assert await is_marked(store)


async def test_a_clean_up_that_fails_is_repeated_and_the_store_goes_on(
    store: SqliteStore, path: Path
) -> None:
    await store.apply([message("web:me", "1")], echo_step)
    await store.forget("web:me")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="锁住"):
            await store.clean_up()
        other.execute("ROLLBACK")
    [answered] = await store.apply([message("web:me", "2")], echo_step)
    assert not answered.duplicate
    await store.clean_up()
    assert not await is_marked(store)


async def test_closing_interrupts_the_clean_up_and_keeps_the_data(
    store: SqliteStore, path: Path
) -> None:
    people = [f"web:{number}" for number in range(64)]
    for number in range(40):
        said = [message(person, str(number), "字" * 1000) for person in people]
        await store.apply(said, echo_step)
    await store.forget("web:0")
    cleaning = asyncio.create_task(store.clean_up())
    await asyncio.sleep(0.005)
    cleaning.cancel()
    await store.close()
    again = SqliteStore(path)
    await again.open()
    assert len(recorded_ids(await again.peek("web:1"))) == 40
    assert await again.peek("web:0") is None
    await again.clean_up()
    assert not await is_marked(again)
    await again.close()
