"""The messages that made us forget somebody: their rows are gone, so memory knows them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from bot.core.domain.json_codec import dump
from bot.storage.common.batch import Arrival, Key, Rows


class ErasedMessages:
    """The last few forgetting messages with their replies (which say nothing about a person).

    Without it a second delivery of 忘记我 would wipe what was told after the first one.
    """

    def __init__(self, limit: int = 1024) -> None:
        self._limit = limit
        self._records: OrderedDict[Key, str] = OrderedDict()

    def note(self, made: Iterable[Arrival], rows: Rows) -> None:
        """Remember which of these messages made us forget, and drop the oldest known ones."""
        gone = set(rows.forgotten)
        for arrival in made:
            if arrival.conv in gone:
                self._records[arrival.key] = dump(rows.answers[arrival.key].record)
        while len(self._records) > self._limit:
            self._records.popitem(last=False)

    def among(self, made: Iterable[Arrival]) -> dict[Key, str]:
        """Those of these messages that made us forget before, with what they were answered."""
        return {a.key: self._records[a.key] for a in made if a.key in self._records}
