"""JSON as it leaves the house: compact, readable where it is Chinese, never a failure."""

from __future__ import annotations

import json
from typing import Any

import orjson


def encode(value: Any) -> bytes:
    """Compact UTF-8 JSON. What JSON has no form for is written as its text; a lone surrogate,
    which UTF-8 has no form for, as its escape."""
    try:
        return orjson.dumps(value, default=str)
    except TypeError:
        return json.dumps(value, separators=(",", ":"), default=str).encode("ascii")
