"""Build the search index of a knowledge version, and cache it on disk.

The cache files are plain JSON: a planted file can change data, it cannot run code. A file that is
unreadable, inconsistent or written by other code is ignored and rebuilt.
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
from bot.content.search.tokenizer import build_lexicon, build_segmenter
from bot.core.domain.knowledge import Knowledge
from bot.core.nlu import (
    act_features,
    bureau_questions,
    durations,
    entities,
    fact_model,
    gazetteer,
    paper_questions,
    scopes,
)
from bot.core.nlu import acts as acts_module
from bot.core.nlu.acts import ActModel, ActRecogniser, all_acts
from bot.core.retrieval import analyzer as analyzer_module
from bot.core.retrieval import index as index_module
from bot.core.retrieval import linear_classifier
from bot.core.retrieval import postings as postings_module
from bot.core.retrieval.analyzer import Analyzer, build_analyzer
from bot.core.retrieval.index import Index, audiences, build_index
from bot.core.retrieval.linear_classifier import LinearClassifier
from bot.core.retrieval.postings import Postings
from bot.core.text import normalizer
from bot.core.text.locality import OtherCityDetector
from bot.core.text.normalizer import Cut, Lexicon

# The modules that determine the content of the cache files.
_MODULES = (
    normalizer,
    analyzer_module,
    postings_module,
    index_module,
    tokenizer,
    act_features,
    acts_module,
    bureau_questions,
    durations,
    entities,
    fact_model,
    gazetteer,
    linear_classifier,
    paper_questions,
    scopes,
)
# Files of each kind that stay in the cache folder, the newest by modification time.
KEPT_FILES = 4


def private_folder(wanted: Path) -> Path:
    """Return a folder that only this user can read: `wanted`, created if missing, or a new
    temporary folder if it cannot be created, written or is owned by another user."""
    try:
        wanted.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.access(wanted, os.W_OK) and is_own(wanted):
            wanted.chmod(0o700)
            return wanted
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="liuchuangtong-"))


def is_own(path: Path) -> bool:
    """Return whether this user owns a path; always true on Windows, which has no user ids."""
    return not hasattr(os, "getuid") or path.stat().st_uid == os.getuid()


def index_for(knowledge: Knowledge, cache: Path, *, prefer_rust: bool = True) -> Index:
    """Return the index of a knowledge version, read from `cache` or built and written there.

    Takes 0.1–3 s: run it off the event loop. `prefer_rust`: see `build_segmenter`.
    """
    cut = build_segmenter(cache, prefer_rust=prefer_rust)
    file = _index_file(knowledge, cache)
    stored = _read(file)
    if stored is not None:
        with contextlib.suppress(KeyError, TypeError, ValueError):
            return _load_index(stored, knowledge, cut)
    analyzer = build_analyzer(knowledge, cut, _cached_lexicon(cache))
    features = _FeatureCache(analyzer, cache)
    try:
        index = build_index(knowledge, analyzer, features)
    except (TypeError, ValueError):  # the file of cached features is damaged
        index = build_index(knowledge, analyzer)
    else:
        features.save()
    _write(file, _dump_index(index))
    return index


def act_model_for(knowledge: Knowledge, analyzer: Analyzer, cache: Path) -> ActModel:
    """Return the classifiers of dialogue acts, read from `cache` or trained and written there.

    Training takes about 10 s of one core: run it off the event loop.
    """
    place = knowledge.locality
    texts = [
        sorted(all_acts(knowledge).items()),
        sorted(knowledge.requests.items()),
        sorted(knowledge.bureau_questions.items()),
        sorted(knowledge.paper_questions.items()),
        [[p.title, p.short_name] for p in knowledge.policies.values()],
        sorted(knowledge.later_rules),
        [[b.name, b.now, b.aliases] for b in knowledge.bureaus.values()],
        [place.bureau_prefix, place.city, place.city_full],
        [[s.title, *s.questions] for s in knowledge.supports.values()],
        [[t.title, *t.questions] for t in knowledge.signposts.values()],
        sorted(analyzer.terms),
        [[s.text, sorted(s.facts.items())] for s in knowledge.fact_samples],
        [[c.words, c.not_words] for s in knowledge.slots.values() for c in s.choices],
        sorted(knowledge.scopes.items()),
        sorted(knowledge.people.items()),
    ]
    digest = hashlib.sha256(orjson.dumps(texts)).hexdigest()[:12]
    file = cache / f"acts-{digest}-{_code_version()}.json"
    stored = _read(file)
    if stored is not None:
        with contextlib.suppress(KeyError, TypeError, ValueError):
            return ActModel.load(stored)
    model = ActRecogniser(knowledge, analyzer).model
    _write(file, model.dump())
    return model


def is_cached(knowledge: Knowledge, cache: Path) -> bool:
    """Return whether the cache has a file for this knowledge version and this code."""
    return _index_file(knowledge, cache).exists()


def _index_file(knowledge: Knowledge, cache: Path) -> Path:
    return cache / f"tables-{knowledge.version}-{_code_version()}.json"


def _code_version() -> str:
    """Return a fingerprint of the modules that determine the content of the cache files."""
    digest = hashlib.sha256()
    for module in _MODULES:
        digest.update(Path(str(module.__file__)).read_bytes())
    return digest.hexdigest()[:8]


class _FeatureCache:
    """A feature extractor that stores the features of each text on disk.

    Two versions of a knowledge folder share most of their texts, and feature extraction takes half
    of the time to build an index.
    """

    def __init__(self, analyzer: Analyzer, cache: Path) -> None:
        words = sorted(analyzer.english_words), sorted(analyzer.city_words)
        settings = orjson.dumps([sorted(analyzer.dialect.items()), *words])
        digest = hashlib.sha256(settings).hexdigest()[:8]
        self._file = cache / f"texts-{digest}-{_code_version()}.json"
        self._analyzer = analyzer
        self._stored = _read(self._file) or {}
        self._used: dict[str, Mapping[str, float]] = {}

    def __call__(self, text: str, *, truncate: bool = True) -> Mapping[str, float]:
        """Return the features of a text."""
        key = text if truncate else f"\n{text}"
        features = self._stored.get(key)
        if not isinstance(features, dict):
            features = self._analyzer.features(text, truncate=truncate)
        self._used[key] = features
        return features

    def save(self) -> None:
        """Write the features of the texts that were used; drop all others."""
        _write(self._file, self._used)


def _cached_lexicon(cache: Path) -> Lexicon:
    """Return the character tables. They depend only on the installed dictionaries, so a change of
    the knowledge does not rebuild their file."""
    file = cache / f"characters-{_code_version()}.json"
    stored = _read(file)
    if stored is not None:
        with contextlib.suppress(KeyError, TypeError, ValueError, AttributeError):
            return _load_lexicon(stored)
    lexicon = build_lexicon()
    _write(file, _dump_lexicon(lexicon))
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
        scope_model=LinearClassifier.load(data["scope_model"]),
    )


def _read(file: Path) -> dict[str, Any] | None:
    """Return the JSON object in a file; None if it is unreadable or owned by another user."""
    try:
        if not is_own(file):
            return None
        found = orjson.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _write(file: Path, data: Mapping[str, Any]) -> None:
    """Write a JSON file atomically and delete the oldest files. A failed write (disk full, no
    permission) is ignored: the next start builds the index again."""
    part = file.with_suffix(f".{os.getpid()}.part")
    try:
        part.write_bytes(orjson.dumps(data, option=orjson.OPT_NON_STR_KEYS))
        part.replace(file)
        for kind in ("tables", "texts", "acts"):
            old = sorted(file.parent.glob(f"{kind}-*.json"), key=lambda p: p.stat().st_mtime)
            for stale in old[:-KEPT_FILES]:
                stale.unlink(missing_ok=True)
    except OSError:
        part.unlink(missing_ok=True)
