"""Schema migrations."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import aiosqlite
import asyncpg
import pytest

from bot.core.domain.inbox import EntryKind
from bot.errors import StoreError
from bot.service.count_port import CountKind
from bot.storage import open_store
from bot.storage.common.migrations import SQL, Migration, migrations, missing
from bot.storage.postgres.pool import PostgresDatabase
from bot.storage.sqlite.connection import SqliteDatabase
from tests.echo_dialogue import echo_step, message

# The order of the ids is the reverse of the order in time.
VERSION_1_ROWS = """
INSERT INTO inbox (conv, message_id, seen, record) VALUES
    ('web:a', 'c', 1000, '{"n": 1, "replies": []}'),
    ('web:a', 'b', 2000, '{"n": 2, "replies": []}'),
    ('web:a', 'a', 3000, '{"n": 3, "replies": []}')"""


VERSION_7_ROWS = """
INSERT INTO daily_count (day, channel, kind, key, entries) VALUES
    ('2026-08-01', 'web', 'message', '', 40);
INSERT INTO unanswered_count (day, channel, kind, subject, entries) VALUES
    ('2026-08-01', 'web', 'unknown', 'startup-loan', 7),
    ('2026-08-02', 'web', 'unhelpful', '', 2);"""


@pytest.mark.parametrize("dialect", ["sqlite", "postgres"])
def test_the_migrations_are_numbered_and_complete(dialect: str) -> None:
    found = migrations(SQL / dialect)
    assert found
    assert all(list(migration.statements()) for migration in found)


def test_both_dialects_have_the_same_migrations() -> None:
    names = [[m.name for m in migrations(SQL / dialect)] for dialect in ("sqlite", "postgres")]
    assert names[0] == names[1]


@pytest.mark.parametrize("names", [["0002_b.sql"], ["0001_a.sql", "0001_b.sql"]])
def test_a_missing_or_repeated_number_is_an_error(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).write_text("SELECT 1;\n")
    with pytest.raises(ValueError, match="not numbered"):
        migrations(tmp_path)


def test_statements_end_at_semicolons_that_end_a_line() -> None:
    sql = "-- about\nSELECT ';' AS a,\n  1;\n\n  -- more\nSELECT 2;\n"
    assert list(Migration(1, "x", sql).statements()) == ["SELECT ';' AS a,\n  1;", "SELECT 2;"]
    with pytest.raises(ValueError, match="no semicolon"):
        list(Migration(1, "x", "SELECT 1").statements())


def test_only_newer_migrations_are_missing_and_a_newer_database_is_rejected() -> None:
    known = tuple(Migration(n, str(n), "") for n in (1, 2, 3))
    assert [m.version for m in missing(known, 1)] == [2, 3]
    assert missing(known, 3) == ()
    with pytest.raises(StoreError, match="升级"):
        missing(known, 4)


@pytest.fixture(params=["sqlite", "postgres"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a database of each kind without a schema."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/bot.db"
    return str(request.getfixturevalue("empty_postgres_url"))


async def execute(url: str, sql: str) -> None:
    if url.startswith("sqlite"):
        async with aiosqlite.connect(url.removeprefix("sqlite:///")) as db:
            await db.executescript(sql)
        return
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


@pytest.fixture
def old_schema(
    new_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[int], Awaitable[None]]:
    """Return a function that gives the database at `new_url` the schema of an older version."""

    async def create(version: int) -> None:
        with monkeypatch.context() as patch:
            for kind in (SqliteDatabase, PostgresDatabase):
                only = tmp_path / kind.__name__
                only.mkdir()
                for migration in migrations(kind.SQL)[:version]:
                    shutil.copy(kind.SQL / migration.name, only)
                patch.setattr(kind, "SQL", only)
            await (await open_store(new_url)).close()

    return create


@pytest.fixture
async def written_by_version_1(new_url: str, old_schema: Callable[[int], Awaitable[None]]) -> str:
    """Return the URL of a database of schema version 1 with a conversation of three messages."""
    await old_schema(1)
    await execute(new_url, VERSION_1_ROWS)
    return new_url


async def test_the_counts_of_version_7_stay_when_they_come_into_one_table(
    new_url: str, old_schema: Callable[[int], Awaitable[None]]
) -> None:
    await old_schema(7)
    await execute(new_url, VERSION_7_ROWS)
    store = await open_store(new_url)
    try:
        [unknown, vote] = await store.entry_counts("")
        assert (unknown.day, unknown.channel, unknown.entries) == ("2026-08-01", "web", 7)
        assert (unknown.kind, unknown.subject) == (EntryKind.UNKNOWN, "startup-loan")
        assert (vote.kind, vote.subject, vote.entries) == (EntryKind.UNHELPFUL, "", 2)
        [said] = await store.daily_counts("")
        assert (said.kind, said.count) == (CountKind.MESSAGE, 40)
        # What is deleted from now on is added to the same rows.
        at = datetime(2026, 8, 1, 4, tzinfo=UTC)
        await store.apply([message("web:a", "1", "unknown", at=at)], echo_step)
        await store.expire(at, at, datetime(2026, 8, 2, tzinfo=UTC))
        assert [each.entries for each in await store.entry_counts("")] == [8, 2]
    finally:
        await store.close()


def test_the_kinds_of_one_table_are_different() -> None:
    assert not {kind.value for kind in EntryKind} & {kind.value for kind in CountKind}


async def test_rows_of_version_1_keep_their_order_and_new_rows_follow(
    written_by_version_1: str,
) -> None:
    store = await open_store(written_by_version_1)
    try:
        assert await store.last("web:a") == {"n": 3, "replies": []}
        [again] = await store.apply([message("web:a", "b")], echo_step)
        assert (again.duplicate, again.record) == (True, {"n": 2, "replies": []})
        assert await store.last("web:a") == {"n": 3, "replies": []}
        long_ago = datetime(1970, 1, 1, tzinfo=UTC)
        [new] = await store.apply([message("web:a", "B", at=long_ago)], echo_step)
        assert await store.last("web:a") == dict(new.record)
    finally:
        await store.close()
