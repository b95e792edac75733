"""Token buckets, bounded in number: one for each person and each network address."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

KEPT = 20_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float
    told: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Too fast: when to come again (whole seconds), and whether to say so politely (once)."""

    seconds: int
    first: bool


class RateLimit:
    """`per_minute` messages for each key, in bursts of up to half of that; 0 means no limit.

    Time comes in as seconds of any steady clock. The keys least recently seen are dropped
    beyond `KEPT`: that forgives somebody, never harms anybody.
    """

    def __init__(self, per_minute: int) -> None:
        self._rate = per_minute / 60
        self._burst = max(1.0, per_minute / 2)
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    @property
    def kept(self) -> int:
        """How many keys are held now."""
        return len(self._buckets)

    def take(self, key: str, now: float) -> Refusal | None:
        """None when this message may pass."""
        if not self._rate:
            return None
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(self._burst, now)
            if len(self._buckets) > KEPT:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.at) * self._rate)
        bucket.at = now
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            bucket.told = False
            return None
        first, bucket.told = not bucket.told, True
        return Refusal(int((1 - bucket.tokens) / self._rate) + 1, first)


@lru_cache(maxsize=1024)
def address_key(host: str) -> str:
    """The network that an address stands for: itself, or the /64 of an IPv6 address."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(int(address) >> 64)
    return host
