"""SQLite only: the file lock, full and locked files, deletion from the disk, and migrations."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import aiosqlite
import pytest

from bot.core.domain.session import Session
from bot.errors import StoreError, StoreFull, StoreInUse, StoreUnavailable
from bot.storage.common.migrations import SQL
from bot.storage.sqlite import connection, file_lock
from bot.storage.sqlite.connection import CHECKPOINT_PAGES, PAGE_BYTES, SqliteDatabase
from bot.storage.sqlite.store import SqliteStore, execute_all
from tests.echo_dialogue import NOW, echo_step, message, recorded_ids
from tests.storage.sqlite.database_files import assert_rejected, create_filled


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    opened = SqliteStore(path, busy_seconds=0.1)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def database(path: Path) -> AsyncIterator[SqliteDatabase]:
    opened = SqliteDatabase(path, busy_seconds=1)
    await opened.open()
    yield opened
    await opened.close()


async def test_a_second_store_on_the_same_file_is_rejected(store: SqliteStore, path: Path) -> None:
    await assert_rejected(path, StoreInUse, "本程序的另一个进程")
    await store.apply([message("web:a", "1")], echo_step)
    await store.close()
    second = SqliteStore(path)
    await second.open()
    assert recorded_ids(await second.peek("web:a")) == ["1"]
    await second.close()


async def test_a_second_process_on_the_same_file_is_rejected(
    store: SqliteStore, path: Path
) -> None:
    program = (
        "import asyncio, sys\n"
        "from bot.storage import open_store\n"
        "try: asyncio.run(open_store('sqlite:///' + sys.argv[1]))\n"
        "except Exception as error: print(type(error).__name__)\n"
    )
    arguments = [sys.executable, "-c", program, str(path)]
    done = await asyncio.to_thread(subprocess.check_output, arguments, text=True, timeout=20)
    assert done.strip() == "StoreInUse"


async def test_a_file_locked_by_another_program_is_reported_and_works_after_unlocking(
    store: SqliteStore, path: Path
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreInUse, match="别的程序锁住"):
            await store.apply([message("web:a", "1")], echo_step)
        with pytest.raises(StoreInUse):
            await store.check()
        other.execute("ROLLBACK")
    [answered] = await store.apply([message("web:a", "1")], echo_step)
    assert not answered.duplicate


async def test_opening_a_locked_file_is_reported(path: Path) -> None:
    await create_filled(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        await assert_rejected(path, StoreInUse, "锁住")


async def test_a_full_database_is_reported_and_works_again_with_more_room(path: Path) -> None:
    class SmallDatabase(SqliteDatabase):
        """Has room for a hundred pages; SQLite reports that like a full disk."""

        async def open(self) -> None:
            await super().open()
            await self.limit(100)

        async def limit(self, pages: int) -> None:
            await self.fetch(f"PRAGMA max_page_count = {pages}")

    class SmallStore(SqliteStore):
        DATABASE = SmallDatabase

        async def grow(self) -> None:
            assert isinstance(self._db, SmallDatabase)
            await self._db.limit(10_000)

    store = SmallStore(path)
    await store.open()

    async def fill() -> None:
        for number in range(500):
            await store.apply([message("web:a", str(number), "字" * 99)], echo_step)

    with pytest.raises(StoreFull, match="磁盘可能已满"):
        await fill()
    with pytest.raises(StoreFull):
        await store.check()  # one more page would fit, but no turn
    session = await store.peek("web:a")
    assert session is not None
    assert session.page > 3
    await store.grow()
    await store.check()
    [answered] = await store.apply([message("web:a", str(session.page))], echo_step)
    assert not answered.duplicate
    await store.close()


def all_bytes(path: Path) -> bytes:
    """Return the bytes of the file, its log and its lock file."""
    files = sorted(path.parent.glob(path.name + "*"))
    return b"".join(file.read_bytes() for file in files)


async def add_note(db: aiosqlite.Connection, conv: str) -> None:
    await db.execute("INSERT INTO note (conv, text) VALUES (?, 'text')", (conv,))


async def test_a_failed_transaction_leaves_nothing_for_the_next_one(
    database: SqliteDatabase,
) -> None:
    async def fails(db: aiosqlite.Connection) -> None:
        await add_note(db, "web:a")
        raise ValueError("planned")

    with pytest.raises(ValueError, match="planned"):
        await database.transaction(fails)
    await database.transaction(lambda db: add_note(db, "web:b"))
    assert await database.fetch("SELECT conv FROM note") == [("web:b",)]


async def test_statements_run_together_are_stored_all_or_not_at_all(
    database: SqliteDatabase,
) -> None:
    insert = "INSERT INTO note (conv, text) VALUES (?, ?)"

    async def work(db: aiosqlite.Connection) -> None:
        failing = [("web:b", "first"), ("web:b", "the same key")]
        await execute_all(db, [(insert, [("web:a", "x")]), (insert, failing)])

    async def work_after_failure(db: aiosqlite.Connection) -> None:
        failing = [("web:b", "first"), ("web:b", "the same key")]
        await execute_all(db, [(insert, failing), (insert, [("web:a", "x")])])

    for each in (work, work_after_failure):
        with pytest.raises(StoreError):
            await database.transaction(each)
        assert await database.fetch("SELECT * FROM note") == []


@pytest.mark.parametrize("how", ["by a turn", "by the admin", "by expiry"])
async def test_deleted_data_is_removed_from_the_file_and_the_log(
    store: SqliteStore, path: Path, how: str
) -> None:
    rng = random.Random(how)
    for number in range(30):
        users = rng.sample(range(40), 20)
        batch = [
            message(f"web:{n}", str(number), f"unknown秘密{n}号" + "很" * rng.randrange(200))
            for n in users
        ]
        await store.apply(
            [*batch, message("web:me", str(number), "unknown秘密我号" * 9)], echo_step
        )
    traces = ["秘密我号".encode(), b"web:me"]
    before = await asyncio.to_thread(all_bytes, path)
    assert [trace for trace in traces if trace not in before] == []
    if how == "by a turn":
        await store.apply([message("web:me", "x", "forget")], echo_step)
    elif how == "by the admin":
        await store.forget("web:me")
    else:
        traces = ["秘密".encode()]
        late = NOW + timedelta(days=1)
        await store.expire(late, late, late)
    left = await asyncio.to_thread(all_bytes, path)
    assert [trace for trace in traces if trace in left] == []


async def test_a_reading_program_does_not_delay_a_forget_turn(path: Path) -> None:
    # Emptying the log must not wait as long as a locked file is waited for.
    store = SqliteStore(path, busy_seconds=60)
    await store.open()
    await store.apply([message("web:me", "1", "秘密")], echo_step)
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM session").fetchall()
        await asyncio.wait_for(store.apply([message("web:me", "2", "forget")], echo_step), 30)
        reader.execute("COMMIT")
    assert await store.peek("web:me") is None
    [(millis,)] = await store._db.fetch("PRAGMA busy_timeout")
    assert millis == 60_000
    await store.close()


async def test_data_deleted_while_another_program_reads_is_removed_from_the_log_after_a_crash(
    store: SqliteStore, path: Path, tmp_path: Path
) -> None:
    crashed = tmp_path / "crashed"
    await store.apply([message("web:me", "1", "unknown秘密")], echo_step)
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM session").fetchall()
        await store.apply([message("web:me", "2", "forget")], echo_step)
        crashed.mkdir()
        for file in tmp_path.glob("bot.db*"):
            shutil.copy(file, crashed)
    assert "秘密".encode() in await asyncio.to_thread(all_bytes, crashed / path.name)
    again = SqliteStore(crashed / path.name)
    await again.open()
    left = await asyncio.to_thread(all_bytes, crashed / path.name)
    await again.close()
    assert "秘密".encode() not in left


async def test_emptying_the_log_is_retried_after_an_error(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "WIPE_RETRY_SECONDS", 0.05)

    class FailingDatabase(SqliteDatabase):
        """Cannot empty the log while `failing`, as on a full disk."""

        failing = False

        async def _truncate_log(self) -> bool:
            if self.failing:
                raise sqlite3.OperationalError("disk full")
            return await super()._truncate_log()

    class FailingStore(SqliteStore):
        DATABASE = FailingDatabase

    store = FailingStore(path)
    await store.open()
    assert isinstance(store._db, FailingDatabase)
    await store.apply([message("web:me", "1", "unknown秘密")], echo_step)
    store._db.failing = True
    await store.forget("web:me")
    await asyncio.sleep(0.15)
    assert "秘密".encode() in await asyncio.to_thread(all_bytes, path)
    store._db.failing = False
    async with asyncio.timeout(30):
        while "秘密".encode() in await asyncio.to_thread(all_bytes, path):  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.02)
    await store.close()


async def test_emptying_the_log_is_retried_after_another_program_stops_reading(
    store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "WIPE_RETRY_SECONDS", 0.05)
    await store.apply([message("web:me", "1", "unknown秘密")], echo_step)
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM session").fetchall()
        await store.forget("web:me")
        assert "秘密".encode() in await asyncio.to_thread(all_bytes, path)
        reader.execute("COMMIT")
    async with asyncio.timeout(30):
        while "秘密".encode() in await asyncio.to_thread(all_bytes, path):  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.02)


async def test_the_log_stays_small_under_load(store: SqliteStore, path: Path) -> None:
    wal = path.with_name("bot.db-wal")
    for number in range(100):
        batch = [message(f"web:{n}", f"{number}", "字" * 300) for n in range(64)]
        await store.apply(batch, lambda _, incoming: echo_step(Session(), incoming))
    size = (await asyncio.to_thread(wal.stat)).st_size
    assert size < 1.5 * CHECKPOINT_PAGES * PAGE_BYTES


async def test_the_database_syncs_every_commit(store: SqliteStore) -> None:
    [(level,)] = await store._db.fetch("PRAGMA synchronous")
    assert level == 2, "FULL"


async def test_a_newer_schema_is_rejected(path: Path) -> None:
    await create_filled(path)
    with closing(sqlite3.connect(path)) as other:
        other.execute("UPDATE schema_version SET version = 99")
        other.commit()
    await assert_rejected(path, StoreError, "升级程序")


async def test_an_older_schema_is_migrated(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await create_filled(path)
    folder = tmp_path / "sql"
    folder.mkdir()
    for file in (SQL / "sqlite").glob("*.sql"):
        (folder / file.name).write_text(file.read_text())
    newest = len(list(folder.glob("*.sql"))) + 1
    (folder / f"{newest:04}_planted.sql").write_text(
        "ALTER TABLE session ADD COLUMN planted TEXT;\nUPDATE session\nSET planted = 'yes';\n"
    )
    monkeypatch.setattr(SqliteDatabase, "SQL", folder)
    store = SqliteStore(path)
    await store.open()
    assert recorded_ids(await store.peek("web:1")) == ["1", "2"]
    [(planted, version)] = await store._db.fetch(
        "SELECT DISTINCT planted, (SELECT version FROM schema_version) FROM session"
    )
    assert (planted, version) == ("yes", newest)
    await store.close()


async def test_a_migration_that_fails_changes_nothing(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await create_filled(path)
    folder = tmp_path / "sql"
    folder.mkdir()
    for file in (SQL / "sqlite").glob("*.sql"):
        (folder / file.name).write_text(file.read_text())
    newest = len(list(folder.glob("*.sql"))) + 1
    (folder / f"{newest:04}_bad.sql").write_text("DROP TABLE inbox;\nALTER TABLE nowhere RENAME;")
    with monkeypatch.context() as patch:
        patch.setattr(SqliteDatabase, "SQL", folder)
        with pytest.raises(StoreUnavailable):
            await SqliteStore(path).open()
    store = SqliteStore(path)
    await store.open()
    [answered] = await store.apply([message("web:1", "1")], echo_step)
    assert answered.duplicate
    await store.close()


def test_a_released_lock_can_be_taken_again(path: Path) -> None:
    first, second = file_lock.FileLock(path), file_lock.FileLock(path)
    first.acquire()
    with pytest.raises(StoreInUse):
        second.acquire()
    first.release()
    second.acquire()
    second.release()
