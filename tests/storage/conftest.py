"""Fixtures that run a test over both stores."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiosqlite
import asyncpg
import pytest

from bot.service.ports import Store
from bot.storage import store_for

Rows = Callable[[str], Awaitable[list[tuple[Any, ...]]]]


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/bot.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    """Yield an open store of each kind."""
    opened = store_for(store_url)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def rows(store_url: str) -> Rows:
    """Return a function that reads the database over its own connection."""

    async def read(sql: str) -> list[tuple[Any, ...]]:
        if store_url.startswith("sqlite"):
            async with aiosqlite.connect(store_url.removeprefix("sqlite:///")) as db:
                return [tuple(row) for row in await db.execute_fetchall(sql)]
        connection = await asyncpg.connect(store_url)
        try:
            return [tuple(row) for row in await connection.fetch(sql)]
        finally:
            await connection.close()

    return read
