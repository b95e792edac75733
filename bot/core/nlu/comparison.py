"""Split a comparison into what it compares: “贷款和创业园哪个好”.

The words that join and that ask come from the knowledge (`Knowledge.questions`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from bot.core.domain.knowledge import Knowledge
from bot.core.text.normalizer import any_of, segments


@dataclass(frozen=True)
class ComparisonParser:
    """Parses comparisons with the words of one knowledge version."""

    knowledge: Knowledge

    def parts(self, clean: str) -> tuple[str, ...]:
        """Return the parts that the first clause of a normalized text joins which asks to compare,
        or whose next clause does; () if there is none. The first part is "" if the clause begins
        with what joins: “跟园区比哪个好”."""
        joined_up = self._pause.sub("", clean)
        for segment, following in pairwise((*segments(joined_up), "")):
            chunks = self._asks.split(segment)
            if len(chunks) < 2 and not self._asks.search(following):
                continue
            joined = [chunk for chunk in chunks if self._joins.search(chunk)]
            parts = [part for chunk in joined for part in self._joins.split(chunk)]
            first = parts[:1] if parts[:1] == [""] else []
            kept = (*first, *(part for part in parts if len(part) > 1))
            if len(kept) > 1:
                return kept
        return ()

    @cached_property
    def _asks(self) -> re.Pattern[str]:
        return any_of(self.knowledge.questions.get("compare_asks", ()))

    @cached_property
    def _pause(self) -> re.Pattern[str]:
        """A comma before a word that joins."""
        return re.compile(rf"[,，\s]+(?={self._joins.pattern})")

    @cached_property
    def _joins(self) -> re.Pattern[str]:
        return any_of(self.knowledge.questions.get("compare_joins", ()))
