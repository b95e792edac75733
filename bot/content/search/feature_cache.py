"""Features of texts on disk, for the index and the classifiers of the next knowledge version.

Two versions of a knowledge folder share most of their texts, and feature extraction takes half of
the time to build an index or to train the classifiers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from bot.content.search import tokenizer
from bot.content.search.cache_files import read_json, write_json
from bot.core.nlu import (
    act_features,
    acts,
    bureau_questions,
    durations,
    entities,
    fact_model,
    firm_stages,
    gazetteer,
    paper_questions,
    scopes,
    word_scanner,
)
from bot.core.retrieval import analyzer, index, linear_classifier, postings, training
from bot.core.text import normalizer

# The modules that determine the content of the cache files.
_MODULES = (
    normalizer,
    analyzer,
    postings,
    index,
    tokenizer,
    act_features,
    acts,
    bureau_questions,
    durations,
    entities,
    fact_model,
    firm_stages,
    gazetteer,
    linear_classifier,
    paper_questions,
    scopes,
    training,
    word_scanner,
)
Features = Mapping[str, float]


@cache
def code_version() -> str:
    """Return a fingerprint of the modules that determine the content of the cache files."""
    digest = hashlib.sha256()
    for module in _MODULES:
        digest.update(Path(str(module.__file__)).read_bytes())
    return digest.hexdigest()[:8]


class FeatureCache:
    """A feature extractor that stores the features of each text in a file."""

    def __init__(self, file: Path, extract: Callable[..., Features]) -> None:
        self._file = file
        self._extract = extract
        self._stored = read_json(file) or {}
        self._used: dict[str, Features] = {}

    def __call__(self, text: str, *, truncate: bool = True) -> Features:
        """Return the features of a text; with `truncate`, of its beginning only."""
        key = text if truncate else f"\n{text}"
        features = self._used.get(key)
        if features is None:
            features = self._stored.get(key)
            if not isinstance(features, dict):
                features = self._extract(text) if truncate else self._extract(text, truncate=False)
            self._used[key] = features
        return features

    def save(self) -> None:
        """Write the features of the texts that were used; drop all others."""
        write_json(self._file, self._used)
