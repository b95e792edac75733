"""The search tables of a knowledge version: built once, kept in a private folder, read back fast.

They are plain JSON: a file that somebody else could plant is data at worst, never code. A table
file that cannot be read, or is of another version, is built anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from array import array
from collections.abc import Mapping
from pathlib import Path
from sys import intern
from typing import Any

import orjson

from bot.content.search import tokenizer
from bot.content.search.tokenizer import lexicon, segmenter
from bot.core.domain.knowledge import Knowledge
from bot.core.retrieval import analyzer, postings
from bot.core.retrieval import index as search_index
from bot.core.retrieval.analyzer import Analyzer, analyser
from bot.core.retrieval.index import Index, build, priors
from bot.core.retrieval.postings import Postings
from bot.core.text import normalizer
from bot.core.text.locality import OtherCityDetector
from bot.core.text.normalizer import Cut, Lexicon

KEPT = 4


def private_folder(wanted: Path) -> Path:
    """This folder, made for us alone; a fresh private one where it cannot be made or written."""
    try:
        wanted.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.access(wanted, os.W_OK) and _ours(wanted):
            wanted.chmod(0o700)
            return wanted
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="liuchuangtong-"))


def _ours(path: Path) -> bool:
    """Whether it is our own; Windows knows no numbers of users."""
    return not hasattr(os, "getuid") or path.stat().st_uid == os.getuid()


def _characters(cache: Path) -> Lexicon:
    """The character tables, which hang on the installed dictionaries only: kept apart, so that a
    change of the knowledge need not make them anew."""
    file = cache / f"characters-{_code_version()}.json"
    stored = _read(file)
    if stored is not None:
        with contextlib.suppress(KeyError, TypeError, ValueError, AttributeError):
            return _lexicon(stored)
    tables = lexicon()
    _write(file, _flat_lexicon(tables))
    return tables


def _flat_lexicon(tables: Lexicon) -> dict[str, Any]:
    return {
        "simplified": tables.simplified,
        "syllables": tables.syllables,
        "rarity": tables.rarity,
    }


def _lexicon(data: dict[str, Any]) -> Lexicon:
    # There are a few hundred syllables, and twenty thousand characters that read as one of them.
    return Lexicon(
        {int(code): simple for code, simple in data["simplified"].items()},
        {char: intern(syllable) for char, syllable in data["syllables"].items()},
        data["rarity"],
    )


def _file(knowledge: Knowledge, cache: Path) -> Path:
    return cache / f"tables-{knowledge.version}-{_code_version()}.json"


def is_cached(knowledge: Knowledge, cache: Path) -> bool:
    """Whether tables of this knowledge lie ready."""
    return _file(knowledge, cache).exists()


def index_for(knowledge: Knowledge, cache: Path, *, prefer_rust: bool = True) -> Index:
    """The index of this knowledge, from the tables in `cache` where they fit, else built and
    kept there. Takes 0.1–3 s: run it off the event loop."""
    cut = segmenter(cache, prefer_rust=prefer_rust)
    file = _file(knowledge, cache)
    stored = _read(file)
    if stored is not None:
        with contextlib.suppress(KeyError, TypeError, ValueError):
            return _revive(stored, knowledge, cut)
    words = analyser(knowledge, cut, _characters(cache))
    taken = _Taken(words, cache)
    try:
        index = build(knowledge, words, taken)
    except (TypeError, ValueError):  # somebody has been at the file of the texts
        index = build(knowledge, words)
    else:
        taken.keep()
    _write(file, _flatten(index))
    return index


class _Taken:
    """The texts of the knowledge taken apart. Most of them stood in the version before too, and
    looking them up is half of the time that a save takes to go live."""

    def __init__(self, words: Analyzer, cache: Path) -> None:
        meant = orjson.dumps([sorted(words.spoken.items()), sorted(words.english_words)])
        digest = hashlib.sha256(meant).hexdigest()[:8]
        self._file = cache / f"texts-{digest}-{_code_version()}.json"
        self._words = words
        self._before = _read(self._file) or {}
        self._now: dict[str, Mapping[str, float]] = {}

    def __call__(self, text: str, *, cap: bool = True) -> Mapping[str, float]:
        """The features of this text, looked up where they can be."""
        key = text if cap else f"\n{text}"
        known = self._before.get(key)
        if not isinstance(known, dict):
            known = self._words.features(text, cap=cap)
        self._now[key] = known
        return known

    def keep(self) -> None:
        """Keep them for the next version."""
        _write(self._file, self._now)


def _code_version() -> str:
    """A fingerprint of the code that makes the tables: other code, other tables."""
    digest = hashlib.sha256()
    for module in (normalizer, analyzer, postings, search_index, tokenizer):
        digest.update(Path(str(module.__file__)).read_bytes())
    return digest.hexdigest()[:8]


def _flatten(index: Index) -> dict[str, Any]:
    return {
        **_flat_lexicon(index.analyser.lexicon),
        "terms": sorted(index.analyser.terms),
        "documents": index.documents,
        "signposts_from": index.signposts_from,
        "vocabulary": list(index.vocabulary),
        "table": index.table.dump(),
        "idf": index.rarity.tolist(),
        "owned": index.owned,
    }


def _revive(data: dict[str, Any], knowledge: Knowledge, cut: Cut) -> Index:
    lexicon = _lexicon(data)
    words = Analyzer(
        cut=cut,
        lexicon=lexicon,
        synonyms=knowledge.synonyms,
        english=knowledge.english,
        terms=frozenset(data["terms"]),
        places=OtherCityDetector.of(knowledge, lexicon),
        spoken=knowledge.spoken,
    )
    vocabulary = {feature: place for place, feature in enumerate(data["vocabulary"])}
    return Index(
        analyser=words,
        documents=tuple(data["documents"]),
        signposts_from=data["signposts_from"],
        vocabulary=vocabulary,
        table=Postings.load(data["table"], len(vocabulary)),
        rarity=array("f", data["idf"]),
        owned=tuple(data["owned"]),
        prior=priors(knowledge),
    )


def _read(file: Path) -> dict[str, Any] | None:
    try:
        if not _ours(file):
            return None
        found = orjson.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _write(file: Path, data: Mapping[str, Any]) -> None:
    """Whole or not at all; a full disk costs speed, never the answer."""
    part = file.with_suffix(f".{os.getpid()}.part")
    try:
        part.write_bytes(orjson.dumps(data, option=orjson.OPT_NON_STR_KEYS))
        part.replace(file)
        for kind in ("tables", "texts"):
            old = sorted(file.parent.glob(f"{kind}-*.json"), key=lambda p: p.stat().st_mtime)
            for stale in old[:-KEPT]:
                stale.unlink(missing_ok=True)
    except OSError:
        part.unlink(missing_ok=True)
