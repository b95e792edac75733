"""The servers that a URL names, and which of them to connect to: after a fail-over, another."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg

from bot.storage.postgres_errors import BROKEN_CONNECTION

PARTING_SECONDS = 2.0
_ROLE = "target_session_attrs"


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
        """A connection to the first that will have us, beginning with the one of last time.

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
        connection = await asyncpg.connect(url, timeout=self._seconds, **options)
        self._urls = [url, *(known for known in self._urls if known != url)]
        return connection


def server_urls(url: str) -> list[str]:
    """A URL for each server that this one names: `//a:1,b:2/…` or `…?host=a,b&port=1,2`. Of
    several only the one that takes writes will do, unless the URL says otherwise."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
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
        urlunsplit(parts._replace(netloc=netloc, query=urlencode({_ROLE: "read-write", **asked})))
        for netloc, asked in named
    ]
