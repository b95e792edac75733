"""Questions that ask alike stand in one group, in the same way each time."""

from __future__ import annotations

import random

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.workshop.inbox.grouping import Vector, group_alike, vector

ALIKE = (
    ("电工证在哪考", "电工证去哪里考", "考电工证去哪报名"),
    ("信用卡逾期了怎么办", "信用卡逾期了会怎么样"),
    ("公积金贷款额度", "gongjijin daikuan", "公积金贷款要什么条件"),
    ("世界杯谁赢了",),
)


def test_questions_that_ask_alike_stand_in_one_group(base: KnowledgeBase) -> None:
    texts = [text for group in ALIKE for text in group]
    found = group_alike([vector(base.index, text) for text in texts])
    assert [tuple(texts[position] for position in group) for group in found] == list(ALIKE)


def test_the_groups_are_those_of_a_direct_comparison(base: KnowledgeBase) -> None:
    rng = random.Random(7)
    samples = [q for support in base.knowledge.supports.values() for q in support.questions]
    vectors = [vector(base.index, text) for text in rng.sample(samples, 150)]
    assert group_alike(vectors, 0.4) == grouped_directly(vectors, 0.4)


def grouped_directly(vectors: list[Vector], alike: float) -> list[list[int]]:
    groups: list[list[int]] = []
    for position, found in enumerate(vectors):
        dots = [
            (sum(w * vectors[group[0]].get(f, 0.0) for f, w in found.items()), -number)
            for number, group in enumerate(groups)
        ]
        best, number = max(dots, default=(0.0, 0))
        if best >= alike:
            groups[-number].append(position)
        else:
            groups.append([position])
    return groups


@pytest.mark.parametrize("text", ["", "。。。", "了"])
def test_a_text_without_content_stands_alone(text: str, base: KnowledgeBase) -> None:
    assert vector(base.index, text) == {}
    assert group_alike([{}, {}]) == [[0], [1]]
