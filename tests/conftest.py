"""Shared by all tests: the Hypothesis profile, the number of workers, a PostgreSQL server."""

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
from hypothesis import HealthCheck, settings

from tests.knowledge_base import base, built_cache, cache
from tests.postgres import Server

# fixtures of other modules, for every test
__all__ = ["base", "built_cache", "cache"]

# On a busy machine the time that an example takes says nothing about the code. On CI the examples
# are the same in each run, so that a failure can be repeated.
settings.register_profile(
    "tests",
    deadline=None,
    derandomize="CI" in os.environ,
    print_blob=True,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
    ],
)
settings.load_profile("tests")

_numbers = itertools.count()


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Run single files without workers, whose start takes seconds; None: one worker a core."""
    return 0 if any(".py" in argument for argument in config.args) else None


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--no-postgres`."""
    parser.addoption(
        "--no-postgres", action="store_true", help="skip tests that need a PostgreSQL server"
    )


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Return a server: that of TEST_PG_URL, or an embedded one, started once per worker."""
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
    """Return a server of this test alone, which it may crash."""
    if request.config.getoption("--no-postgres"):
        pytest.skip("--no-postgres")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    server = Server.embedded(folder)
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Server) -> str:
    """Return the name of a database with the tables of the store, to copy from."""
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
    """Return the URL of a database with the tables of the store, dropped after the test."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    await _execute(postgres_server, f"CREATE DATABASE {name} TEMPLATE {postgres_template}")
    yield postgres_server.url(name)
    await _execute(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def empty_postgres_url(postgres_server: Server) -> AsyncIterator[str]:
    """Return the URL of an empty database, dropped after the test."""
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
