"""The port of the daily counts: how often something happened on a day, without persons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class CountKind(StrEnum):
    """What is counted. The key of a count names the outcome, the support, the topic or the
    slot."""

    PEOPLE = "people"  # conversations with a message on this day
    STARTED = "started"  # conversations that began
    MESSAGE = "message"
    OUTCOME = "outcome"  # of questions: answer, clarify, unknown, out_of_scope
    SUPPORT = "support"  # answers from this support
    TOPIC = "topic"  # questions that this out-of-scope topic answered
    ASKED = "asked"  # the interview asked this slot
    GIVEN = "given"  # it was answered
    SKIPPED = "skipped"  # it was skipped
    RESULTS = "results"  # a list of supports that fit was shown
    USEFUL = "useful"  # votes on this support
    USELESS = "useless"
    FORGOTTEN = "forgotten"  # conversations that were deleted on request


# Day (YYYY-MM-DD in the city), channel, kind and key.
CountKey = tuple[str, str, CountKind, str]


@dataclass(frozen=True, slots=True)
class DailyCount:
    """How often something happened over a channel on a day."""

    day: str
    channel: str
    kind: CountKind
    key: str
    count: int


class CountStore(Protocol):
    """Storage of the counts. Every method raises StoreError when the storage fails."""

    async def add_counts(self, counts: Mapping[CountKey, int]) -> None:
        """Add these counts to those that are stored."""

    async def count_people(self, day: str, began: datetime) -> None:
        """Store for this day, which began then, how many conversations had a message, if that is
        more than is stored: who was deleted stays counted. Only right on the day itself."""

    async def count_sums(self, first: str, end: str) -> Mapping[tuple[CountKind, str], int]:
        """Return the sums by kind and key, over all channels, from the day `first` until before
        the day `end` (both YYYY-MM-DD)."""

    async def daily_counts(self, since_day: str) -> list[DailyCount]:
        """Return the counts from this day on, in order."""
