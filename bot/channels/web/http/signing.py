"""Sign the session cookie and result links, and hash ids for logs.

The cookie holds 128 random bits and a link holds answers; neither identifies a person.
"""

from __future__ import annotations

import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b, sha256

from bot.core.domain.session import Profile
from bot.service.ports import Incoming

COOKIE = "lct"
# Over HTTPS: a sibling domain, or a page over HTTP, cannot set a cookie of this name.
SECURE_COOKIE = "__Host-lct"
# Characters; a complete profile takes about 500.
MAX_TOKEN_LENGTH = 1_500
_COOKIE_FORM = re.compile(r"([0-9a-f]{32})\.([A-Za-z0-9_-]{22})", re.ASCII)


def sign_cookie(key: bytes, session_id: str) -> str:
    """Return the value of the session cookie."""
    return f"{session_id}.{_signature(key, 'cookie', session_id)}"


def session_id_of(key: bytes, cookies: Mapping[str, str]) -> str | None:
    """Return the session id of a request. Visitors of before the secure name keep theirs."""
    return read_cookie(key, cookies.get(SECURE_COOKIE, "")) or read_cookie(
        key, cookies.get(COOKIE, "")
    )


def has_cookie(cookies: Mapping[str, str]) -> bool:
    """Return whether the browser sent a session cookie, valid or not."""
    return SECURE_COOKIE in cookies or COOKIE in cookies


def read_cookie(key: bytes, cookie: str) -> str | None:
    """Return the session id, or None for a cookie that this service did not sign."""
    match = _COOKIE_FORM.fullmatch(cookie)
    if match and hmac.compare_digest(match[2], _signature(key, "cookie", match[1])):
        return match[1]
    return None


def conv_hash(key: bytes, conv: str) -> str:
    """Return a keyed hash of a conversation id, for logs and pages."""
    return blake2b(conv.encode("utf-8", "replace"), key=key[:64], digest_size=6).hexdigest()


def turn_id(key: bytes, incoming: Incoming) -> str:
    """Return a keyed hash of a message for logs; a repeated delivery has the same one."""
    return conv_hash(key, f"{incoming.conv}\n{incoming.message_id}")


@dataclass(frozen=True, slots=True)
class SharedResult:
    """The content of a result link: the answers, the day and the knowledge version."""

    profile: Profile
    day: date
    version: str


def sign_result(key: bytes, shared: SharedResult) -> str:
    """Return the token of `/r/<token>`."""
    answers = {slot: "+".join(choices) for slot, choices in shared.profile.items()}
    body = json.dumps([shared.day.isoformat(), shared.version, answers], separators=(",", ":"))
    text = urlsafe_b64encode(body.encode()).rstrip(b"=").decode()
    return f"{text}.{_signature(key, 'result', text)}"


def read_result(key: bytes, token: str) -> SharedResult | None:
    """Return the content of the token, or None for one that this service did not sign."""
    text, dot, signature = token.rpartition(".")
    if not (dot and token.isascii() and len(token) <= MAX_TOKEN_LENGTH):
        return None
    if not hmac.compare_digest(signature, _signature(key, "result", text)):
        return None
    try:
        day, version, answers = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        profile = {str(slot): tuple(str(c).split("+")) for slot, c in answers.items()}
        return SharedResult(profile, date.fromisoformat(day), str(version))
    except (ValueError, NotBase64, AttributeError):
        return None


def _signature(key: bytes, purpose: str, text: str) -> str:
    digest = hmac.digest(key, f"{purpose}\n{text}".encode(), sha256)[:16]
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
