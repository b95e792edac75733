"""Split a comparison into what it compares: “贷款和创业园哪个好”.

The words that join and that ask come from the knowledge (`Knowledge.questions`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from bot.core.domain.knowledge import Knowledge
from bot.core.nlu.patterns import any_word
from bot.core.text.normalizer import segments


@dataclass(frozen=True)
class ComparisonParser:
    """Parses comparisons with the words of one knowledge version."""

    knowledge: Knowledge

    def parts(self, clean: str) -> tuple[str, ...]:
        """Return the parts of a normalized text that are joined, without the words that ask; ()
        if it does not ask to compare or joins nothing."""
        if not self._asks.search(clean):
            return ()
        joined = [
            part for part in segments(clean) if self._joins.search(self._asks.sub(" ", part))
        ]
        parts = [part for segment in joined for part in self._between.split(segment)]
        kept = tuple(part for part in parts if len(part) > 1)
        return kept if len(kept) > 1 else ()

    @cached_property
    def _asks(self) -> re.Pattern[str]:
        return any_word(self.knowledge.questions.get("compare_asks", ()))

    @cached_property
    def _joins(self) -> re.Pattern[str]:
        return any_word(self.knowledge.questions.get("compare_joins", ()))

    @cached_property
    def _between(self) -> re.Pattern[str]:
        return re.compile(f"{self._asks.pattern}|{self._joins.pattern}")
