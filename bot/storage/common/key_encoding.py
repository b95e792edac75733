"""Encode keys, texts and times so that both databases accept any user input.

PostgreSQL rejects NUL in text and long keys in an index; both databases reject lone surrogates.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta

KEY_BYTES = 512


def plain(text: str) -> str:
    """Return the text, JSON-escaped (\\u0000) if a database would reject it. Not reversible."""
    return text if _encodable(text) and "\0" not in text else _escaped(text)


def key(text: str) -> str:
    """Return a key for this text; different texts have different keys.

    A key with a backslash is JSON-escaped. A key longer than KEY_BYTES is replaced by its digest.
    """
    clean = "\\" not in text and "\0" not in text
    if clean and text.isascii() and len(text) <= KEY_BYTES:
        return text
    encoded = text if clean and _encodable(text) else _escaped(text)
    if len(encoded.encode()) <= KEY_BYTES:
        return encoded
    head = encoded.partition(":")[0][:32]
    return f"{head}:\\sha256:{hashlib.sha256(encoded.encode()).hexdigest()}"


def unkey(encoded: str) -> str:
    """Return the text of a key; a digest is returned as it is."""
    if "\\" not in encoded or ":\\sha256:" in encoded:
        return encoded
    return str(json.loads(f'"{encoded}"'))


def channel(conv: str) -> str:
    """Return the channel of `channel:user` as a key."""
    return key(conv.partition(":")[0])


def millis(moment: datetime) -> int:
    """Return milliseconds since 1970 (UTC). A naive time counts as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1000)


def moment(millis_since_1970: int) -> datetime:
    """Return the time, in UTC, of what `millis` returned."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=millis_since_1970)


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
