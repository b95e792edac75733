"""When a conversation says how old the policy is."""

from __future__ import annotations

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from tests.core.small_knowledge import talk, text_of

AGE = "⚠ 文件目标年"


def says_age(base: KnowledgeBase, *said: str) -> list[bool]:
    return [AGE in text_of(turn) for turn in talk(base, *said)]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        # A verdict or a sum that a person may act on.
        (("我是在校大学生", "休学创业能保留学籍吗", "结果", "更多"), [True, False, False, False]),
        (("s:startup-university", "我是农民工", "结果"), [False, True, False]),
        (("众创空间开张能补多少", "s:startup-university"), [True, False]),
        (("1.休学能保留学籍吗 2.办众创空间补多少钱 3.有没有免费工位", "找谁"), [True, False]),
        # Neither of them.
        (("休学创业能保留学籍吗", "找谁办", "我来做导师行吗"), [False, False, False]),
        # Only a later rule has a sum, with its date.
        (("开个小店没抵押怎么贷款", "最多贷多少"), [False, False]),
    ],
)
def test_the_age_comes_once_with_the_first_verdict_or_sum(
    said: tuple[str, ...], told: list[bool], base: KnowledgeBase
) -> None:
    assert says_age(base, *said) == told


@pytest.mark.parametrize(
    "said", ["创业大学现在还办着没有，过期没", "休学保留学籍这条如今还作数不"]
)
def test_the_age_is_said_again_to_who_asks_for_it(said: str, base: KnowledgeBase) -> None:
    assert says_age(base, said) == [True]
    assert says_age(base, "我是在校大学生", "休学创业能保留学籍吗", said)[-1]
