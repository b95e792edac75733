"""Find the bureaus that a message names, and what it asks about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.core.domain.knowledge import Knowledge

# Longest rest, in characters, of a message that names bureaus and says nothing else.
MAX_REST = 1


@dataclass(frozen=True)
class BureauQuestions:
    """Reads questions about the bureaus of one knowledge version. `bare`: normalizes a text and
    removes its punctuation, blanks and polite words."""

    knowledge: Knowledge
    bare: Callable[[str], str]

    def named(self, text: str) -> tuple[str, ...]:
        """Return the names of the bureaus that a message names, in the order of the message."""
        return self.split(text)[0]

    def split(self, text: str) -> tuple[tuple[str, ...], str]:
        """Return the bureaus that a message names, and the rest of the message."""
        clean = self.bare(text)
        found: dict[str, int] = {}
        for word, bureau in self._names:
            if word in clean:
                found.setdefault(bureau, clean.find(word))
                clean = clean.replace(word, " " * len(word))
        names = tuple(sorted(found, key=lambda bureau: found[bureau]))
        return names, clean.replace(" ", "")

    def renamed(self, text: str) -> tuple[tuple[str, ...], str]:
        """Return the bureaus whose present-day name a message asks for, and the rest of it:
        “国税局地税局现在叫什么”. () if it does not ask for the name."""
        return self._asked_for(text, self._present_names)

    def located(self, text: str) -> tuple[str, ...]:
        """Return the bureaus whose office a message asks for, if it asks nothing else:
        “人社局在哪”."""
        named, rest = self._asked_for(text, self._offices)
        return named if self.says_nothing(rest) else ()

    def alone(self, text: str) -> tuple[str, ...]:
        """Return the bureaus that a message names, if it says nothing else: “工信委呢”."""
        named, rest = self.split(text)
        return named if self.says_nothing(rest) else ()

    def says_nothing(self, rest: str) -> bool:
        """Return whether the rest of a message has only words that may stand beside the name of a
        bureau."""
        for word in self._beside:
            rest = rest.replace(word, "")
        return len(rest) <= MAX_REST

    def _asked_for(self, text: str, asking: Sequence[str]) -> tuple[tuple[str, ...], str]:
        clean = self.bare(text)
        asks = next((words for words in asking if words in clean), "")
        named, rest = self.split(clean.replace(asks, "", 1)) if asks else ((), "")
        return named, rest

    @cached_property
    def _present_names(self) -> list[str]:
        return self._longest_first(self.knowledge.present_names)

    @cached_property
    def _offices(self) -> list[str]:
        return self._longest_first(self.knowledge.offices)

    @cached_property
    def _beside(self) -> list[str]:
        place = self.knowledge.locality
        local = filter(None, (place.city_full, place.city, place.bureau_prefix))
        return self._longest_first((*self.knowledge.beside_bureaus, *local))

    def _longest_first(self, words: Iterable[str]) -> list[str]:
        return sorted((self.bare(word) or word for word in words), key=lambda word: -len(word))

    @cached_property
    def _names(self) -> list[tuple[str, str]]:
        """The names and aliases of the bureaus, the longest first."""
        pairs = [
            (self.bare(name), bureau.name)
            for bureau in self.knowledge.bureaus.values()
            for name in (bureau.name, *bureau.aliases, *filter(None, [bureau.now]))
        ]
        return sorted(pairs, key=lambda pair: -len(pair[0]))
