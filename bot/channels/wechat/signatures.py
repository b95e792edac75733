"""Remember signatures, because in plain mode a signature does not cover the body.

Whoever sees the address of one request could otherwise send other bodies with it.
"""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2b

# The signatures of five minutes at 60 messages a second.
MAX_SIGNATURES = 20_000


class SeenSignatures:
    """Binds each signature to the body that came with it first, for `seconds`.

    A signature is unique to a timestamp and a nonce. The platform repeats a message with the same
    body. Beyond MAX_SIGNATURES the oldest are forgotten; only signed requests take a place.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: OrderedDict[str, tuple[float, bytes]] = OrderedDict()

    @property
    def size(self) -> int:
        """The number of signatures remembered."""
        return len(self._seen)

    def accepts(self, signature: str, body: bytes, now: float) -> bool:
        """Return whether the signature is new or came with this body before."""
        while self._seen and next(iter(self._seen.values()))[0] < now - self._seconds:
            self._seen.popitem(last=False)
        digest = blake2b(body, digest_size=16).digest()
        known = self._seen.get(signature)
        if known is not None:
            return known[1] == digest
        self._seen[signature] = (now, digest)
        if len(self._seen) > MAX_SIGNATURES:
            self._seen.popitem(last=False)
        return True
