"""What the paper leaves unsaid, found for a question that asks for it."""

from __future__ import annotations

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.nlu.unstated_topics import asks_for_whom, silence, unwritten


@pytest.mark.parametrize(
    ("support", "said", "what"),
    [
        ("migrant-startup-loan", "要不要抵押", "要不要担保或抵押"),
        ("migrant-startup-loan", "哪家银行", "哪家银行办"),
        ("migrant-startup-loan", "利息高吗", "利率"),
        ("become-a-mentor", "有没有工资", "有没有报酬"),
        ("migrant-startup-park", "那个园在哪点", "园区地址"),
        ("startup-university", "发证书吗", "发不发证书"),
        ("startup-guarantee-loan", "要抵押吗", "要不要找担保人、交哪些材料"),
        ("leave-and-keep-enrolment", "研究生可以吗", "研究生是否适用"),
    ],
)
def test_it_is_found_in_its_words_and_in_those_that_people_use(
    support: str, said: str, what: str, base: KnowledgeBase
) -> None:
    assert silence(said, base.knowledge.supports[support], base.knowledge) == what


@pytest.mark.parametrize(
    "said", ["今天吃什么", "贷款怎么样", "", "有没有农民工", "要不要抵押" * 8, "大学生能贷吗"]
)
def test_other_questions_find_nothing(said: str, base: KnowledgeBase) -> None:
    support = base.knowledge.supports["migrant-startup-loan"]
    assert silence(said, support, base.knowledge) == ""


@pytest.mark.parametrize(
    ("said", "unnamed"),
    [
        ("什么人能贷", "什么人能贷"),
        ("哪些人可以参加呢", "哪些人可以参加呢"),
        ("大学生能进吗", "能进吗"),
        ("那农民工可以申请不", "那可以申请不"),
        ("我能贷吗", "我能贷吗"),
        ("能申请吗", "能申请吗"),
        ("那我能不能办", "那我能不能办"),
    ],
)
def test_who_may_have_it_is_asked(said: str, unnamed: str) -> None:
    assert asks_for_whom(said, unnamed)


@pytest.mark.parametrize(
    ("said", "unnamed"),
    [
        ("可以吗", "可以吗"),
        ("能贷多少", "能贷多少"),
        ("大学生能贷多少", "能贷多少"),
        ("大学生开网店能贷款吗", "开网店能贷款吗"),
        ("我是大学生", "我是"),
    ],
)
def test_what_asks_for_something_else_does_not_ask_for_whom(said: str, unnamed: str) -> None:
    assert not asks_for_whom(said, unnamed)


@pytest.mark.parametrize(
    ("said", "what", "rest"),
    [
        ("可以重复申请吗", "能不能重复申请", "可以吗"),
        ("要本人到场吗", "要不要本人到场", "要吗"),
        ("要准备什么", "", "要准备什么"),
        (
            "这个贷款我去年已经拿过了今年可以重复申请吗",
            "",
            "这个贷款我去年已经拿过了今年可以重复申请吗",
        ),
    ],
)
def test_what_no_clause_says_of_anything_is_known(
    said: str, what: str, rest: str, base: KnowledgeBase
) -> None:
    assert unwritten(said, base.knowledge) == (what, rest)


def test_what_is_called_unwritten_stands_in_no_clause(base: KnowledgeBase) -> None:
    sayings = [s for said in base.knowledge.unwritten.values() for s in said]
    clauses = [clause.text for clause in base.knowledge.clauses.values()]
    assert sayings
    assert [s for s in sayings if any(s in text for text in clauses)] == []
