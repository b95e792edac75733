"""How keys, texts and times are written, so that both databases take whatever people type.

PostgreSQL refuses NUL in text, both refuse lone surrogates; and its index refuses long keys.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

KEY_BYTES = 512


def plain(text: str) -> str:
    """A text as an admin may read it: what no database takes stands as \\u0000."""
    return text if _encodable(text) and "\0" not in text else _escaped(text)


def key(text: str) -> str:
    """A key for any database; different texts have different keys.

    What has a backslash in it was escaped; longer than 512 bytes, it stands as its digest.
    """
    clean = "\\" not in text and "\0" not in text
    if clean and text.isascii() and len(text) <= KEY_BYTES:
        return text
    kept = text if clean and _encodable(text) else _escaped(text)
    if len(kept.encode()) <= KEY_BYTES:
        return kept
    head = kept.partition(":")[0][:32]
    return f"{head}:\\sha256:{hashlib.sha256(kept.encode()).hexdigest()}"


def unkey(kept: str) -> str:
    """The text behind a key; a digest stays one."""
    if "\\" not in kept or ":\\sha256:" in kept:
        return kept
    return str(json.loads(f'"{kept}"'))


def channel(conv: str) -> str:
    """The channel of `channel:user`."""
    return key(conv.partition(":")[0])


def millis(moment: datetime) -> int:
    """Milliseconds since 1970 in UTC. A moment without a zone is taken as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1000)


def _encodable(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _escaped(text: str) -> str:
    return json.dumps(text)[1:-1]
