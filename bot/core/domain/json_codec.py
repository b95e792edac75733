"""JSON as text that any database takes, readable by an admin wherever that is possible."""

from __future__ import annotations

import json
from typing import Any

import orjson


def dump(value: Any) -> str:
    """The value as one line. Raises TypeError for what JSON has no form for."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        # NUL is escaped in any case; only lone surrogates need all of it in ASCII.
        return json.dumps(value, separators=(",", ":"))


def load(text: str) -> Any:
    """The value that `dump` wrote."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)
