"""The similarity of questions and sample questions."""

from __future__ import annotations

import pytest

from bot.core.responses.sample_similarity import SampleSimilarity

SAMPLES = ("押金退不退", "几天能退钱", "月租多少")


def _similarity() -> SampleSimilarity:
    return SampleSimilarity(SAMPLES, lambda clean: ["租金"] if "租" in clean else [])


def test_a_sample_is_most_like_itself() -> None:
    found = _similarity()
    for sample in SAMPLES:
        question = found.vector(sample)
        assert found.nearest(question, (sample,)) == pytest.approx(1.0)
        assert all(found.nearest(question, (other,)) < 0.9 for other in SAMPLES if other != sample)


def test_the_nearest_sample_counts_not_all_together() -> None:
    found = _similarity()
    question = found.vector("押金退不退钱")
    nearest = max(found.nearest(question, (sample,)) for sample in SAMPLES)
    assert found.nearest(question, SAMPLES) == nearest


def test_words_of_the_same_meaning_are_alike() -> None:
    found = _similarity()
    assert found.nearest(found.vector("房租"), ("月租多少",)) > found.nearest(
        found.vector("房子"), ("月租多少",)
    )


def test_the_words_of_the_title_do_not_count() -> None:
    found = _similarity()
    assert found.nearest(found.vector("押金呢", "押金"), ("押金退不退",)) == 0.0
    assert found.nearest(found.vector("押金呢"), ("押金退不退",)) > 0.0


def test_without_samples_nothing_is_alike() -> None:
    found = _similarity()
    assert found.nearest(found.vector("押金"), ()) == 0.0
    assert found.nearest(found.vector(""), SAMPLES) == 0.0
