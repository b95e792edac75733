"""The inbox is read and marked over a second connection, while the store is open elsewhere."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import aiosqlite
import pytest

from bot.core.domain.inbox import EntryKind
from bot.errors import ConfigError, StoreError, StoreUnused
from bot.service.ports import Store
from bot.storage.factory import open_inbox, store_for
from tests.echo_dialogue import NOW, echo_step, message


async def test_the_inbox_is_read_while_the_store_is_open(store_url: str, store: Store) -> None:
    await store.apply([message("web:a", "1", "unknown 甲")], echo_step)
    inbox = await open_inbox(store_url)
    try:
        assert [e.entry.text for e in await inbox.entries(NOW)] == ["unknown 甲"]
        await store.apply([message("web:a", "2", "clarify 乙")], echo_step)
        found = await inbox.entries(NOW)
        assert {e.entry.kind for e in found} == {EntryKind.UNKNOWN, EntryKind.UNPICKED}
        await inbox.ignore({"aa"}, NOW)
        assert [c.entries for c in await inbox.entry_counts("")] == [1, 1]
    finally:
        await inbox.close()
    assert await store.ignored() == {"aa": NOW}
    await store.apply([message("web:a", "3")], echo_step)


async def test_turns_and_marks_do_not_disturb_each_other(store_url: str, store: Store) -> None:
    inbox = await open_inbox(store_url)

    async def mark() -> None:
        for number in range(20):
            await inbox.ignore({f"hash{number}"}, NOW)

    async def talk() -> None:
        for number in range(40):
            await store.apply([message("web:a", str(number), f"unknown {number}")], echo_step)

    try:
        await asyncio.gather(mark(), talk())
        assert len(await inbox.entries(NOW)) == 40
    finally:
        await inbox.close()
    assert len(await store.ignored()) == 20


async def test_a_forgotten_entry_leaves_no_bytes_behind_an_open_inbox(
    store_url: str, store: Store, tmp_path: Path
) -> None:
    if not store_url.startswith("sqlite"):
        pytest.skip("the files of PostgreSQL keep old bytes")
    await store.apply([message("web:a", "1", "unknown zq4711xw")], echo_step)
    inbox = await open_inbox(store_url)
    try:
        assert len(await inbox.entries(NOW)) == 1
        await store.apply([message("web:a", "2", "forget")], echo_step)
        await store.clean_up()
        files = [file.read_bytes() for file in tmp_path.glob("bot.db*")]
        assert b"zq4711xw" not in b"".join(files)
    finally:
        await inbox.close()


@pytest.mark.parametrize("there", [False, True])
async def test_without_conversations_there_is_no_inbox(tmp_path: Path, there: bool) -> None:
    file = tmp_path / "bot.db"
    if there:
        file.touch()
    with pytest.raises(StoreUnused, match="还没有对话"):
        await open_inbox(f"sqlite:///{file}")
    assert file.exists() is there
    with pytest.raises(ConfigError, match="不保存"):
        await open_inbox("memory://")


async def test_a_file_of_another_version_is_not_changed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bot.db"
    store = store_for(url)
    await store.open()
    await store.close()
    for version, said in ((4, "先用现在的程序启动一次"), (99, "请升级程序")):
        async with aiosqlite.connect(tmp_path / "bot.db") as db:
            await db.execute("UPDATE schema_version SET version = ?", (version,))
            await db.commit()
        with pytest.raises(StoreError, match=said):
            await open_inbox(url)


async def test_entries_of_an_unknown_kind_are_left_out(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bot.db"
    store = store_for(url)
    await store.open()
    await store.apply([message("web:a", "1", "unknown")], echo_step)
    async with aiosqlite.connect(tmp_path / "bot.db") as db:
        await db.execute("UPDATE unanswered SET kind = 'later'")
        await db.commit()
    assert await store.entries(NOW - timedelta(days=1)) == []
    assert await store.entry_counts("") == []
    await store.close()
