"""Which city a question is about: ours, unless it names another and nothing brings it home."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.core.domain.knowledge import DISTRICT, Knowledge
from bot.core.text.normalizer import Lexicon, any_of

# Said of somebody, or something, that comes to our city: “从南宁回来”, “把那边的模式搬过来”.
COMING = ("柳", "回来", "打工", "回老家", "返乡", "回乡", "搬过来")


@dataclass(frozen=True)
class OtherCityDetector:
    """The names of other cities, and what people call our own districts; both normalised."""

    others: Sequence[str]
    ours: Sequence[str]

    @classmethod
    def of(cls, knowledge: Knowledge, lexicon: Lexicon) -> OtherCityDetector:
        """The places that a knowledge names."""
        slot = knowledge.slots.get(DISTRICT)
        choices = [c for c in slot.choices if c.id != slot.none_choice] if slot else []
        ours = [lexicon.normalise(word) for c in choices for word in (c.label, *c.words)]
        return cls(knowledge.elsewhere, ours)

    def elsewhere(self, clean: str) -> bool:
        """Whether a normalised text is about another city."""
        return bool(self._away.search(clean)) and not self._home.search(clean)

    @cached_property
    def _away(self) -> re.Pattern[str]:
        return any_of(self.others)

    @cached_property
    def _home(self) -> re.Pattern[str]:
        return any_of((*self.ours, *COMING))
