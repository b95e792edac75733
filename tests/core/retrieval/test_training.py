"""Training sets: what they hold, and what their fingerprint tells apart."""

from __future__ import annotations

import numpy as np
import pytest

from bot.core.retrieval.linear_classifier import LENGTH
from bot.core.retrieval.training import fit, grouped_training_set, training_set

SAMPLES = {
    "fruit": [{"apple": 1.0, "red": 0.5}, {"pear": 1.0, "red": 0.5}, {"apple": 1.0, "kiwi": 1.0}],
    "animal": [{"cat": 1.0, "red": 0.5}, {"zebra": 1.0}, {"cat": 1.0, "pear": 1.0}],
}


def test_features_of_a_single_sample_are_no_columns_but_count_in_the_length() -> None:
    training = training_set(SAMPLES, passes=1)
    assert training.vocabulary == ("apple", "cat", "pear", "red")
    # The sample with nothing but such a feature is left out.
    assert len(training.wanted) == 5
    squares = np.bincount(training.rows, training.values**2)
    assert squares[0] == pytest.approx(LENGTH**2, rel=1e-5)
    assert squares[2] < LENGTH**2 / 2  # "kiwi" takes its share


def test_equal_samples_have_an_equal_fingerprint() -> None:
    assert training_set(SAMPLES, 3).digest() == training_set(dict(SAMPLES), 3).digest()


def test_whatever_changes_the_classifier_changes_the_fingerprint() -> None:
    digests = {
        training_set(SAMPLES, 3).digest(),
        training_set(SAMPLES, 4).digest(),
        training_set(SAMPLES, 3, balance=0.5).digest(),
        training_set({**SAMPLES, "animal": SAMPLES["animal"][:1]}, 3).digest(),
        training_set({"fruit": SAMPLES["fruit"], "beast": SAMPLES["animal"]}, 3).digest(),
        training_set({"fruit": SAMPLES["fruit"], "animal": [{"cat": 0.9}] * 3}, 3).digest(),
    }
    assert len(digests) == 6


def test_a_sample_may_have_a_label_of_each_group_and_several_of_one() -> None:
    groups = [["size=big", "size=small"], ["need=food", "need=water", "need=none"]]
    big, small = {"big": 1.0, "x": 1.0}, {"small": 1.0, "x": 1.0}
    samples = [
        ({**big, "eat": 1.0, "drink": 1.0}, ["size=big", "need=food", "need=water"]),
        ({**small, "eat": 1.0}, ["size=small", "need=food"]),
        ({**small, "drink": 1.0}, ["size=small", "need=water"]),
        (big, ["size=big", "need=none"]),
    ]
    model = fit(grouped_training_set(samples, groups, passes=60))
    scores = dict(
        zip(model.labels, model.scores(model.vector(samples[0][0])).tolist(), strict=True)
    )
    assert scores["size=big"] > scores["size=small"]
    assert min(scores["need=food"], scores["need=water"]) > scores["need=none"]


def test_nothing_to_learn_gives_a_classifier_without_weights() -> None:
    model = fit(training_set({"fruit": [{"apple": 1.0}]}, passes=3))
    assert model.probabilities(model.vector({"apple": 1.0})) == {"fruit": 1.0}
