"""Decide which city a question is about: the city of the knowledge, unless it names another city
and nothing in it points back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.core.domain.knowledge import DISTRICT, Knowledge
from bot.core.text.normalizer import Lexicon, any_of


@dataclass(frozen=True)
class OtherCityDetector:
    """Detects questions about other cities.

    `other_cities`: names of other cities. `local_words`: names of the districts, and words of a
    move to the city. Both are normalized.
    """

    other_cities: Sequence[str]
    local_words: Sequence[str]

    @classmethod
    def of(cls, knowledge: Knowledge, lexicon: Lexicon) -> OtherCityDetector:
        """Build the detector from the place names of a knowledge version."""
        slot = knowledge.slots.get(DISTRICT)
        choices = [c for c in slot.choices if c.id != slot.none_choice] if slot else []
        local = [lexicon.normalize(word) for c in choices for word in (c.label, *c.words)]
        return cls(
            knowledge.elsewhere, (*local, *map(lexicon.normalize, knowledge.locality.arrivals))
        )

    def is_about_other_city(self, clean: str) -> bool:
        """Return whether a normalized text is about another city."""
        return bool(self._other.search(clean)) and not self._local.search(clean)

    @cached_property
    def _other(self) -> re.Pattern[str]:
        return any_of(self.other_cities)

    @cached_property
    def _local(self) -> re.Pattern[str]:
        return any_of(self.local_words)
