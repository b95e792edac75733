"""PostgreSQL only: several processes, migrations, and server failures."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from bot.errors import StoreDamaged, StoreError, StoreFull, StoreUnavailable
from bot.storage.common.migrations import SQL, migrations
from bot.storage.postgres.pool import PostgresDatabase
from bot.storage.postgres.store import PostgresStore
from tests.echo_dialogue import NOW, echo_step, message, recorded_ids
from tests.postgres import Server


async def execute(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def opened(url: str, **options: float) -> PostgresStore:
    store = PostgresStore(url, **options)  # type: ignore[arg-type]  # integers count as floats
    await store.open()
    return store


async def until_somebody_waits(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Return when a transaction waits for a lock."""
    async with asyncio.timeout(30):
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        while not await connection.fetchval(waiting):  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.01)


async def test_several_processes_can_start_at_once_on_an_empty_database(
    empty_postgres_url: str,
) -> None:
    stores = await asyncio.gather(*(opened(empty_postgres_url) for _ in range(8)))
    answers = await asyncio.gather(
        *(store.apply([message("web:a", "1")], echo_step) for store in stores)
    )
    assert sum(not answered.duplicate for [answered] in answers) == 1
    await asyncio.gather(*(store.close() for store in stores))


async def test_two_replicas_continue_one_conversation_in_order(postgres_url: str) -> None:
    stores = [await opened(postgres_url) for _ in range(2)]
    for number in range(10):
        [answered] = await stores[number % 2].apply([message("web:a", str(-number))], echo_step)
        assert answered.replies[0].text == f"{number + 1}：你好"
        for store in stores:
            assert dict(await store.last("web:a") or {}) == dict(answered.record)
    await asyncio.gather(*(store.close() for store in stores))


async def test_batches_with_the_same_conversations_in_opposite_order_do_not_deadlock(
    postgres_url: str,
) -> None:
    stores = [await opened(postgres_url) for _ in range(4)]
    convs = [f"web:{n}" for n in range(20)]
    work = [
        stores[n % 4].apply(
            [message(c, str(n)) for c in (convs if n % 2 else convs[::-1])], echo_step
        )
        for n in range(24)
    ]
    await asyncio.wait_for(asyncio.gather(*work), 20)
    for conv in convs:
        session = await stores[0].peek(conv)
        assert session is not None
        assert (len(recorded_ids(session)), session.page) == (24, 24)
    await asyncio.gather(*(store.close() for store in stores))


async def test_two_replicas_never_lease_the_same_reply(postgres_url: str) -> None:
    stores = [await opened(postgres_url) for _ in range(2)]
    batch = [message(f"telegram:{n}", "1", push=True) for n in range(40)]
    await stores[0].apply(batch, echo_step)
    lists = await asyncio.gather(*(stores[n % 2].due("telegram", NOW, 10) for n in range(8)))
    ids = [item.id for items in lists for item in items]
    assert len(ids) == len(set(ids))
    rest = await stores[0].due("telegram", NOW + timedelta(seconds=31), 100)
    assert len(rest) == 40, "replies leased by a dead sender become due again"
    await asyncio.gather(*(store.close() for store in stores))


async def test_the_store_works_without_a_statement_cache(postgres_url: str) -> None:
    store = await opened(postgres_url, statement_cache_size=0)
    batch = [message(f"web:{n}", "1", "unknown", push=True) for n in range(3)]
    assert len(await store.apply(batch, echo_step)) == 3
    assert all(a.duplicate for a in await store.apply(batch, echo_step))
    await store.close()


async def test_a_connection_cut_during_a_turn_is_replaced(postgres_url: str) -> None:
    store = await opened(postgres_url)
    cut = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'liuchuangtong' AND datname = current_database()"
    )
    for number in range(20):
        turn = asyncio.create_task(store.apply([message("web:a", str(number))], echo_step))
        await asyncio.sleep(0.0005 * number)
        await execute(postgres_url, cut)
        await turn
    session = await store.peek("web:a")
    assert session is not None
    assert (recorded_ids(session), session.page) == ([str(n) for n in range(20)], 20)
    await store.close()


async def test_a_connection_that_became_read_only_is_replaced(postgres_url: str) -> None:
    store = await opened(postgres_url, pool_size=1)
    await store._db.fetch("SELECT set_config('default_transaction_read_only', 'on', false)")
    await store.apply([message("web:a", "1")], echo_step)
    await store.close()


async def test_an_unreachable_server_is_reported_without_the_password(tmp_path: Path) -> None:
    store = PostgresStore(f"postgresql://me:secret@/none?host={tmp_path}", retry_seconds=0.1)
    with pytest.raises(StoreUnavailable, match="连不上数据库") as caught:
        await store.open()
    assert "secret" not in str(caught.value)


async def test_a_missing_database_is_reported_immediately(postgres_url: str) -> None:
    with pytest.raises(StoreUnavailable, match="does not exist"):
        await asyncio.wait_for(PostgresStore(postgres_url.replace("test_", "no_")).open(), 2)


async def test_a_standby_is_not_ready(postgres_url: str) -> None:
    store = await opened(postgres_url, retry_seconds=0.1)
    name = postgres_url.rpartition("/")[2].partition("?")[0]
    name = postgres_url.split("/")[3].partition("?")[0] if "?host=" in postgres_url else name
    await execute(postgres_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    read_only = PostgresStore(postgres_url, retry_seconds=0.1)
    with pytest.raises(StoreUnavailable):
        await read_only.open()
    await store.close()


async def test_tables_of_another_program_are_rejected_and_not_changed(
    empty_postgres_url: str,
) -> None:
    await execute(empty_postgres_url, "CREATE TABLE session (mine text)")
    with pytest.raises(StoreDamaged, match="不是本程序的"):
        await PostgresStore(empty_postgres_url).open()
    await execute(empty_postgres_url, "SELECT mine FROM session")


@pytest.mark.parametrize("columns", ["version text", "installed_rank integer", "version uuid"])
async def test_a_version_table_of_another_program_is_rejected_and_not_changed(
    empty_postgres_url: str, columns: str
) -> None:
    await execute(empty_postgres_url, f"CREATE TABLE schema_version ({columns})")
    if columns == "version text":
        await execute(empty_postgres_url, "INSERT INTO schema_version VALUES ('1.1')")
    with pytest.raises(StoreDamaged, match="不是本程序的"):
        await PostgresStore(empty_postgres_url).open()
    connection = await asyncpg.connect(empty_postgres_url)
    tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    await connection.close()
    assert [name for (name,) in tables] == ["schema_version"]


async def test_a_newer_schema_is_rejected(postgres_url: str) -> None:
    await execute(postgres_url, "INSERT INTO schema_version VALUES (99)")
    with pytest.raises(StoreError, match="升级程序"):
        await PostgresStore(postgres_url).open()


async def test_an_older_schema_is_migrated_once_by_several_processes(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await opened(postgres_url)
    await store.apply([message("web:a", "1")], echo_step)
    await store.close()
    for file in (SQL / "postgres").glob("*.sql"):
        (tmp_path / file.name).write_text(file.read_text())
    newest = len(migrations(SQL / "postgres")) + 1
    (tmp_path / f"{newest:04}_planted.sql").write_text(
        "ALTER TABLE session ADD COLUMN planted text;\nUPDATE session SET planted = 'yes';\n"
    )
    monkeypatch.setattr(PostgresDatabase, "SQL", tmp_path)
    stores = await asyncio.gather(*(opened(postgres_url) for _ in range(4)))
    assert recorded_ids(await stores[0].peek("web:a")) == ["1"]
    rows = await stores[0]._db.fetch("SELECT planted FROM session")
    assert [row["planted"] for row in rows] == ["yes"]
    await asyncio.gather(*(opened_store.close() for opened_store in stores))


@pytest.mark.parametrize("by_turn", [True, False], ids=["turn", "method"])
async def test_a_note_that_is_being_stored_is_deleted_with_its_conversation(
    postgres_url: str, by_turn: bool
) -> None:
    store = await opened(postgres_url)
    await store.apply([message("wechat:a", "1", "贷款")], echo_step)
    other = await asyncpg.connect(postgres_url)
    async with other.transaction():
        await other.execute(PostgresStore.SET_NOTE, "wechat:a", "1", "还欠一页")
        if by_turn:
            forgetting = asyncio.ensure_future(
                store.apply([message("wechat:a", "2", "forget")], echo_step)
            )
        else:
            forgetting = asyncio.ensure_future(store.forget("wechat:a"))  # type: ignore[arg-type]
        await until_somebody_waits(other)
    await forgetting
    assert await other.fetch("SELECT * FROM note") == []
    await other.close()
    await store.close()


async def test_a_note_waits_for_a_deletion_in_progress_and_is_not_stored(
    postgres_url: str,
) -> None:
    store = await opened(postgres_url)
    await store.apply([message("wechat:a", "1", "贷款")], echo_step)
    other = await asyncpg.connect(postgres_url)
    async with other.transaction():
        for table in ("session", "inbox", "note"):
            await other.execute(f"DELETE FROM {table}")
        storing = asyncio.ensure_future(store.keep("wechat:a", "1", "还欠一页"))
        await until_somebody_waits(other)
    await storing
    assert await other.fetch("SELECT * FROM note") == []
    await other.close()
    await store.close()


async def test_a_database_that_cannot_store_chinese_is_rejected(
    postgres_server: Server, postgres_url: str
) -> None:
    name = f"latin_{os.getpid()}"
    options = "ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"
    await execute(postgres_url, f"CREATE DATABASE {name} {options}")
    try:
        with pytest.raises(StoreUnavailable, match="编码是 LATIN1"):
            await opened(postgres_server.url(name))
    finally:
        await execute(postgres_url, f"DROP DATABASE {name}")


async def test_a_database_that_can_only_be_read_is_not_ready(postgres_url: str) -> None:
    store = await opened(postgres_url)
    await store.check()
    await execute(postgres_url, "ALTER TABLE note RENAME TO hidden")
    await execute(postgres_url, "CREATE VIEW note AS SELECT conv, text, at FROM hidden LIMIT 0")
    with pytest.raises(StoreUnavailable, match="不能写"):
        await store.check()
    await execute(postgres_url, "DROP VIEW note; ALTER TABLE hidden RENAME TO note")
    await store.check()
    await store.close()


async def test_after_a_turn_found_the_disk_full_a_check_writes_as_much_as_a_turn(
    postgres_url: str,
) -> None:
    store = await opened(postgres_url, retry_seconds=0.1)
    # A limit on the rows of this table stands for the disk: small ones still fit.
    await execute(
        postgres_url,
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF length(NEW.text) > 1000 THEN RAISE disk_full; END IF; RETURN NEW; END $$",
    )
    trigger = (
        "CREATE TRIGGER full_disk BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION full_disk()"
    )
    for table in ("unanswered", "note"):
        await execute(postgres_url, trigger.format(table))
    await store.check()
    with pytest.raises(StoreFull):
        await store.apply([message("web:a", "1", "unknown" + "字" * 1000)], echo_step)
    for _ in range(2):
        with pytest.raises(StoreFull):
            await store.check()
    await execute(postgres_url, "DROP FUNCTION full_disk CASCADE")
    await store.check()
    await store.close()
