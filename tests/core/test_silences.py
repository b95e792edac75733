"""What the paper leaves unsaid, found for a question that asks for it."""

from __future__ import annotations

import pytest

from bot.core.dialogue import Base
from bot.core.silences import silence


@pytest.mark.parametrize(
    ("support", "said", "what"),
    [
        ("migrant-startup-loan", "要不要抵押", "要不要担保或抵押"),
        ("migrant-startup-loan", "哪家银行", "哪家银行办"),
        ("migrant-startup-loan", "利息高吗", "利率"),
        ("become-a-mentor", "有没有工资", "有没有报酬"),
        ("migrant-startup-park", "那个园在哪点", "园区地址"),
        ("startup-university", "发证书吗", "发不发证书"),
    ],
)
def test_it_is_found_in_its_words_and_in_those_that_people_use(
    support: str, said: str, what: str, base: Base
) -> None:
    assert silence(said, base.knowledge.supports[support], base.knowledge) == what


@pytest.mark.parametrize(
    "said", ["今天吃什么", "贷款怎么样", "", "有没有农民工", "要不要抵押" * 8]
)
def test_other_questions_find_nothing(said: str, base: Base) -> None:
    support = base.knowledge.supports["migrant-startup-loan"]
    assert silence(said, support, base.knowledge) == ""
