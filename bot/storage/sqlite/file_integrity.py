"""Check that a SQLite file is intact and was written by this program, and create new ones.

A damaged or foreign file is not changed. A new database is created under another name and then
renamed, so that its path never has an incomplete file.
"""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import aiosqlite

from bot.errors import StoreDamaged
from bot.storage.common.migrations import Migration, missing

log = logging.getLogger(__name__)

APPLICATION_ID = 0x4C435431  # "LCT1"
MAGIC = b"SQLite format 3\0"
# quick_check reads the whole file: larger ones would delay the start by seconds.
CHECKED_BYTES = 64 * 1024 * 1024


def is_new(path: Path) -> bool:
    """Return whether there is no database yet. Raises StoreDamaged if there is something else."""
    wal = path.with_name(path.name + "-wal")
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise StoreDamaged(f"{path} 不是普通文件；没有改动它。请换一个路径")
    if not path.exists() or path.stat().st_size == 0:
        # SQLite would apply an orphaned log to a new file.
        if wal.exists() and wal.stat().st_size:
            raise StoreDamaged(f"{path} 不见了，只剩 {wal.name}：请把主文件放回来，或把它也移走")
        return True
    with path.open("rb") as file:
        head = file.read(100)
    if len(head) < 100 or not head.startswith(MAGIC):
        raise StoreDamaged(f"{path} 不是数据库，或者已经损坏；没有改动它。请换一个路径或换回备份")
    if int.from_bytes(head[68:72], "big") != APPLICATION_ID:
        raise StoreDamaged(f"{path} 是别的程序的数据库；没有改动它。请换一个路径")
    _require_all_pages(path, head, bool(wal.exists() and wal.stat().st_size))
    return False


def _require_all_pages(path: Path, head: bytes, has_wal: bool) -> None:
    page = int.from_bytes(head[16:18], "big")
    size = (65536 if page == 1 else page) * int.from_bytes(head[28:32], "big")
    # Pages may still be in the log; quick_check then decides.
    if not has_wal and path.stat().st_size < size:
        raise StoreDamaged(f"{path} 被截短了；没有改动它。请换回备份")


def require_one_name(path: Path) -> None:
    """Raise StoreDamaged if the file has a second name (a hard link). The lock and the log belong
    to a name: two processes would write one file with two logs, and destroy it."""
    names = path.stat().st_nlink
    if names > 1:
        raise StoreDamaged(
            f"{path} 有 {names} 个名字（硬链接），从另一个名字打开会弄坏它；没有改动它。"
            "请先删掉别的名字（要备份就复制一份）"
        )


def make_private(path: Path) -> None:
    """Make the database and its log readable by the owner only: they hold what people wrote. Log a
    warning if they belong to another user."""
    for file in (path, *(path.with_name(path.name + tail) for tail in ("-wal", "-shm"))):
        with suppress(FileNotFoundError):
            try:
                if file.stat().st_mode & 0o077:
                    file.chmod(0o600)
            except PermissionError:
                log.warning("the database is readable by others, and belongs to another user")


async def create(path: Path, known: tuple[Migration, ...]) -> None:
    """Create an empty database with our schema at this path."""
    aside = path.with_name(path.name + ".new")
    for leftover in (aside, *(aside.with_name(aside.name + tail) for tail in ("-wal", "-shm"))):
        leftover.unlink(missing_ok=True)
    # Readable by the owner only; SQLite gives the log the same mode.
    os.close(os.open(aside, os.O_CREAT | os.O_RDWR, 0o600))
    async with aiosqlite.connect(aside, isolation_level=None) as db:
        await db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        await db.execute_fetchall("PRAGMA journal_mode = WAL")
        await db.execute("PRAGMA synchronous = FULL")
        await migrate(db, known)
        await db.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
    _sync(aside)
    aside.replace(path)
    _sync(path.parent)


async def verify(path: Path, busy_seconds: float) -> None:
    """Raise StoreDamaged or sqlite3.Error if SQLite finds damage; the file is only read."""
    if await asyncio.to_thread(os.path.getsize, path) > CHECKED_BYTES:
        return
    uri = f"file:{quote(str(path))}?mode=ro"
    async with aiosqlite.connect(uri, uri=True, timeout=busy_seconds) as db:
        (found,) = next(iter(await db.execute_fetchall("PRAGMA quick_check(1)")))
    if found != "ok":
        raise StoreDamaged(f"{path} 已经损坏，没有改动它。请换回备份（{found}）")


async def migrate(db: aiosqlite.Connection, known: tuple[Migration, ...]) -> None:
    """Migrate the schema in one transaction; `db` must be in autocommit mode."""
    await db.execute("BEGIN IMMEDIATE")
    try:
        for migration in missing(known, await _version(db)):
            for statement in migration.statements():
                await db.execute(statement)
            await db.execute("UPDATE schema_version SET version = ?", (migration.version,))
    except BaseException:
        await db.execute("ROLLBACK")
        raise
    await db.execute("COMMIT")


async def _version(db: aiosqlite.Connection) -> int:
    there = await db.execute_fetchall("SELECT 1 FROM sqlite_schema WHERE name = 'schema_version'")
    if not list(there):
        return 0
    (version,) = next(iter(await db.execute_fetchall("SELECT version FROM schema_version")))
    return int(version)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
