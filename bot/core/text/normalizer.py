"""Sanitize and normalize text, and convert characters to syllables.

The tables (traditional → simplified, character → syllable, rarity of a character) are passed in as
a `Lexicon`; `bot.content.search.tokenizer` builds it. This module imports no dictionary.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

# Characters of a message that are read at all: the greatest value of the setting
# `limits.text_chars`, by which the channels cut.
MAX_TEXT_CHARS = 5_000
# Characters that a parser or the search reads at once; `bot.core.text.windows` splits longer
# texts. Chosen by hand: the cost of the parsers grows faster than the text.
WINDOW_CHARS = 300
# Characters read per character kept: zero-width characters are removed before the cut.
READ_FACTOR = 4
# Longest pinyin syllable, in letters: “zhuang”.
SYLLABLE_MAX = 6
# Entries in the LRU cache of folded syllables; Mandarin has about 400 syllables without tones.
SYLLABLE_CACHE_SIZE = 2048
# Entries in the LRU cache of normalized texts; one turn normalizes the same text several times.
CLEAN_CACHE_SIZE = 1024
# Entries in each LRU cache of texts without punctuation.
BARE_CACHE_SIZE = 1024

# A segmenter: text → its words in order, long words also in their parts.
Cut = Callable[[str], Sequence[str]]

_DROP = re.compile(
    r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufe00-\ufe0f\xad]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BLANK = re.compile(r"\s+")
_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+|[a-z]+(?:'[a-z]+)*|[0-9]+(?:\.[0-9]+)?")
_SPLIT = re.compile(r"[,，。.!！?？;；:：\n…~～]+|(?<=[\u4e00-\u9fff])\s+|\s+(?=[\u4e00-\u9fff])")
_NOTHING = r"(?!)"
_MARKS = re.compile(r"[\W_]+")
# Polite words at the ends of a message.
_TRIMMINGS = re.compile(r"^(?:请|麻烦|那就|那)(?=.{2})|(?:吧|啊|呀|哦|了吧|一下)$")
_SYLLABLE_END = re.compile(r"ng$")


def sanitize(text: str) -> str:
    """Return a text that is safe to show and store: zero-width and direction marks removed,
    control and surrogate characters replaced by a blank, at most MAX_TEXT_CHARS characters."""
    text = _CONTROL.sub(" ", _DROP.sub("", text[: MAX_TEXT_CHARS * READ_FACTOR]))
    return text.strip()[:MAX_TEXT_CHARS]


def is_han(char: str) -> bool:
    """Return whether a character is Chinese (CJK unified ideographs and extension A)."""
    return "\u4e00" <= char <= "\u9fff" or "\u3400" <= char <= "\u4dbf"


@lru_cache(maxsize=SYLLABLE_CACHE_SIZE)
def fold_syllable(syllable: str) -> str:
    """Merge the syllables that southern speakers confuse: zh→z, ch→c, sh→s, l→n, -ng→-n."""
    return _SYLLABLE_END.sub("n", _fold_initial(syllable))


def _fold_initial(syllable: str) -> str:
    for retroflex, flat in (("zh", "z"), ("ch", "c"), ("sh", "s"), ("l", "n")):
        if syllable.startswith(retroflex):
            return flat + syllable[len(retroflex) :]
    return syllable


def runs(text: str) -> list[str]:
    """Split a normalized text into runs of Chinese characters, Latin letters and digits; drop
    everything else."""
    return _RUN.findall(text)


@lru_cache(maxsize=BARE_CACHE_SIZE)
def spaced(clean: str) -> str:
    """Return a normalized text with blanks for punctuation, without polite words at its ends."""
    return _TRIMMINGS.sub("", _MARKS.sub(" ", clean).strip())


def unmarked(clean: str) -> str:
    """Return a normalized text without punctuation and blanks."""
    return _MARKS.sub("", clean)


@lru_cache(maxsize=BARE_CACHE_SIZE)
def bare(clean: str) -> str:
    """Return a normalized text without punctuation, blanks and polite words at its ends."""
    return _TRIMMINGS.sub("", unmarked(clean))


def segments(text: str) -> list[str]:
    """Split a text at punctuation, and at blanks beside Chinese; drop empty parts."""
    return [part.strip() for part in _SPLIT.split(text) if part.strip()]


def segment_spans(text: str) -> list[tuple[int, int]]:
    """Return the spans of the segments of a text: see `segments`."""
    spans, start = [], 0
    for found in _SPLIT.finditer(text):
        spans.append((start, found.start()))
        start = found.end()
    return [(a, b) for a, b in [*spans, (start, len(text))] if text[a:b].strip()]


@dataclass(frozen=True)
class Lexicon:
    """Character tables.

    `simplified`: code point of a traditional character → simplified character. `syllables`:
    character → its usual reading without tone. `rarity`: character → log inverse frequency in
    general Chinese, scaled to 0.15..1.
    """

    simplified: Mapping[int, str]
    syllables: Mapping[str, str]
    rarity: Mapping[str, float]

    @cached_property
    def folded(self) -> dict[str, str]:
        """Map each character to its folded syllable."""
        return {char: fold_syllable(s) for char, s in self.syllables.items()}

    @cached_property
    def spellings(self) -> frozenset[str]:
        """Every pinyin syllable without tone, exact and folded."""
        real = {s for s in self.syllables.values() if s.isascii()}
        flat = real | {_fold_initial(s) for s in real}
        return frozenset(flat | {_SYLLABLE_END.sub("n", s) for s in flat})

    def normalize(self, text: str) -> str:
        """Return the text in lower case, half width, simplified characters and single blanks, at
        most WINDOW_CHARS characters (cached)."""
        return self._normalized(text)

    @cached_property
    def _normalized(self) -> Callable[[str], str]:
        return lru_cache(maxsize=CLEAN_CACHE_SIZE)(self._normalize)

    def _normalize(self, text: str) -> str:
        text = unicodedata.normalize("NFKC", sanitize(text)).translate(self.simplified).lower()
        return _BLANK.sub(" ", _CONTROL.sub(" ", text)).strip()[:WINDOW_CHARS]

    def split_pinyin(self, latin: str) -> tuple[str, ...]:
        """Split a Latin run into the fewest pinyin syllables; () if it is not pinyin."""
        best: list[tuple[str, ...] | None] = [()] + [None] * len(latin)
        for end in range(1, len(latin) + 1):
            for start in range(max(0, end - SYLLABLE_MAX), end):
                before = best[start]
                if before is None or latin[start:end] not in self.spellings:
                    continue
                found = best[end]
                if found is None or len(before) + 1 < len(found):
                    best[end] = (*before, latin[start:end])
        return best[len(latin)] or ()

    def weight(self, char: str) -> float:
        """Return the rarity (0.15..1) of a character; 1 for one that is not in the table."""
        return self.rarity.get(char, 1.0)


def any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Compile a pattern that matches the longest of these words; nothing if there is none."""
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, longest_first)) or _NOTHING)
