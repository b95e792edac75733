"""The inbox over the tables of a store, the same for both databases."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, ClassVar, Protocol

from bot.core.domain.inbox import EntryKind, InboxEntry
from bot.service.inbox_port import MOST_ENTRIES, EntryCount, StoredEntry
from bot.storage.common import key_encoding

# Statements number their parameters `$1`, `$2`, …, as in SqlStore.
_ENTRIES = (
    "SELECT conv, kind, text, subject, reason, day, at FROM unanswered WHERE at >= $1 "
    "ORDER BY at DESC LIMIT $2"
)
_KINDS = {kind.value: kind for kind in EntryKind}
# Deleted entries stand in daily_count. `{channel}`: the channel of a key.
_COUNTS = (
    "SELECT day, channel, kind, subject, sum(entries) FROM ("  # noqa: S608 - constants
    "SELECT day, channel, kind, key AS subject, entries FROM daily_count WHERE day >= $1 "
    f"AND kind IN ({', '.join(map(repr, _KINDS))}) "
    "UNION ALL SELECT day, {channel}, kind, subject, 1 FROM unanswered WHERE day >= $1) AS known "
    "GROUP BY day, channel, kind, subject ORDER BY day, channel, kind, subject"
)
_IGNORED = "SELECT hash, at FROM unanswered_ignored"
_IGNORE = (
    "INSERT INTO unanswered_ignored (hash, at) VALUES ($1, $2) "
    "ON CONFLICT (hash) DO UPDATE SET at = excluded.at"
)


class Tables(Protocol):
    """What InboxRows needs of a Database."""

    async def fetch(self, sql: str, *values: Any) -> Any:
        """Run one query and return its rows."""

    async def execute(self, sql: str, *values: Any) -> int:
        """Run one statement in a transaction of its own."""


class InboxRows:
    """Implements Inbox over `_db`."""

    # The channel of a key, as SQL.
    CHANNEL: ClassVar[str]

    _db: Tables

    async def entries(self, since: datetime) -> list[StoredEntry]:
        """See Inbox."""
        rows = await self._db.fetch(_ENTRIES, key_encoding.millis(since), MOST_ENTRIES)
        people: dict[str, int] = {}
        found = []
        for conv, kind, text, subject, reason, day, at in rows:
            if kind not in _KINDS:  # of a newer version
                continue
            entry = InboxEntry(_KINDS[kind], text, key_encoding.unkey(subject), reason, day)
            person = people.setdefault(conv, len(people))
            channel = key_encoding.channel(conv)
            found.append(StoredEntry(entry, channel, key_encoding.moment(at), person))
        return found

    async def entry_counts(self, since_day: str) -> list[EntryCount]:
        """See Inbox."""
        rows = await self._db.fetch(_COUNTS.format(channel=self.CHANNEL), since_day)
        return [
            EntryCount(day, channel, _KINDS[kind], key_encoding.unkey(subject), int(entries))
            for day, channel, kind, subject, entries in rows
            if kind in _KINDS
        ]

    async def ignored(self) -> Mapping[str, datetime]:
        """See Inbox."""
        rows = await self._db.fetch(_IGNORED)
        return {hashed: key_encoding.moment(at) for hashed, at in rows}

    async def ignore(self, hashes: Collection[str], now: datetime) -> None:
        """See Inbox."""
        for hashed in sorted(hashes):
            await self._db.execute(_IGNORE, hashed, key_encoding.millis(now))
