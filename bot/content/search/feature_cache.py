"""Features of texts on disk, for the index and the classifiers of the next knowledge version.

Two versions of a knowledge folder share most of their texts, and feature extraction takes half of
the time to build an index or to train the classifiers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import orjson

from bot.content.search.cache_files import read_json, write_json

# The folders of the modules that determine the content of the cache files.
_PACKAGE = Path(__file__).parents[2]
_FOLDERS = ("core/nlu", "core/retrieval", "core/text", "content/search")
Features = Mapping[str, float]


@cache
def code_version() -> str:
    """Return a fingerprint of the modules that determine the content of the cache files."""
    digest = hashlib.sha256()
    for folder in _FOLDERS:
        for file in sorted((_PACKAGE / folder).rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:8]


def digest_of(values: object) -> str:
    """Return a fingerprint of plain JSON values."""
    return hashlib.sha256(orjson.dumps(values)).hexdigest()[:12]


class FeatureCache:
    """A feature extractor that stores the features of each text in a file.

    `kind`: the first word of its name; `settings`: what determines the features beside the code.
    """

    def __init__(
        self, folder: Path, kind: str, settings: object, extract: Callable[..., Features]
    ) -> None:
        self._file = folder / f"{kind}-{digest_of(settings)}-{code_version()}.json"
        self._extract = extract
        self._stored = read_json(self._file) or {}
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
