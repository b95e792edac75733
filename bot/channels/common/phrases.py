"""The phrases that channels show to users."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from bot.core.domain.phrases import PhraseId


class Phrases(Protocol):
    """Supplies phrases; see `bot.core.domain.knowledge.Knowledge`."""

    def say(self, phrase: str, **values: str) -> str:
        """Return a phrase, given by a literal id, with its placeholders filled."""

    def say_id(self, phrase: PhraseId, **values: str) -> str:
        """Return a phrase, given by a marked id, with its placeholders filled."""


# Returns the phrases of the knowledge that is live.
LivePhrases = Callable[[], Phrases]
