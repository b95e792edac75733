"""The servers that a URL names, and which of them to connect to: after a fail-over, another."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg

from bot.storage.postgres.errors import BROKEN_CONNECTION

PARTING_SECONDS = 2.0


class Parting(asyncpg.Connection):
    """A connection that does not wait long for its server to part, and parts in any case.

    The pool closes those that have expired in passing: nobody would see that one failed.
    """

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - asyncpg's
        """See asyncpg."""
        with suppress(*BROKEN_CONNECTION):
            await super().close(timeout=timeout or PARTING_SECONDS)


class Servers:
    """`seconds`: for how long a connection may take to make, over all servers."""

    def __init__(self, url: str, seconds: float) -> None:
        self._urls = server_urls(url)
        self._seconds = seconds / len(self._urls)

    async def connect(self, *_: Any, **options: Any) -> asyncpg.Connection[asyncpg.Record]:
        """A connection to the first of several that takes writes, beginning with the one of last
        time, whatever `target_session_attrs` says: nothing else is of use to a store.

        Given them all, the driver would spend its whole time on one that has lost its power or
        hangs, every time, and never come to the next.
        """
        *others, last = self._urls
        for url in others:
            with suppress(asyncpg.PostgresError, *BROKEN_CONNECTION):
                return await self._connect_to(url, options)
        return await self._connect_to(last, options)

    async def _connect_to(
        self, url: str, options: Mapping[str, Any]
    ) -> asyncpg.Connection[asyncpg.Record]:
        connection: asyncpg.Connection[asyncpg.Record]
        async with asyncio.timeout(self._seconds):
            connection = await asyncpg.connect(url, **options)
            if len(self._urls) > 1:
                await _ask_for_writes(connection)
        self._urls = [url, *(known for known in self._urls if known != url)]
        return connection


async def _ask_for_writes(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Raises where this server takes none, and hangs up.

    What the driver goes by was said at the login: PgBouncer says it from memory, even if there is
    no server behind it any more. A transaction, because PgBouncer spreads anything else.
    """
    try:
        async with connection.transaction():
            if await connection.fetchval("SHOW transaction_read_only") == "on":
                raise asyncpg.ReadOnlySQLTransactionError("it takes no writes")
    except BaseException:
        connection.terminate()
        raise


def server_urls(url: str) -> list[str]:
    """A URL for each server that this one names: `//a:1,b:2/…` or `…?host=a,b&port=1,2`."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    query.pop("target_session_attrs", None)
    login, at, hosts = parts.netloc.rpartition("@")
    if "," in hosts:
        named = [(login + at + host, query) for host in hosts.split(",")]
    elif not hosts and "," in query.get("host", ""):
        every = query["host"].split(",")
        ports = query.get("port", "").split(",")
        ports = ports if len(ports) == len(every) else ports * len(every)
        named = [
            (parts.netloc, {**query, "host": host, **({"port": port} if port else {})})
            for host, port in zip(every, ports, strict=False)
        ]
    else:
        return [url]
    return [
        urlunsplit(parts._replace(netloc=netloc, query=urlencode(asked)))
        for netloc, asked in named
    ]
