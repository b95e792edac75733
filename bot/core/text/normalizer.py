"""Words as people type them, made comparable: one script, one width, and how they sound.

The tables (traditional → simplified, character → syllable, how rare a character is) are data that
the catalog bakes; nothing here imports a dictionary.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

TEXT_LIMIT = 500
SEARCH_LIMIT = 300

Cut = Callable[[str], Sequence[str]]

_DROP = re.compile(
    r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufe00-\ufe0f\xad]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BLANK = re.compile(r"\s+")
_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+|[a-z]+(?:'[a-z]+)*|[0-9]+(?:\.[0-9]+)?")
_SPLIT = re.compile(r"[,，。.!！?？;；:：\n…~～]+|(?<=[\u4e00-\u9fff])\s+|\s+(?=[\u4e00-\u9fff])")
_NOTHING = r"(?!)"
_SYLLABLE_END = re.compile(r"ng$")


def tidy(text: str) -> str:
    """Text as it may be shown, stored or searched: no control, zero-width or surrogate
    characters, at most TEXT_LIMIT characters."""
    text = _CONTROL.sub(" ", _DROP.sub("", text[: TEXT_LIMIT * 4]))
    return text.strip()[:TEXT_LIMIT]


def is_han(char: str) -> bool:
    """Whether this is a Chinese character."""
    return "\u4e00" <= char <= "\u9fff" or "\u3400" <= char <= "\u4dbf"


@lru_cache(maxsize=2048)
def fold_syllable(syllable: str) -> str:
    """The syllable as a southern ear hears it: zh=z, ch=c, sh=s, l=n, -ng=-n."""
    return _SYLLABLE_END.sub("n", _fold_initial(syllable))


def _fold_initial(syllable: str) -> str:
    for retroflex, flat in (("zh", "z"), ("ch", "c"), ("sh", "s"), ("l", "n")):
        if syllable.startswith(retroflex):
            return flat + syllable[len(retroflex) :]
    return syllable


def runs(text: str) -> list[str]:
    """The stretches of Chinese, Latin and digits in a normalised text, in order."""
    return _RUN.findall(text)


def segments(text: str) -> list[str]:
    """The text cut at punctuation, without empty parts."""
    return [part.strip() for part in _SPLIT.split(text) if part.strip()]


@dataclass(frozen=True)
class Lexicon:
    """Baked tables. `simplified` maps traditional characters; `syllables` gives a character's
    usual reading without tone; `rarity` is the background inverse frequency of a character."""

    simplified: Mapping[int, str]
    syllables: Mapping[str, str]
    rarity: Mapping[str, float]

    @cached_property
    def folded(self) -> dict[str, str]:
        """Each character's folded syllable."""
        return {char: fold_syllable(s) for char, s in self.syllables.items()}

    @cached_property
    def spellings(self) -> frozenset[str]:
        """Every syllable that somebody may type, precise or folded."""
        real = {s for s in self.syllables.values() if s.isascii()}
        flat = real | {_fold_initial(s) for s in real}
        return frozenset(flat | {_SYLLABLE_END.sub("n", s) for s in flat})

    def normalise(self, text: str) -> str:
        """Lower case, half width, simplified characters, single blanks; at most SEARCH_LIMIT."""
        text = unicodedata.normalize("NFKC", tidy(text)).translate(self.simplified).lower()
        return _BLANK.sub(" ", _CONTROL.sub(" ", text)).strip()[:SEARCH_LIMIT]

    def split_pinyin(self, latin: str) -> tuple[str, ...]:
        """The syllables of a Latin run typed as pinyin, fewest first; () if it is none."""
        best: list[tuple[str, ...] | None] = [()] + [None] * len(latin)
        for end in range(1, len(latin) + 1):
            for start in range(max(0, end - 6), end):
                before = best[start]
                if before is None or latin[start:end] not in self.spellings:
                    continue
                found = best[end]
                if found is None or len(before) + 1 < len(found):
                    best[end] = (*before, latin[start:end])
        return best[len(latin)] or ()

    def weight(self, char: str) -> float:
        """How much a character tells: rare ones tell more. Unknown ones tell most."""
        return self.rarity.get(char, 1.0)


def any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Matches any of these words, the longest first; nothing where there is none."""
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, longest_first)) or _NOTHING)
