"""Who is talking (a random number in a signed cookie), and what a result link carries.

Nothing here says who somebody is: the cookie is 128 random bits, the link holds only answers.
"""

from __future__ import annotations

import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b, sha256

from bot.core.domain.session import Profile
from bot.service.ports import Incoming

COOKIE = "lct"
_FORM = re.compile(r"([0-9a-f]{32})\.([A-Za-z0-9_-]{22})", re.ASCII)
LONGEST_TOKEN = 1_500


def _mark(key: bytes, purpose: str, text: str) -> str:
    digest = hmac.digest(key, f"{purpose}\n{text}".encode(), sha256)[:16]
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def sign_cookie(key: bytes, session_id: str) -> str:
    """The cookie of this conversation."""
    return f"{session_id}.{_mark(key, 'cookie', session_id)}"


def read_cookie(key: bytes, cookie: str) -> str | None:
    """The conversation id, or None where the cookie is not one of ours."""
    match = _FORM.fullmatch(cookie)
    if match and hmac.compare_digest(match[2], _mark(key, "cookie", match[1])):
        return match[1]
    return None


def conv_hash(key: bytes, conv: str) -> str:
    """A name for a conversation in logs and pages that leads back to nobody."""
    return blake2b(conv.encode("utf-8", "replace"), key=key[:64], digest_size=6).hexdigest()


def turn_id(key: bytes, incoming: Incoming) -> str:
    """A name for a turn in logs; the same message has the same one."""
    return conv_hash(key, f"{incoming.conv}\n{incoming.message_id}")


@dataclass(frozen=True, slots=True)
class Shared:
    """What a result link carries: the answers, the day and the knowledge version."""

    profile: Profile
    day: date
    version: str


def sign_result(key: bytes, shared: Shared) -> str:
    """The token of `/r/<token>`."""
    answers = {slot: "+".join(choices) for slot, choices in shared.profile.items()}
    body = json.dumps([shared.day.isoformat(), shared.version, answers], separators=(",", ":"))
    text = urlsafe_b64encode(body.encode()).rstrip(b"=").decode()
    return f"{text}.{_mark(key, 'result', text)}"


def read_result(key: bytes, token: str) -> Shared | None:
    """What the token carries, or None where we did not sign it."""
    text, dot, mark = token.rpartition(".")
    if not (dot and token.isascii() and len(token) <= LONGEST_TOKEN):
        return None
    if not hmac.compare_digest(mark, _mark(key, "result", text)):
        return None
    try:
        day, version, answers = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        profile = {str(slot): tuple(str(c).split("+")) for slot, c in answers.items()}
        return Shared(profile, date.fromisoformat(day), str(version))
    except (ValueError, NotBase64, AttributeError):
        return None
