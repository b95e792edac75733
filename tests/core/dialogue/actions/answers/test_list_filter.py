"""A part of a list that was shown, and references to its items by rank."""

from __future__ import annotations

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.knowledge import NEEDS
from bot.core.domain.replies import Turn
from tests.core.small_knowledge import talk, text_of

STUDENT = "学生有什么补贴"
# Characters of a page of a list.
MAX_LIST = 350


def listed(turn: Turn) -> list[str]:
    choices = turn.replies[-1].choices
    return [option.id[2:] for option in choices if option.id.startswith("s:")]


@pytest.mark.parametrize("said", ["只挑跟要钱有关的", "就看跟资金沾边的", "光列补贴方面的"])
def test_a_need_filters_the_list(said: str, base: KnowledgeBase) -> None:
    turn = talk(base, "我是众创空间老板，有什么政策", said)[-1]
    shown = [base.knowledge.supports[support] for support in listed(turn)]
    assert shown
    assert all("funding" in s.needs or "补贴" in s.title for s in shown)
    assert NEEDS not in turn.session.profile
    assert len(text_of(turn)) <= MAX_LIST


def test_what_is_not_wanted_is_left_out(base: KnowledgeBase) -> None:
    turn = talk(base, STUDENT, "撇开贷款，别的有哪些")[-1]
    assert listed(turn)
    titles = [base.knowledge.supports[support].title for support in listed(turn)]
    assert not [title for title in titles if "贷款" in title]
    findings = {finding.support for finding in turn.findings}
    assert "online-shop-loan" not in findings


@pytest.mark.parametrize(
    ("said", "support"),
    [
        ("上头哪条是管学籍的", "leave-and-keep-enrolment"),
        ("哪一样和学分有关", "practice-for-credits"),
    ],
)
def test_an_item_is_named_by_what_it_is_about(
    said: str, support: str, base: KnowledgeBase
) -> None:
    turn = talk(base, STUDENT, said)[-1]
    assert support == turn.session.focus or support in listed(turn)
    assert len(listed(turn)) <= 3


@pytest.mark.parametrize("said", ["后面还有没", "再列几个嘛"])
def test_more_goes_on_after_a_list_of_an_unknown_person(said: str, base: KnowledgeBase) -> None:
    first, second = talk(base, "科技局牵头的是哪些", said)
    assert listed(second)
    assert not set(listed(first)) & set(listed(second))


@pytest.mark.parametrize(
    ("said", "act"),
    [
        ("有啥子贷款可以搞", "list"),
        ("毕业生能享受点什么", "list"),
        ("场地方面给些什么", "filter"),
        ("归教育局的都有哪几条", "overview"),
        ("像我们这种小铺面能沾到什么", "seek"),
        ("not the loans, what else", "filter"),
    ],
)
def test_a_list_is_requested_in_any_words(said: str, act: str, base: KnowledgeBase) -> None:
    assert talk(base, said)[-1].acts[-1].act == act


@pytest.mark.parametrize(
    "said",
    ["休学有什么手续", "开网店有什么补贴", "贷款有什么条件", "二胎有什么补贴", "桂林有什么补贴"],
)
def test_a_question_about_one_matter_gets_no_list(said: str, base: KnowledgeBase) -> None:
    acts = {act.act for act in talk(base, said)[-1].acts}
    assert not acts & {"list", "filter", "overview", "seek"}


def test_a_filter_needs_a_list(base: KnowledgeBase) -> None:
    assert "filter" not in [act.act for act in talk(base, "只看给钱的")[-1].acts]


def test_a_question_with_the_words_of_a_filter_stays_a_question(base: KnowledgeBase) -> None:
    turn = talk(base, STUDENT, "休学创业要不要先办什么手续，学校那边保留学籍多久")[-1]
    assert "filter" not in [act.act for act in turn.acts]


@pytest.mark.parametrize(
    ("said", "place"),
    [("第二合适的呢", 1), ("排最前面的讲下", 0), ("最后那样是什么", -1), ("第三样展开", 2)],
)
def test_an_item_is_named_by_its_rank(said: str, place: int, base: KnowledgeBase) -> None:
    first, second = talk(base, STUDENT, said)
    assert second.session.focus == listed(first)[place]


def test_why_the_first_one_is_the_first(base: KnowledgeBase) -> None:
    first, second = talk(base, "我是农民工", "为啥先讲它")
    assert second.session.focus == listed(first)[0]
    assert "对您来说" in text_of(second)


def test_a_list_says_how_old_the_paper_is_unless_the_conversation_said_it(
    base: KnowledgeBase,
) -> None:
    first, part, contact, results = talk(base, STUDENT, "只挑跟要钱有关的", "找谁办", "结果")
    assert "⚠ 文件目标年" in text_of(first)
    for later in (part, contact, results):
        assert "⚠" not in text_of(later)
    assert listed(part)
