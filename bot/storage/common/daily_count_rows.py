"""The daily counts over the table `daily_count`, the same for both databases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Protocol

from bot.service.count_port import CountKey, CountKind, DailyCount
from bot.storage.common import key_encoding

# Rows of one statement; its parameters stay below the limits of both databases.
MOST_ROWS = 50
_INSERT = "INSERT INTO daily_count (day, channel, kind, key, entries) "
_ON_CONFLICT = " ON CONFLICT (day, channel, kind, key) DO UPDATE SET entries = "
_ADD = f"{_ON_CONFLICT}daily_count.entries + excluded.entries"
_KEEP_MORE = (
    f"{_ON_CONFLICT}CASE WHEN excluded.entries > daily_count.entries "
    "THEN excluded.entries ELSE daily_count.entries END"
)
# `{channel}`: the channel of a key.
_PEOPLE = (
    _INSERT + "SELECT CAST($1 AS TEXT), {channel}, '" + CountKind.PEOPLE + "', '', count(*) "
    "FROM session WHERE updated >= $2 GROUP BY 2" + _KEEP_MORE
)
_COUNTS = (
    "SELECT day, channel, kind, key, entries FROM daily_count WHERE day >= $1 "
    "ORDER BY day, channel, kind, key"
)
_SUMS = (
    "SELECT kind, key, sum(entries) FROM daily_count WHERE day >= $1 AND day < $2 "
    "GROUP BY kind, key"
)
# The table has the kinds of deleted entries of the inbox too.
_KINDS = {kind.value: kind for kind in CountKind}


class CountTables(Protocol):
    """What DailyCountRows needs of a Database."""

    async def fetch(self, sql: str, *values: Any) -> Any:
        """Run one query and return its rows."""

    async def execute(self, sql: str, *values: Any) -> int:
        """Run one statement in a transaction of its own."""


class DailyCountRows:
    """Implements CountStore over `_db`."""

    # The channel of a key, as SQL.
    CHANNEL: ClassVar[str]

    _db: CountTables

    async def add_counts(self, counts: Mapping[CountKey, int]) -> None:
        """See CountStore."""
        # In key order: two processes must not lock the same rows in different orders.
        rows = sorted(
            (day, key_encoding.key(channel), kind.value, key_encoding.key(key), count)
            for (day, channel, kind, key), count in counts.items()
        )
        for start in range(0, len(rows), MOST_ROWS):
            part = rows[start : start + MOST_ROWS]
            places = (
                f"({', '.join(f'${5 * n + m}' for m in range(1, 6))})" for n in range(len(part))
            )
            sql = f"{_INSERT}VALUES {', '.join(places)}{_ADD}"
            await self._db.execute(sql, *(value for row in part for value in row))

    async def count_people(self, day: str, began: datetime) -> None:
        """See CountStore."""
        sql = _PEOPLE.format(channel=self.CHANNEL)
        await self._db.execute(sql, day, key_encoding.millis(began))

    async def count_sums(self, first: str, end: str) -> Mapping[tuple[CountKind, str], int]:
        """See CountStore."""
        rows = await self._db.fetch(_SUMS, first, end)
        return {
            (_KINDS[kind], key_encoding.unkey(key)): int(entries)
            for kind, key, entries in rows
            if kind in _KINDS
        }

    async def daily_counts(self, since_day: str) -> list[DailyCount]:
        """See CountStore."""
        rows = await self._db.fetch(_COUNTS, since_day)
        return [
            DailyCount(day, channel, _KINDS[kind], key_encoding.unkey(key), int(entries))
            for day, channel, kind, key, entries in rows
            if kind in _KINDS
        ]
