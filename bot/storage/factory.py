"""Make the store, and the history of the knowledge, that the URL in the settings names."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from bot.errors import ConfigError
from bot.service.inbox_port import OpenInbox
from bot.service.ports import Store
from bot.service.version_history import VersionHistory
from bot.storage.sqlite.connection import MEMORY
from bot.storage.sqlite.side_connection import SqliteInbox
from bot.storage.sqlite.store import SqliteStore
from bot.storage.version_files import FileHistory

_OPTIONS = ("statement_cache_size", "pool_size")


def store_for(url: str, secret: bytes = b"") -> Store:
    """Return the store for `sqlite:///relative/path`, `sqlite:////absolute/path`, `memory://` or
    `postgresql://…`, not yet open. Raises ConfigError with what is wrong with the URL.

    The parameters of a PostgreSQL URL may include `statement_cache_size=0` (needed behind
    PgBouncer) and `pool_size=8`. `secret`: the key of the hashes of erased messages, the same for
    all processes of the store; without it, no other process recognises them.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "memory":
        return SqliteStore(MEMORY, secret=secret)
    if scheme == "sqlite" and rest.startswith("/") and rest.strip("/"):
        return SqliteStore(unquote(rest[1:]), secret=secret)
    if is_shared(url):
        return _postgres(url, secret)
    raise ConfigError(
        [
            f"store: 不认识 {url!r}；可以写 sqlite:///相对路径、sqlite:////绝对路径、"
            "postgresql://用户:口令@主机/库名 或 memory://（不保存）"
        ]
    )


async def open_store(url: str, secret: bytes = b"") -> Store:
    """Return the opened store for this URL. `secret`: see `store_for`. Raises ConfigError or
    StoreError."""
    store = store_for(url, secret)
    await store.open()
    return store


def is_shared(url: str) -> bool:
    """Return whether several processes may use the store of this URL at once."""
    return url.partition("://")[0] in ("postgresql", "postgres")


def history_for(url: str, folder: Path) -> VersionHistory:
    """Return the history of the knowledge, not yet open: in the database of this URL if it is
    PostgreSQL, else in files in `folder`. Raises ConfigError."""
    if not is_shared(url):
        return FileHistory(folder)
    from bot.storage.postgres.version_table import PostgresHistory

    plain, options = _postgres_options(url)
    options.pop("pool_size", None)
    return PostgresHistory(plain, **options)


async def open_inbox(url: str) -> OpenInbox:
    """Return the inbox of the store at this URL, which a service may have open. Raises ConfigError
    or StoreError (StoreUnused if nothing has been stored there yet)."""
    store = store_for(url)
    if isinstance(store, SqliteStore):
        if url.startswith("memory:"):
            raise ConfigError(["store: memory:// 什么都不保存，没有可看的问题"])
        inbox: OpenInbox = SqliteInbox(unquote(url.partition("://")[2][1:]))
        await inbox.open()
        return inbox
    await store.open()
    return store


def _postgres(url: str, secret: bytes) -> Store:
    # Imported here, because loading the driver takes time that SQLite users need not spend.
    from bot.storage.postgres.store import PostgresStore

    plain, options = _postgres_options(url)
    return PostgresStore(plain, secret=secret, **options)


def _postgres_options(url: str) -> tuple[str, dict[str, Any]]:
    """Return the URL for the driver and our own parameters."""
    try:
        parts = urlsplit(url)
        readable = "@" not in url.partition("://")[2].removeprefix(parts.netloc)
    except ValueError:
        readable = False
    if not readable:
        # An unescaped password would be parsed as a path, and appear in messages.
        raise ConfigError(["store: 读不懂这个网址：口令里的 / ? # @ : [ ] 要写成 %2F %3F %23 …"])
    query = parse_qsl(parts.query, keep_blank_values=True)
    try:
        options = {name: int(value) for name, value in query if name in _OPTIONS}
    except ValueError:
        raise ConfigError([f"store: {' 和 '.join(_OPTIONS)} 要写整数"]) from None
    rest = urlencode([(name, value) for name, value in query if name not in _OPTIONS])
    return urlunsplit(parts._replace(query=rest)), options
