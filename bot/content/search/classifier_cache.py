"""Train the classifiers of a knowledge version, and cache them on disk.

A classifier is stored under a fingerprint of its training set: after a change of the knowledge,
only those are trained whose samples changed.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson

from bot.content.search.cache_files import (
    CLASSIFIER,
    Array,
    read_arrays,
    read_json,
    write_arrays,
    write_json,
)
from bot.content.search.feature_cache import FeatureCache, code_version, digest_of
from bot.core.domain.knowledge import Knowledge
from bot.core.nlu.classifiers.acts import ActModel, ActRecogniser, all_acts, training_sets
from bot.core.retrieval.analyzer import Analyzer
from bot.core.retrieval.linear_classifier import LinearClassifier
from bot.core.retrieval.training import TrainingSet, fit


def act_model_for(knowledge: Knowledge, analyzer: Analyzer, cache: Path) -> ActModel:
    """Return the classifiers of dialogue acts, read from `cache` or trained and written there.

    Takes about 11 s of one core for a new folder, 6 s after a change of some samples: run it off
    the event loop.
    """
    file = cache / f"acts-{digest_of(_inputs(knowledge, analyzer))}-{code_version()}.json"
    names = read_json(file) or {}
    stored = {name: _read(cache, str(names.get(name))) for name in ActModel._fields}
    found = {name: model for name, model in stored.items() if model is not None}
    if len(found) == len(stored):
        return ActModel.of(found)
    sets = _training_sets(knowledge, analyzer, cache)
    model = ActModel.of({name: _trained(each, cache) for name, each in sets.items()})
    write_json(file, {name: each.digest() for name, each in sets.items()})
    return model


def _inputs(knowledge: Knowledge, analyzer: Analyzer) -> list[object]:
    """Return what of the knowledge determines the classifiers."""
    place = knowledge.locality
    return [
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
        [
            [c.words, c.not_words, c.role, c.under_years]
            for slot in knowledge.slots.values()
            for c in slot.choices
        ],
        sorted(knowledge.scopes.items()),
        sorted(knowledge.people.items()),
    ]


def _training_sets(
    knowledge: Knowledge, analyzer: Analyzer, cache: Path
) -> dict[str, TrainingSet]:
    extract = ActRecogniser(knowledge, analyzer).features
    settings = [
        sorted(analyzer.terms),
        sorted(analyzer.dialect.items()),
        sorted(analyzer.english.items()),
        sorted(analyzer.city_words),
        sorted(analyzer.synonyms.items()),
    ]
    features = FeatureCache(cache, "wordings", settings, extract)
    try:
        sets = training_sets(knowledge, analyzer, features)
    except (AttributeError, TypeError, ValueError):  # the file of cached features is damaged
        return training_sets(knowledge, analyzer, extract)
    features.save()
    return sets


def _trained(training: TrainingSet, cache: Path) -> LinearClassifier:
    digest = training.digest()
    model = _read(cache, digest)
    if model is None:
        model = fit(training)
        write_arrays(_file(cache, digest), _arrays(model))
    return model


def _file(cache: Path, digest: str) -> Path:
    return cache / f"{CLASSIFIER}-{digest}-{code_version()}.npz"


def _arrays(model: LinearClassifier) -> dict[str, Array]:
    names = orjson.dumps([model.labels, model.vocabulary])
    return {
        "names": np.frombuffer(names, dtype=np.uint8),
        "idf": model.idf,
        "weights": model.weights[:-1],
        "bias": model.bias,
    }


def _read(cache: Path, digest: str) -> LinearClassifier | None:
    """Return a stored classifier; None if there is none, or a damaged one."""
    arrays = read_arrays(_file(cache, digest))
    if arrays is None:
        return None
    try:
        labels, vocabulary = orjson.loads(arrays.pop("names").tobytes())
        return LinearClassifier.load({"labels": labels, "vocabulary": vocabulary, **arrays})
    except (KeyError, TypeError, ValueError):
        return None
