"""SQLite files for tests, and the check that a store rejects one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.storage.sqlite.store import SqliteStore
from tests.echo_dialogue import echo_step, message


async def create_filled(path: Path, conversations: int = 60) -> bytes:
    """Create a closed file with some conversations; return its bytes."""
    store = SqliteStore(path)
    await store.open()
    for number in ("1", "2"):
        await store.apply(
            [message(f"web:{n}", number, "字" * 99) for n in range(conversations)], echo_step
        )
    await store.close()
    return await asyncio.to_thread(path.read_bytes)


async def assert_rejected(
    path: Path, error: type[StoreError], words: str, kind: type[SqliteStore] = SqliteStore
) -> None:
    """Check that opening fails with this message, and leaves no thread or lock behind."""
    for _ in range(2):
        store = kind(path, busy_seconds=0.05)
        try:
            with pytest.raises(error, match=words):
                await store.open()
        finally:
            await store.close()
