"""Ids that come back from outside: of things tapped, and of supports in links and codes."""

from __future__ import annotations

import re

_CHOICE = re.compile(r"[asfc]:[A-Za-z0-9_:+.\-]{1,62}")
_SUPPORT = re.compile(r"(?=.{3,40}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)+")


def is_choice(text: str) -> bool:
    """Whether this looks like the id of something to tap (`a:stage:idea`)."""
    return _CHOICE.fullmatch(text) is not None


def is_support(text: str) -> bool:
    """Whether this looks like the id of a support (kebab-case, at most 40 bytes)."""
    return _SUPPORT.fullmatch(text) is not None
