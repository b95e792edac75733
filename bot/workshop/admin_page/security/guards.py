"""The checks of one request: its origin, its form token, how often somebody tries passwords."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from urllib.parse import urlsplit

from starlette.requests import Request

from bot.channels.common.rate_limit import RateLimit
from bot.channels.web.http.address import address_key

# Attempts to sign in a minute: of one network address, and of all that never signed in here.
ADDRESS_PER_MINUTE = 10
ALL_PER_MINUTE = 40
# Attempts that may wait for the hash at once: each takes 64 MB and 0.1 s, one after the other.
MOST_WAITING = 8
# Addresses that signed in; they are not held up by the attempts of others.
MOST_KNOWN = 1_000
_NONCE_CHARS = 16


def is_own_origin(request: Request, public_url: str) -> bool:
    """Return whether a page of this service sent the form. Every header that tells the origin
    must say so, and at least one must be there."""
    headers = request.headers
    site = headers.get("sec-fetch-site")
    origin = headers.get("origin")
    referer = headers.get("referer") if origin is None else None
    if site is not None and site != "same-origin":
        return False
    named = origin if origin is not None else referer
    if named is None:
        return site is not None
    own = {headers.get("host", "").lower(), urlsplit(public_url).netloc.lower()} - {""}
    # urlsplit raises for a malformed IPv6 host
    return named.partition("://")[2].partition("/")[0].lower() in own


class FormTokens:
    """Makes and checks the hidden token of each form. It belongs to one session (or to the cookie
    of the sign-in form), and no two tokens are alike, so that compression gives nothing away."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def make(self, session: str) -> str:
        """Return a new token."""
        nonce = secrets.token_urlsafe(12)[:_NONCE_CHARS]
        return nonce + self._signature(nonce, session)

    def is_valid(self, token: str, session: str) -> bool:
        """Return whether a token was made for this session."""
        nonce, signature = token[:_NONCE_CHARS], token[_NONCE_CHARS:]
        expected = self._signature(nonce, session)
        return hmac.compare_digest(signature.encode("utf-8", "replace"), expected.encode())

    def _signature(self, nonce: str, session: str) -> str:
        text = f"admin form\n{nonce}\n{session}".encode("utf-8", "replace")
        return hmac.new(self._secret, text, sha256).hexdigest()


class SignInLimit:
    """Limits the attempts to sign in per network address and altogether, and how many passwords
    are hashed at once. `monotonic` returns seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._addresses = RateLimit(ADDRESS_PER_MINUTE)
        self._all = RateLimit(ALL_PER_MINUTE)
        self._known: dict[str, None] = {}
        self._one = asyncio.Semaphore(1)
        self._waiting = 0

    def wait_seconds(self, host: str) -> int:
        """Count an attempt. Return 0, or how many seconds to wait before the next."""
        key, now = address_key(host), self._monotonic()
        refusal = self._addresses.take(key, now)
        if refusal is None and key not in self._known:
            refusal = self._all.take("", now)
        if refusal is None and self._waiting >= MOST_WAITING:
            return 2
        return refusal.seconds if refusal else 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for the turn to hash a password."""
        self._waiting += 1
        try:
            async with self._one:
                yield
        finally:
            self._waiting -= 1

    def succeeded(self, host: str) -> None:
        """Remember an address that signed in."""
        self._known[address_key(host)] = None
        if len(self._known) > MOST_KNOWN:
            self._known.pop(next(iter(self._known)))
