"""The phrases that channels show to users."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Phrases(Protocol):
    """Supplies phrases; see `bot.core.domain.knowledge.Knowledge`."""

    def say(self, phrase_id: str, **values: str) -> str:
        """Return a phrase with its placeholders filled."""


# Returns the phrases of the knowledge that is live.
LivePhrases = Callable[[], Phrases]
