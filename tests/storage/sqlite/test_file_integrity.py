"""Damaged, foreign or unreachable files are reported and not changed."""

from __future__ import annotations

import os
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import StoreDamaged, StoreInUse, StoreUnavailable
from bot.storage.sqlite.store import SqliteStore
from tests.echo_dialogue import echo_step, message
from tests.storage.sqlite.database_files import assert_rejected, create_filled


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.db"


def _damage(kind: str, good: bytes) -> bytes:
    rng = random.Random(kind)
    half = len(good) // 2
    return {
        "random bytes": rng.randbytes(20_000),
        "a text": "店铺：不是数据库".encode() * 50,
        "a stub": good[:60],
        "cut in half": good[:half],
        "cut inside a page": good[: half + 100],
        "a page of noise": good[:half] + rng.randbytes(4096) + good[half + 4096 :],
        "zeros": bytes(len(good)),
        "header of noise": rng.randbytes(100) + good[100:],
    }[kind]


DAMAGES = [
    "random bytes",
    "a text",
    "a stub",
    "cut in half",
    "cut inside a page",
    "a page of noise",
    "zeros",
    "header of noise",
]


@pytest.mark.parametrize("kind", DAMAGES)
async def test_a_damaged_file_is_rejected_and_not_changed(path: Path, kind: str) -> None:
    bad = _damage(kind, await create_filled(path))
    path.write_bytes(bad)
    await assert_rejected(path, StoreDamaged, "没有改动它")
    assert path.read_bytes() == bad


async def test_the_database_of_another_program_is_rejected_and_not_changed(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE session (mine)")
        other.commit()
    before = path.read_bytes()
    await assert_rejected(path, StoreDamaged, "别的程序")
    assert path.read_bytes() == before
    assert not path.with_name("bot.db-wal").exists()


async def test_a_special_file_is_rejected_and_not_changed(path: Path) -> None:
    # Like /dev/null, it is empty, as a new database file is.
    os.mkfifo(path)
    await assert_rejected(path, StoreDamaged, "不是普通文件")
    assert path.is_fifo()


async def test_a_symbolic_link_has_the_lock_of_its_target(path: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = elsewhere / "link.db"
    link.symlink_to(path)
    store = SqliteStore(link)
    await store.open()
    try:
        await store.apply([message("web:a", "1")], echo_step)
        assert link.is_symlink()
        assert path.is_file()
        await assert_rejected(path, StoreInUse, "本程序的另一个进程")
    finally:
        await store.close()


async def test_a_log_without_its_file_is_not_applied_to_a_new_file(path: Path) -> None:
    path.with_name("bot.db-wal").write_bytes(b"committed turns")
    await assert_rejected(path, StoreDamaged, "不见了")
    assert path.with_name("bot.db-wal").read_bytes() == b"committed turns"


async def test_a_damaged_file_with_a_log_is_rejected_and_both_are_not_changed(
    path: Path, tmp_path: Path
) -> None:
    await create_filled(path)
    wal = path.with_name("bot.db-wal")
    store = SqliteStore(path)
    await store.open()
    await store.apply([message("web:new", "1")], echo_step)
    good, log = path.read_bytes(), wal.read_bytes()
    await store.close()
    bad = good[:4096] + random.Random(7).randbytes(4096 * 3) + good[4096 * 4 :]
    path.write_bytes(bad)
    wal.write_bytes(log)
    await assert_rejected(path, StoreDamaged, "损坏")
    assert (path.read_bytes(), wal.read_bytes()) == (bad, log)


async def test_an_incomplete_file_of_an_earlier_crash_is_replaced(path: Path) -> None:
    path.with_name("bot.db.new").write_bytes(b"half a file")
    path.touch()
    store = SqliteStore(path)
    await store.open()
    await store.close()
    assert not path.with_name("bot.db.new").exists()


async def test_missing_folders_are_created_and_impossible_paths_are_reported(
    tmp_path: Path,
) -> None:
    deep = SqliteStore(tmp_path / "a" / "b" / "bot.db")
    await deep.open()
    await deep.close()
    (tmp_path / "file").touch()
    await assert_rejected(tmp_path / "file" / "bot.db", StoreUnavailable, "打不开或写不了")
    (tmp_path / "folder").mkdir()
    await assert_rejected(tmp_path / "folder", StoreUnavailable, "打不开或写不了")


async def test_a_read_only_folder_is_reported(tmp_path: Path) -> None:
    # Not even root, to whom permissions do not apply, can create files in /proc.
    await assert_rejected(Path("/proc/self/bot.db"), StoreUnavailable, "打不开或写不了")


async def test_a_file_with_a_second_name_is_rejected_under_both(
    path: Path, tmp_path: Path
) -> None:
    await create_filled(path)
    (tmp_path / "elsewhere").mkdir()
    second = tmp_path / "elsewhere" / "second.db"
    os.link(path, second)
    before = path.read_bytes()
    for name in (path, second):
        await assert_rejected(name, StoreDamaged, "2 个名字")
    assert path.read_bytes() == before
    second.unlink()
    store = SqliteStore(path)
    await store.open()
    await store.close()


async def test_an_existing_file_and_its_log_become_private(path: Path, tmp_path: Path) -> None:
    await create_filled(path)
    store = SqliteStore(path)
    await store.open()
    await store.apply([message("web:new", "1")], echo_step)
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for tail in ("", "-wal", "-shm"):
        copy = crashed / f"bot.db{tail}"
        copy.write_bytes(path.with_name(f"bot.db{tail}").read_bytes())
        copy.chmod(0o644)
    await store.close()
    again = SqliteStore(crashed / "bot.db")
    await again.open()
    await again.apply([message("web:new", "2")], echo_step)
    modes = {file.name: file.stat().st_mode & 0o777 for file in crashed.iterdir()}
    await again.close()
    assert modes == dict.fromkeys(("bot.db", "bot.db-wal", "bot.db-shm", "bot.db.lock"), 0o600)


async def test_a_foreign_file_keeps_its_mode(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE session (mine)")
        other.commit()
    path.chmod(0o644)
    await assert_rejected(path, StoreDamaged, "别的程序")
    assert path.stat().st_mode & 0o777 == 0o644
