"""SQLite files for the tests, and how a store must refuse one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.storage.sqlite.store import SqliteStore
from tests.echo_dialogue import message, note


async def filled(path: Path, talks: int = 60) -> bytes:
    """A file with some talks in it, closed; its bytes."""
    store = SqliteStore(path)
    await store.open()
    for number in ("1", "2"):
        await store.apply([message(f"web:{n}", number, "字" * 99) for n in range(talks)], note)
    await store.close()
    return await asyncio.to_thread(path.read_bytes)


async def refused(
    path: Path, error: type[StoreError], words: str, kind: type[SqliteStore] = SqliteStore
) -> None:
    """Opening fails with this line, and leaves no thread or lock behind."""
    for _ in range(2):
        store = kind(path, busy_seconds=0.05)
        try:
            with pytest.raises(error, match=words):
                await store.open()
        finally:
            await store.close()
