"""What was said in a conversation, as short keys, so that nothing is said twice."""

from __future__ import annotations

import hashlib

# Keys that a session keeps; the oldest go first. A key has KEY_LENGTH hex digits.
MAX_TOLD = 80
KEY_LENGTH = 10


def told_key(text: str) -> str:
    """Return the key of a text that was said. Blanks and line ends do not count."""
    return hashlib.sha256("".join(text.split()).encode()).hexdigest()[:KEY_LENGTH]


def age_key(policy: str) -> str:
    """Return the key for: the age of this policy was told."""
    return told_key(f"age of {policy}")


def written_key(support: str) -> str:
    """Return the key for: what the policy states on this support was told beside a question that
    got no direct answer."""
    return told_key(f"written on {support}")
