"""Limit messages per user or network address with token buckets of bounded number."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

MAX_BUCKETS = 20_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    updated: float
    notified: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message over the limit: whole seconds to wait, and whether it is the first in a row (only
    that one gets an explanation)."""

    seconds: int
    first: bool


class RateLimit:
    """Allow `per_minute` messages per key, in bursts of up to half of that; 0 means no limit.

    Times are seconds of any clock; one that is set back only delays the next token. Beyond
    MAX_BUCKETS the least recently used keys are dropped, which resets their count.
    """

    def __init__(self, per_minute: int) -> None:
        self._rate = per_minute / 60
        self._burst = max(1.0, per_minute / 2)
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    @property
    def size(self) -> int:
        """The number of keys that have a bucket."""
        return len(self._buckets)

    def take(self, key: str, now: float) -> Refusal | None:
        """Take one token. Return None if the message is allowed."""
        if not self._rate:
            return None
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(self._burst, now)
            if len(self._buckets) > MAX_BUCKETS:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        refilled = bucket.tokens + max(0.0, now - bucket.updated) * self._rate
        bucket.tokens = min(self._burst, refilled)
        bucket.updated = now
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            bucket.notified = False
            return None
        first, bucket.notified = not bucket.notified, True
        return Refusal(int((1 - bucket.tokens) / self._rate) + 1, first)
