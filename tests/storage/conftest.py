"""The stores under test, behind one set of fixtures."""

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
    """The address of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/bot.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    """An open store of each kind."""
    made = store_for(store_url)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
def rows(store_url: str) -> Rows:
    """Reads the database behind the store's back."""

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
