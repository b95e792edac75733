"""The stored classifiers: equal after a round trip, trained again only where samples changed."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.content.search import classifier_cache
from bot.content.search.cache_files import KEPT_CLASSIFIERS, private_folder
from bot.content.search.classifier_cache import act_model_for
from bot.core.domain.knowledge import ChoiceRole, FactSample, Knowledge
from bot.core.nlu.classifiers.acts import ActModel, ActRecogniser
from bot.core.retrieval.analyzer import Analyzer
from bot.core.retrieval.linear_classifier import LinearClassifier
from bot.core.retrieval.training import TrainingSet, fit
from tests.core.small_knowledge import knowledge, small_base


@pytest.fixture(scope="module")
def small() -> Knowledge:
    acts = {name: said[:20] for name, said in knowledge().acts.items()}
    return knowledge(acts=acts)  # a few samples: a model of all takes seconds


@pytest.fixture(scope="module")
def analyzer(small: Knowledge) -> Analyzer:
    return small_base().index.analyzer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return private_folder(tmp_path / "cache")


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[TrainingSet]:
    """Return the training sets that were trained on, as they come."""
    sets: list[TrainingSet] = []

    def recording(training: TrainingSet) -> LinearClassifier:
        sets.append(training)
        return fit(training)

    monkeypatch.setattr(classifier_cache, "fit", recording)
    return sets


def alike(one: ActModel, other: ActModel) -> bool:
    """Return whether two models have the same vocabularies and weights."""
    return all(
        a.labels == b.labels
        and a.vocabulary == b.vocabulary
        and np.array_equal(a.weights, b.weights)
        and np.array_equal(a.bias, b.bias)
        for a, b in zip(one, other, strict=True)
    )


def with_question(small: Knowledge) -> Knowledge:
    """Return the knowledge with one more question of a support."""
    desk = small.supports["desk"]
    desk = replace(desk, questions=(*desk.questions, "哪里有桌子坐", "桌子在哪里"))
    return replace(small, version="next", supports={**small.supports, "desk": desk})


def test_a_stored_model_equals_a_trained_one(
    folder: Path, small: Knowledge, analyzer: Analyzer, trained: list[TrainingSet]
) -> None:
    act_model_for(small, analyzer, folder)
    trained.clear()
    stored = act_model_for(small, analyzer, folder)
    assert trained == []
    assert alike(stored, ActRecogniser(small, analyzer).model)


def test_only_classifiers_with_other_samples_are_trained_again(
    folder: Path, small: Knowledge, analyzer: Analyzer, trained: list[TrainingSet]
) -> None:
    before = act_model_for(small, analyzer, folder)
    trained.clear()
    after = act_model_for(with_question(small), analyzer, folder)
    assert 0 < len(trained) < len(ActModel._fields)
    assert before.acts.labels not in [each.labels for each in trained]
    assert alike(after, ActRecogniser(with_question(small), analyzer).model)


def test_another_limit_of_young_firms_trains_the_facts_again(
    folder: Path, small: Knowledge, analyzer: Analyzer
) -> None:
    samples = [FactSample(f"公司开了四年{n}", {"stage": ("established",)}) for n in "甲乙丙"]
    samples += [FactSample(f"公司开了一年{n}", {"stage": ("startup",)}) for n in "甲乙丙"]
    before = replace(small, fact_samples=tuple(samples))
    stage = small.slots["stage"]
    young = tuple(
        replace(c, under_years=5) if c.role is ChoiceRole.YOUNG else c for c in stage.choices
    )
    after = replace(before, slots={**small.slots, "stage": replace(stage, choices=young)})
    act_model_for(before, analyzer, folder)
    assert alike(act_model_for(after, analyzer, folder), ActRecogniser(after, analyzer).model)


@pytest.mark.parametrize("kind", ["classifier", "acts", "wordings"])
@pytest.mark.parametrize("content", [b"", b"{", b'{"gate": 5}', b"PK\x03\x04"])
def test_damaged_files_are_written_again(
    kind: str, content: bytes, folder: Path, small: Knowledge, analyzer: Analyzer
) -> None:
    built = act_model_for(small, analyzer, folder)
    for file in folder.glob(f"{kind}-*"):
        file.write_bytes(content)
    for file in folder.glob("acts-*"):
        file.unlink() if kind == "wordings" else None
    assert alike(act_model_for(small, analyzer, folder), built)


def test_weights_of_another_size_are_not_used(
    folder: Path, small: Knowledge, analyzer: Analyzer
) -> None:
    built = act_model_for(small, analyzer, folder)
    for file in folder.glob("classifier-*"):
        arrays = dict(np.load(file))
        np.savez(file, **{**arrays, "bias": np.zeros(99, np.float32)})
    assert alike(act_model_for(small, analyzer, folder), built)


def test_a_planted_file_runs_no_code(folder: Path, small: Knowledge, analyzer: Analyzer) -> None:
    class Planted:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(folder / "run"),)

    built = act_model_for(small, analyzer, folder)
    for file in folder.glob("classifier-*"):
        np.savez(file, names=np.array([Planted()], dtype=object), allow_pickle=True)
    assert alike(act_model_for(small, analyzer, folder), built)
    assert not (folder / "run").exists()


def test_the_oldest_classifiers_are_deleted(
    folder: Path, small: Knowledge, analyzer: Analyzer
) -> None:
    for number in range(KEPT_CLASSIFIERS + 3):
        old = folder / f"classifier-old{number}-x.npz"
        old.write_bytes(b"")
        os.utime(old, (number, number))
    act_model_for(small, analyzer, folder)
    assert len(list(folder.glob("classifier-*"))) == KEPT_CLASSIFIERS
    assert not list(folder.glob("*.part"))
