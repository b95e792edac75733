"""Choose among the servers of a URL the one that accepts writes, also after a failover."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg

from bot.storage.postgres.errors import BROKEN_CONNECTION

CLOSE_SECONDS = 2.0


class ClosingConnection(asyncpg.Connection):
    """A connection whose `close` waits at most CLOSE_SECONDS and never raises.

    The pool closes expired connections in the background, where an error would be lost and leave
    the connection open.
    """

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - asyncpg's
        """See asyncpg."""
        with suppress(*BROKEN_CONNECTION):
            await super().close(timeout=timeout or CLOSE_SECONDS)


class Servers:
    """The servers of a URL. `seconds`: the time limit of `connect` over all servers."""

    def __init__(self, url: str, seconds: float) -> None:
        self._urls = server_urls(url)
        self._seconds = seconds / len(self._urls)

    async def connect(self, *_: Any, **options: Any) -> asyncpg.Connection[asyncpg.Record]:
        """Connect to the first server that accepts writes, beginning with the one used last. A
        store needs such a server, so `target_session_attrs` is ignored.

        Given all servers, the driver would spend the whole time limit on one that does not
        respond, in every call, and never try the next.
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
                await _require_writable(connection)
        self._urls = [url, *(known for known in self._urls if known != url)]
        return connection


async def _require_writable(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Close the connection and raise if its server is read-only.

    The driver uses what the server reported at login, which PgBouncer repeats from memory even
    when its server is gone. The query runs in a transaction, because PgBouncer may send other
    statements to different servers.
    """
    try:
        async with connection.transaction():
            if await connection.fetchval("SHOW transaction_read_only") == "on":
                raise asyncpg.ReadOnlySQLTransactionError("it takes no writes")
    except BaseException:
        connection.terminate()
        raise


def server_urls(url: str) -> list[str]:
    """Return one URL per server of `//a:1,b:2/…` or `…?host=a,b&port=1,2`."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    query.pop("target_session_attrs", None)
    login, at, hosts = parts.netloc.rpartition("@")
    if "," in hosts:
        servers = [(login + at + host, query) for host in hosts.split(",")]
    elif not hosts and "," in query.get("host", ""):
        names = query["host"].split(",")
        ports = query.get("port", "").split(",")
        ports = ports if len(ports) == len(names) else ports * len(names)
        servers = [
            (parts.netloc, {**query, "host": host, **({"port": port} if port else {})})
            for host, port in zip(names, ports, strict=False)
        ]
    else:
        return [url]
    return [
        urlunsplit(parts._replace(netloc=netloc, query=urlencode(parameters)))
        for netloc, parameters in servers
    ]
