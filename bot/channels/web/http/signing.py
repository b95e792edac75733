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

from bot.core.domain.knowledge import Slot
from bot.core.domain.session import Profile
from bot.service.ports import Incoming

Slots = Mapping[str, Slot]
COOKIE = "lct"
# Over HTTPS: a sibling domain, or a page over HTTP, cannot set a cookie of this name.
SECURE_COOKIE = "__Host-lct"
# Characters; a complete profile takes about 500.
MAX_TOKEN_LENGTH = 1_500
# Bytes; whoever guessed one would only see the page of answers of his own choice.
_SHORT_SIGNATURE = 9
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
    return _read_session(key, "cookie", cookie)


def sign_frame_token(key: bytes, session_id: str) -> str:
    """Return the token of a conversation in a frame of another site."""
    return f"{session_id}.{_signature(key, 'frame', session_id)}"


def read_frame_token(key: bytes, token: str) -> str | None:
    """Return the session id, or None for a token that this service did not sign."""
    return _read_session(key, "frame", token)


def _read_session(key: bytes, purpose: str, signed: str) -> str | None:
    match = _COOKIE_FORM.fullmatch(signed)
    if match and hmac.compare_digest(match[2], _signature(key, purpose, match[1])):
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
    text = _to_base64(body.encode())
    return f"{text}.{_signature(key, 'result', text)}"


def short_result(key: bytes, shared: SharedResult, slots: Slots) -> str:
    """Return a token of about 40 characters with the same content as that of `sign_result`; that
    one if a choice is unknown or two choices have one code.

    Bytes: the day (3), the length of the version (1), the version, two for each choice, and a
    signature (9). Nothing is stored, so a link works as long as the key.
    """
    codes = _choice_codes(slots)
    by_choice = {choice: code for code, choice in codes.items()}
    chosen = [(slot, choice) for slot, choices in shared.profile.items() for choice in choices]
    version = _packed_version(shared.version)
    known = all(choice in by_choice for choice in chosen)
    if not known or len(codes) < sum(len(slot.choices) for slot in slots.values()):
        return sign_result(key, shared)
    day = shared.day.toordinal().to_bytes(3, "big")
    body = day + bytes([len(version)]) + version + b"".join(by_choice[c] for c in chosen)
    return _to_base64(body + _short_signature(key, body))


def read_result(key: bytes, token: str, slots: Slots) -> SharedResult | None:
    """Return the content of the token, or None for one that this service did not sign. Of a short
    token, choices that no longer exist are left out."""
    if not token.isascii() or len(token) > MAX_TOKEN_LENGTH:
        return None
    text, dot, signature = token.rpartition(".")
    if not dot:
        return _read_short_result(key, token, slots)
    if not hmac.compare_digest(signature, _signature(key, "result", text)):
        return None
    try:
        day, version, answers = json.loads(_from_base64(text))
        profile = {str(slot): tuple(str(c).split("+")) for slot, c in answers.items()}
        return SharedResult(profile, date.fromisoformat(day), str(version))
    except (ValueError, NotBase64, AttributeError):
        return None


def _read_short_result(key: bytes, token: str, slots: Slots) -> SharedResult | None:
    try:
        packed = _from_base64(token)
        body, signature = packed[:-_SHORT_SIGNATURE], packed[-_SHORT_SIGNATURE:]
        if not hmac.compare_digest(signature, _short_signature(key, body)):
            return None
        day = date.fromordinal(int.from_bytes(body[:3], "big"))
        version, rest = body[4 : 4 + body[3]], body[4 + body[3] :]
    except (ValueError, IndexError, NotBase64, OverflowError):
        return None
    codes = _choice_codes(slots)
    profile: dict[str, tuple[str, ...]] = {}
    for code in (rest[n : n + 2] for n in range(0, len(rest), 2)):
        if code in codes:
            slot, choice = codes[code]
            profile[slot] = (*profile.get(slot, ()), choice)
    return SharedResult(profile, day, _unpacked_version(version))


def _choice_codes(slots: Slots) -> dict[bytes, tuple[str, str]]:
    """Return slot and choice by code. A code comes from the ids, which are never renamed, so that
    it survives changes of the knowledge."""
    return {
        blake2b(f"{slot.id}:{choice.id}".encode(), digest_size=2).digest(): (slot.id, choice.id)
        for slot in slots.values()
        for choice in slot.choices
    }


def _packed_version(version: str) -> bytes:
    """Return the version in half as many bytes if it consists of hexadecimal digits."""
    is_hex = re.fullmatch(r"(?:[0-9a-f]{2}){1,32}", version, re.ASCII)
    return b"\0" + bytes.fromhex(version) if is_hex else version.encode()[:200]


def _unpacked_version(packed: bytes) -> str:
    return packed[1:].hex() if packed[:1] == b"\0" else packed.decode("utf-8", "replace")


def _short_signature(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, b"short result\n" + body, sha256)[:_SHORT_SIGNATURE]


def _signature(key: bytes, purpose: str, text: str) -> str:
    return _to_base64(hmac.digest(key, f"{purpose}\n{text}".encode(), sha256)[:16])


def _to_base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _from_base64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
