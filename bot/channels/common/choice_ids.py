"""Formats of ids that clients send: choice ids, and support ids in links and QR codes."""

from __future__ import annotations

import re

# Telegram limits callback data to 64 bytes; choice ids of the core have at most 48.
_CHOICE_ID = re.compile(r"[asfc]:[A-Za-z0-9_:+.\-]{1,62}")
_SUPPORT_ID = re.compile(r"(?=.{3,40}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)+")


def is_choice_id(text: str) -> bool:
    """Return whether `text` has the form of a choice id (`a:stage:idea`)."""
    return _CHOICE_ID.fullmatch(text) is not None


def is_support_id(text: str) -> bool:
    """Return whether `text` has the form of a support id (kebab-case, 3 to 40 characters)."""
    return _SUPPORT_ID.fullmatch(text) is not None
