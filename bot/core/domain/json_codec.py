"""Compact JSON encoding that accepts any Python string, including lone surrogates."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import orjson

Default = Callable[[Any], Any]


def dump_bytes(value: Any, default: Default | None = None) -> bytes:
    """Return `value` as compact JSON in UTF-8.

    `default` converts a value that JSON cannot represent. Raises TypeError for such a value when
    `default` is None.
    """
    try:
        return orjson.dumps(value, default=default)
    except TypeError:
        # orjson refuses lone surrogates and integers above 64 bits; `json` escapes the former.
        return json.dumps(value, separators=(",", ":"), default=default).encode("ascii")


def dump(value: Any, default: Default | None = None) -> str:
    """Return `value` as one line of compact JSON, without NUL; see `dump_bytes`."""
    return dump_bytes(value, default).decode()


def load(text: str | bytes) -> Any:
    """Return the value of a JSON text. An integer beyond 64 bits becomes a float.

    Raises ValueError, or RecursionError for deep nesting.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)
