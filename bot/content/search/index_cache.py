"""Build the search index of a knowledge version, and cache it on disk.

A file that is unreadable, inconsistent or written by other code is ignored and rebuilt.
"""

from __future__ import annotations

import contextlib
from array import array
from pathlib import Path
from sys import intern
from typing import Any

from bot.content.search.cache_files import read_json, write_json
from bot.content.search.feature_cache import FeatureCache, code_version
from bot.content.search.tokenizer import build_lexicon, build_segmenter
from bot.core.domain.knowledge import Knowledge
from bot.core.retrieval.analyzer import Analyzer, build_analyzer
from bot.core.retrieval.index import Index, audiences, build_index
from bot.core.retrieval.linear_classifier import LinearClassifier
from bot.core.retrieval.postings import Postings
from bot.core.text.locality import OtherCityDetector
from bot.core.text.normalizer import Cut, Lexicon


def index_for(knowledge: Knowledge, cache: Path, *, prefer_rust: bool = True) -> Index:
    """Return the index of a knowledge version, read from `cache` or built and written there.

    Takes 0.1–3 s: run it off the event loop. `prefer_rust`: see `build_segmenter`.
    """
    cut = build_segmenter(cache, prefer_rust=prefer_rust)
    file = _index_file(knowledge, cache)
    stored = read_json(file)
    if stored is not None:
        with contextlib.suppress(KeyError, TypeError, ValueError):
            return _load_index(stored, knowledge, cut)
    analyzer = build_analyzer(knowledge, cut, _cached_lexicon(cache))
    settings = [
        sorted(analyzer.dialect.items()),
        sorted(analyzer.english_words),
        sorted(analyzer.city_words),
    ]
    features = FeatureCache(cache, "texts", settings, analyzer.features)
    try:
        index = build_index(knowledge, analyzer, features)
    except (TypeError, ValueError):  # the file of cached features is damaged
        index = build_index(knowledge, analyzer)
    else:
        features.save()
    write_json(file, _dump_index(index))
    return index


def is_cached(knowledge: Knowledge, cache: Path) -> bool:
    """Return whether the cache has a file for this knowledge version and this code."""
    return _index_file(knowledge, cache).exists()


def _index_file(knowledge: Knowledge, cache: Path) -> Path:
    return cache / f"tables-{knowledge.version}-{code_version()}.json"


def _cached_lexicon(cache: Path) -> Lexicon:
    """Return the character tables. They depend only on the installed dictionaries, so a change of
    the knowledge does not rebuild their file."""
    file = cache / f"characters-{code_version()}.json"
    stored = read_json(file)
    if stored is not None:
        with contextlib.suppress(KeyError, TypeError, ValueError, AttributeError):
            return _load_lexicon(stored)
    lexicon = build_lexicon()
    write_json(file, _dump_lexicon(lexicon))
    return lexicon


def _dump_lexicon(lexicon: Lexicon) -> dict[str, Any]:
    return {
        "simplified": lexicon.simplified,
        "syllables": lexicon.syllables,
        "rarity": lexicon.rarity,
    }


def _load_lexicon(data: dict[str, Any]) -> Lexicon:
    # Interning saves memory: 20,000 characters share about 400 syllables.
    return Lexicon(
        {int(code): simple for code, simple in data["simplified"].items()},
        {char: intern(syllable) for char, syllable in data["syllables"].items()},
        data["rarity"],
    )


def _dump_index(index: Index) -> dict[str, Any]:
    return {
        **_dump_lexicon(index.analyzer.lexicon),
        "terms": sorted(index.analyzer.terms),
        "documents": index.documents,
        "support_count": index.support_count,
        "vocabulary": list(index.vocabulary),
        "postings": index.postings.dump(),
        "sample_idf": index.sample_idf.tolist(),
        "sample_offsets": index.sample_offsets,
        "scope_model": index.scope_model.dump(),
    }


def _load_index(data: dict[str, Any], knowledge: Knowledge, cut: Cut) -> Index:
    """Restore what `_dump_index` returned. Raises KeyError, TypeError or ValueError for anything
    else."""
    lexicon = _load_lexicon(data)
    analyzer = Analyzer(
        cut=cut,
        lexicon=lexicon,
        synonyms=knowledge.synonyms,
        english=knowledge.english,
        terms=frozenset(data["terms"]),
        cities=OtherCityDetector.of(knowledge, lexicon),
        city_words=knowledge.locality.city_words,
        dialect=knowledge.spoken,
    )
    vocabulary = {feature: number for number, feature in enumerate(data["vocabulary"])}
    return Index(
        analyzer=analyzer,
        documents=tuple(data["documents"]),
        support_count=data["support_count"],
        vocabulary=vocabulary,
        postings=Postings.load(data["postings"], len(vocabulary)),
        sample_idf=array("f", data["sample_idf"]),
        sample_offsets=tuple(data["sample_offsets"]),
        audiences=audiences(knowledge),
        clauses=tuple(support.clause for support in knowledge.supports.values()),
        scope_model=LinearClassifier.load(data["scope_model"]).on(vocabulary),
    )
