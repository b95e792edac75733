"""Supports that a reply without an answer suggests."""

from __future__ import annotations

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.told import told_key, written_key
from bot.core.text.question_form import QuestionForm
from tests.core.small_knowledge import ids_of, talk, text_of
from tests.knowledge_base import DAY


def test_a_question_beside_the_focus_is_offered_its_support(base: KnowledgeBase) -> None:
    turn = talk(base, "s:startup-university", "老师出去兼职那事")[-1]
    assert "您是不是想问：“高校教师" in text_of(turn)
    assert "s:teachers-in-companies" in ids_of(turn)


def test_nothing_is_suggested_in_the_first_reply(base: KnowledgeBase) -> None:
    turn = talk(base, "今晚吃什么菜好")[-1]
    assert turn.outcome == "unknown"
    assert not any(option.startswith("s:") for option in ids_of(turn))


def test_what_has_no_name_is_said_in_other_words_each_time(base: KnowledgeBase) -> None:
    support, form = (
        base.knowledge.supports["demonstration"],
        QuestionForm("xyz", rest="xyz", asks=True),
    )
    told: list[str] = []
    for _ in range(3):
        keys = [told_key(text) for text in told]
        facts = base.context(DAY, [*keys, written_key(support.id)] if told else ()).facts
        told.append(facts.answer(form, (), support).lines[0].text)
    assert len(set(told)) == len(told)


def test_what_asks_nothing_is_said_not_to_be_understood(base: KnowledgeBase) -> None:
    support = base.knowledge.supports["online-shop-loan"]
    form = base.questions.read("我爱人在超市上班")
    text = base.context(DAY).facts.answer(form, (), support).lines[0].text
    assert text.startswith("您说“我爱人在超市上班”，我没听明白")
    assert support.title in text
