"""Facts as stated: messages of many kinds, and the profile that a turn leaves (facts.yaml)."""

from __future__ import annotations

import pytest

from bench.facts import TESTED, Example, examples, judged
from bot.core.dialogue.manager import KnowledgeBase

# Messages whose facts are not all found yet; a wrong fact is never allowed.
INCOMPLETE_MAX = 10
CHECK_RIGHT_MIN = 46
CHECK_WRONG_MAX = 3
# For each unseen set the least number of messages with exactly the right profile, and the most
# with a wrong fact (a district counts).
UNSEEN = {
    "facts_unseen.yaml": (115, 41),
    "facts_unseen_2.yaml": (189, 57),
    "facts_unseen_3.yaml": (212, 76),
    "facts_unseen_4.yaml": (229, 84),
}


@pytest.mark.parametrize("example", examples(TESTED / "facts.yaml"), ids=lambda e: e.say)
def test_no_wrong_fact_is_stored(example: Example, base: KnowledgeBase) -> None:
    assert judged(base, example)[0] == set()


def test_a_part_that_is_all_words_does_not_hide_what_others_say(base: KnowledgeBase) -> None:
    facts = base.reader.facts("在福建扎钢筋的，今年回三江，想开个小店")
    assert facts.stated["identity"] == ("migrant_worker",)


def test_stated_facts_are_stored(base: KnowledgeBase) -> None:
    missing = [e.say for e in examples(TESTED / "facts.yaml") if judged(base, e)[1]]
    assert len(missing) <= INCOMPLETE_MAX, missing


def test_facts_of_the_check_set_are_stored(base: KnowledgeBase) -> None:
    results = [judged(base, example) for example in examples(TESTED / "facts_check.yaml")]
    assert sum(not wrong and not missing for wrong, missing in results) >= CHECK_RIGHT_MIN
    assert sum(bool(wrong) for wrong, _ in results) <= CHECK_WRONG_MAX


@pytest.mark.parametrize(("file", "right_min", "wrong_max"), [(f, *n) for f, n in UNSEEN.items()])
def test_facts_in_unseen_wordings_are_stored(
    file: str, right_min: int, wrong_max: int, base: KnowledgeBase
) -> None:
    results = [judged(base, example) for example in examples(TESTED / file)]
    assert sum(not wrong and not missing for wrong, missing in results) >= right_min
    assert sum(bool(wrong) for wrong, _ in results) <= wrong_max
