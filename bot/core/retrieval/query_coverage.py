"""How much of a question which entries have heard: what the confidence in a match rests on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from bot.core.retrieval.analyzer import Analysis


class QueryCoverage(NamedTuple):
    """A question held against what the entries have heard; sets of entries are given as bits.

    `whole`: the weight of all character pairs; `pairs`: the weight and holders of each; `named`:
    the length of each term and its holders; `long_words`: each word of two characters and more,
    with its weight and holders, the longest first.
    """

    asked: Analysis
    whole: float
    pairs: Sequence[tuple[float, int]]
    named: Sequence[tuple[int, int]]
    long_words: Sequence[tuple[str, float, int]]

    @classmethod
    def of(
        cls,
        asked: Analysis,
        places: Mapping[str, int],
        holders: Sequence[int],
        weigh: Callable[[str], float],
    ) -> QueryCoverage:
        """Look up who has heard what: `places` are those of the features that anybody has,
        `holders` the entries that have the feature at a place; `weigh`: how much a character
        tells."""
        held = {feature: holders[place] for feature, place in places.items()}
        words = [f for f in asked.features if f[0] == "w" and len(f) > 3]
        words.sort(key=lambda f: (-len(f), f))
        return cls(
            asked,
            sum(asked.pairs.values()),
            [(weight, held.get(pair, 0)) for pair, weight in asked.pairs.items()],
            [(len(term), held.get(f"t:{term}", 0)) for term in asked.terms],
            [(f[2:], sum(map(weigh, f[2:])) / (len(f) - 2), held.get(f, 0)) for f in words],
        )

    def share(self, entries: int) -> float:
        """How much of the question any of these entries has heard."""
        heard = sum([weight for weight, holders in self.pairs if holders & entries])
        return heard / self.whole if self.whole else 0.0

    def span(self, entries: int) -> int:
        """The length of the longest term that one of these entries goes by."""
        return max([length for length, holders in self.named if holders & entries], default=0)

    def words(self, entries: int) -> tuple[str, ...]:
        """The words that these entries have heard, the longest first."""
        return tuple([word for word, _, holders in self.long_words if holders & entries])

    def strange(self, entries: int) -> float:
        """How many words none of these entries has ever heard, each by how much it tells."""
        return sum([weight for _, weight, holders in self.long_words if not holders & entries])
