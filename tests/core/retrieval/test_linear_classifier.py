"""The linear classifier: it learns from samples, is deterministic, and survives storing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pytest

from bot.core.retrieval.linear_classifier import (
    Features,
    LinearClassifier,
    share_vocabulary,
    softmax,
)
from bot.core.retrieval.training import fit, training_set

SAMPLES = {
    "fruit": [{"apple": 1.0, "red": 0.5}, {"pear": 1.0, "red": 0.5}, {"apple": 1.0, "pear": 1.0}],
    "animal": [{"cat": 1.0, "red": 0.5}, {"dog": 1.0}, {"cat": 1.0, "dog": 1.0}],
}


def train(samples: Mapping[str, Sequence[Features]], passes: int) -> LinearClassifier:
    """Train a classifier on samples by label."""
    return fit(training_set(samples, passes))


@pytest.fixture(scope="module")
def model() -> LinearClassifier:
    return train(SAMPLES, passes=40)


def test_a_sample_gets_its_label_first(model: LinearClassifier) -> None:
    for label, samples in SAMPLES.items():
        for sample in samples:
            assert next(iter(model.probabilities(model.vector(sample)))) == label


def test_the_probabilities_add_up_to_one(model: LinearClassifier) -> None:
    assert sum(model.probabilities(model.vector({"apple": 1.0})).values()) == pytest.approx(1.0)


def test_the_log_odds_of_two_labels_agree_with_their_probabilities() -> None:
    model = train(SAMPLES, passes=2)
    for text in ({"apple": 1.0, "cat": 0.3}, {"dog": 1.0, "zebra": 1.0}, {"zebra": 1.0}, {}):
        shares = model.probabilities(model.vector(text))
        wanted = math.log(shares["fruit"] / shares["animal"])
        assert model.log_odds(model.vector(text)) == pytest.approx(wanted, abs=1e-4)


def test_a_model_of_one_label_has_no_log_odds() -> None:
    model = train({"fruit": SAMPLES["fruit"]}, passes=2)
    assert model.log_odds(model.vector({"apple": 1.0})) == 0.0


def test_unknown_words_make_the_result_less_certain() -> None:
    few = train(SAMPLES, passes=2)
    plain = few.probabilities(few.vector({"cat": 1.0}))["animal"]
    diluted = few.probabilities(few.vector({"cat": 1.0, "zebra": 1.0, "lion": 1.0}))["animal"]
    assert 0.5 < diluted < plain


def test_the_share_of_known_features_is_measured_by_weight(model: LinearClassifier) -> None:
    assert model.known_share(model.vector({"cat": 1.0})) == 1.0
    assert model.known_share(model.vector({"zebra": 1.0})) == 0.0
    assert 0.0 < model.known_share(model.vector({"cat": 1.0, "zebra": 1.0})) < 1.0


def test_two_trainings_give_the_same_weights(model: LinearClassifier) -> None:
    again = train({label: list(reversed(s)) for label, s in SAMPLES.items()}, passes=40)
    assert again.vocabulary == model.vocabulary
    text = {"apple": 1.0, "dog": 0.3}
    assert again.probabilities(again.vector(text)) == pytest.approx(
        model.probabilities(model.vector(text)), abs=1e-5
    )


def test_a_stored_model_gives_the_same_probabilities(model: LinearClassifier) -> None:
    restored = LinearClassifier.load(model.dump())
    text = {"pear": 1.0, "red": 0.2}
    assert restored.probabilities(restored.vector(text)) == pytest.approx(
        model.probabilities(model.vector(text))
    )


@pytest.mark.parametrize("damage", [{"bias": [0.0]}, {"idf": [1.0]}, {"weights": [[1.0]]}])
def test_a_damaged_model_is_refused(model: LinearClassifier, damage: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        LinearClassifier.load({**model.dump(), **damage})


def test_without_labels_there_is_no_probability() -> None:
    model = train({}, passes=3)
    assert model.probabilities(model.vector({"apple": 1.0})) == {}


def test_one_vector_serves_all_classifiers_that_share_a_vocabulary(
    model: LinearClassifier,
) -> None:
    other = train({"warm": [{"red": 1.0, "sun": 1.0}] * 2, "cold": [{"ice": 1.0}] * 2}, passes=9)
    for alone, shared in zip((model, other), share_vocabulary([model, other]), strict=True):
        text = {"apple": 1.0, "sun": 0.5, "zebra": 0.3}
        vector = shared.vector(text)
        assert len(vector.numbers) == len(text)
        assert shared.probabilities(vector) == alone.probabilities(alone.vector(text))
        assert shared.log_odds(vector) == alone.log_odds(alone.vector(text))
        assert shared.known_share(vector) == alone.known_share(alone.vector(text))
        assert shared.dump() == alone.dump()


def test_a_vocabulary_that_lacks_a_feature_is_refused(model: LinearClassifier) -> None:
    with pytest.raises(KeyError):
        model.on({"apple": 0})


def test_a_vector_goes_on_with_the_features_of_another(model: LinearClassifier) -> None:
    whole = model.vector({"apple": 1.0, "zebra": 0.5, "cat": 0.2})
    parts = model.vector({"apple": 1.0, "zebra": 0.5}).plus(model.vector({"cat": 0.2}))
    assert model.probabilities(parts) == model.probabilities(whole)
    assert model.probabilities(whole.first(2)) == model.probabilities(parts.first(2))


def test_the_shares_of_large_scores_sum_to_one() -> None:
    shares = softmax([1000.0, 1000.0, -1000.0])
    assert shares == [0.5, 0.5, 0.0]
