"""Build the word segmenter and the character tables from the installed dictionaries.

rjieba, if installed, returns the same words as jieba without its hidden Markov model, and is
faster. jieba's dictionary cache is redirected to a private folder: its default is a predictable
file in the shared temporary folder, which it unmarshals without a check.
"""

from __future__ import annotations

import math
import unicodedata
import warnings
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path

from bot.core.text.normalizer import Cut, Lexicon

# Code points of the CJK unified ideographs that get a syllable.
_HAN = range(0x4E00, 0xA000)
# Combining tone marks of pinyin in NFD, mapped to nothing.
_TONES = {0x300: None, 0x301: None, 0x304: None, 0x30C: None}

# Level that silences jieba's log messages; higher than CRITICAL.
_SILENT = 60
# Smallest rarity, that of the most common characters. Chosen by hand.
_RARITY_MIN = 0.15


def build_segmenter(cache: Path, *, prefer_rust: bool = True) -> Cut:
    """Return a function that splits a text into words, long words also into their parts.

    `cache`: the folder for jieba's dictionary cache. `prefer_rust`: use rjieba if installed.
    """
    if prefer_rust:
        try:
            import rjieba
        except ImportError:
            pass
        else:
            # The module function uses rjieba's shared dictionary; an instance needs 20 MB more.
            return lambda text: rjieba.cut_for_search(text, False)
    tokenizer = _jieba(cache)
    return lambda text: tokenizer.lcut_for_search(text, HMM=False)


def _jieba(cache: Path):  # type: ignore[no-untyped-def]  # jieba ships no types
    with warnings.catch_warnings():
        # jieba 0.42.1, the last release, has invalid escapes and imports pkg_resources.
        warnings.simplefilter("ignore")
        import jieba

    jieba.setLogLevel(_SILENT)
    tokenizer = jieba.Tokenizer()
    tokenizer.tmp_dir = str(cache)
    tokenizer.initialize()
    return tokenizer


def build_lexicon() -> Lexicon:
    """Build the character tables from OpenCC, pypinyin and jieba's word counts. Takes about 0.5 s;
    the index cache stores the result."""
    return Lexicon(_simplified(), _syllables(), _rarity())


def _simplified() -> dict[int, str]:
    """Map traditional code points to simplified characters, one to one (OpenCC's table)."""
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
    """Map each character to its first reading without tone; ü becomes v, as on a keyboard."""
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
    """Map each character to log(total / count) / log(total) over jieba's word counts, at least
    _RARITY_MIN, three decimals."""
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
        char: round(max(_RARITY_MIN, math.log(total / max(count, 1)) / top), 3)
        for char, count in counts.items()
    }
