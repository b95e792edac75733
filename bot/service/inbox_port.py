"""The port of the inbox: entries as they are stored, their counts, and what is ignored."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.domain.inbox import EntryKind, InboxEntry

# The newest entries that one call returns.
MOST_ENTRIES = 20_000


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry with its channel and time. `person`: a number that is the same for the entries of
    one conversation within one call, and means nothing else."""

    entry: InboxEntry
    channel: str
    at: datetime
    person: int


@dataclass(frozen=True, slots=True)
class EntryCount:
    """How many entries of a kind and subject came over a channel on a day (YYYY-MM-DD)."""

    day: str
    channel: str
    kind: EntryKind
    subject: str
    entries: int


class Inbox(Protocol):
    """The entries of the inbox. Every method raises StoreError when the storage fails."""

    async def entries(self, since: datetime) -> list[StoredEntry]:
        """Return the entries from this time on, the newest first, at most MOST_ENTRIES."""

    async def entry_counts(self, since_day: str) -> list[EntryCount]:
        """Return the counts from this day (YYYY-MM-DD) on, in order, also of entries whose texts
        were deleted by age. What a person deleted is not counted."""

    async def ignored(self) -> Mapping[str, datetime]:
        """Return the hashes of the texts to ignore, each with the time since when."""

    async def ignore(self, hashes: Collection[str], now: datetime) -> None:
        """Store the hashes of texts to ignore."""


class OpenInbox(Inbox, Protocol):
    """An inbox over a connection of its own."""

    async def open(self) -> None:
        """Connect. Raises StoreError."""

    async def close(self) -> None:
        """Disconnect."""
