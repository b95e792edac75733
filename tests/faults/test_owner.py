"""The test of the file lock detects a store without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import StoreInUse
from bot.storage.sqlite.store import SqliteStore
from tests.faults.support.mutants import NoFileLockStore
from tests.storage.sqlite.database_files import assert_rejected


async def test_a_store_without_the_file_lock_is_detected(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "bot.db")
    await store.open()
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        await assert_rejected(tmp_path / "bot.db", StoreInUse, "另一个", NoFileLockStore)
    await assert_rejected(tmp_path / "bot.db", StoreInUse, "另一个")
    await store.close()
