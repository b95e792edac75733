"""jieba, and the character tables: everything that knows Chinese as data.

rjieba, when installed, cuts exactly as jieba does with its hidden Markov model off, only faster.
jieba keeps its dictionary cache in a folder of ours: its own default is a shared, predictable
file that it would load without a check.
"""

from __future__ import annotations

import math
import unicodedata
import warnings
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path

from bot.core.text.normalizer import Cut, Lexicon

_HAN = range(0x4E00, 0xA000)
_TONES = {0x300: None, 0x301: None, 0x304: None, 0x30C: None}


def segmenter(cache: Path, *, prefer_rust: bool = True) -> Cut:
    """A function that cuts a text into words for search, and long words into their parts too."""
    if prefer_rust:
        try:
            import rjieba
        except ImportError:
            pass
        else:
            # Its shared dictionary: one of our own would take twenty megabytes more.
            return lambda text: rjieba.cut_for_search(text, False)
    tokenizer = _jieba(cache)
    return lambda text: tokenizer.lcut_for_search(text, HMM=False)


def _jieba(cache: Path):  # type: ignore[no-untyped-def]  # jieba ships no types
    with warnings.catch_warnings():
        # jieba 0.42.1 has invalid escapes and imports pkg_resources; it has no newer release
        warnings.simplefilter("ignore")
        import jieba

    jieba.setLogLevel(60)
    tokenizer = jieba.Tokenizer()
    tokenizer.tmp_dir = str(cache)
    tokenizer.initialize()
    return tokenizer


def lexicon() -> Lexicon:
    """The character tables, from OpenCC, pypinyin and jieba's own word counts. Takes ~0.5 s:
    the result is kept with the search index."""
    return Lexicon(_simplified(), _syllables(), _rarity())


def _simplified() -> dict[int, str]:
    """Traditional → simplified, one character for one (OpenCC's own table)."""
    import opencc

    table: dict[int, str] = {}
    characters = Path(opencc.__file__).with_name("dictionary") / "TSCharacters.txt"
    for line in characters.read_text(encoding="utf-8").splitlines():
        traditional, _, simple = line.partition("\t")
        first = simple.split(" ")[0]
        if len(traditional) == 1 and len(first) == 1 and traditional != first:
            table[ord(traditional)] = first
    return table


def _syllables() -> dict[str, str]:
    """Each character's usual reading without its tone, ü written v as people type it."""
    from pypinyin.pinyin_dict import pinyin_dict

    table: dict[str, str] = {}
    for code, readings in pinyin_dict.items():
        if code in _HAN:
            usual = readings.split(",")[0].replace("ü", "v")
            plain = unicodedata.normalize("NFD", usual).translate(_TONES)
            plain = unicodedata.normalize("NFC", plain).replace("ü", "v")
            if plain.isascii():
                table[chr(code)] = plain
    return table


def _rarity() -> dict[str, float]:
    """Background weight of each character: 0.15 for the commonest, near 1 for the rare."""
    counts: dict[str, int] = defaultdict(int)
    found = find_spec("jieba")
    dictionary = Path(str(found and found.origin)).with_name("dict.txt")
    with dictionary.open(encoding="utf-8") as lines:
        for line in lines:
            word, count, *_ = line.split(" ")
            times = int(count)
            for char in word:
                counts[char] += times
    total = sum(counts.values())
    top = math.log(total)
    return {
        char: round(max(0.15, math.log(total / max(count, 1)) / top), 3)
        for char, count in counts.items()
    }
