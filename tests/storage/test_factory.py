"""The store URL of the settings."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.storage import open_store, store_for
from bot.storage.postgres.store import PostgresStore
from bot.storage.sqlite.store import SqliteStore
from tests.echo_dialogue import echo_step, message, recorded_ids


@pytest.mark.parametrize(
    "url", ["", "mysql://x", "sqlite://", "sqlite:///", "sqlite:////", "bot.db", "sqlite://bot.db"]
)
def test_an_unknown_url_is_a_config_error_that_lists_the_valid_forms(url: str) -> None:
    with pytest.raises(ConfigError, match="sqlite:///相对路径"):
        store_for(url)


@pytest.mark.parametrize("url", ["postgresql://[::1/db", "postgresql://me:hu/sh@db/x"])
def test_an_invalid_postgres_url_is_a_config_error_without_the_password(url: str) -> None:
    with pytest.raises(ConfigError, match="%2F") as caught:
        store_for(url)
    assert "hu" not in str(caught.value)


def test_postgres_options_must_be_integers() -> None:
    assert isinstance(store_for("postgresql://h/d?statement_cache_size=0"), PostgresStore)
    with pytest.raises(ConfigError, match="整数"):
        store_for("postgresql://h/d?pool_size=many")


async def test_relative_and_absolute_sqlite_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for url in ("sqlite:///data/bot%20one.db", f"sqlite:///{tmp_path}/two.db"):
        store = await open_store(url)
        assert isinstance(store, SqliteStore)
        await store.close()
    assert await asyncio.to_thread((tmp_path / "data" / "bot one.db").exists)
    assert await asyncio.to_thread((tmp_path / "two.db").exists)


async def test_postgres_parameters_reach_the_driver(postgres_url: str) -> None:
    separator = "&" if "?" in postgres_url else "?"
    store = await open_store(f"{postgres_url}{separator}statement_cache_size=0&pool_size=1")
    await store.apply([message("web:a", "1")], echo_step)
    await store.close()


async def test_the_memory_store_starts_empty_each_time() -> None:
    for _ in range(2):
        store = await open_store("memory://")
        assert await store.peek("web:a") is None
        await store.apply([message("web:a", "1")], echo_step)
        await store.apply([message("web:a", "2")], echo_step)
        assert recorded_ids(await store.peek("web:a")) == ["1", "2"]
        await store.apply([message("web:a", "3", "forget")], echo_step)
        assert await store.peek("web:a") is None
        await store.close()
