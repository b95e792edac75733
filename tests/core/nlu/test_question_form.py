"""The form of a question: yes/no, hearsay, claims, and the words that can be repeated."""

from __future__ import annotations

import pytest

from bot.core.nlu.question_form import NAME_MAX, QuestionReader
from tests.core.small_knowledge import knowledge

READER = QuestionReader(knowledge())


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("听说每年都有", "每年都有"),
        ("我姑姑说不用还", "不用还"),
        ("网上讲当天拿证，对不对", "当天拿证，对不对"),
    ],
)
def test_hearsay_is_read_without_its_frame(text: str, reported: str) -> None:
    form = READER.read(text)
    assert form.hearsay
    assert form.clean == reported


@pytest.mark.parametrize("text", ["我想说贷款", "你说清楚点", "贷款怎么办", "文件说的是什么"])
def test_other_texts_are_no_hearsay(text: str) -> None:
    assert not READER.read(text).hearsay


@pytest.mark.parametrize("text", ["免费吗", "要不要抵押", "能贷不", "住宅也行?"])
def test_these_questions_want_a_yes_or_no(text: str) -> None:
    assert READER.read(text).yes_no


@pytest.mark.parametrize("text", ["给多少?", "找谁?", "怎么办"])
def test_these_questions_want_more_than_a_yes_or_no(text: str) -> None:
    assert not READER.read(text).yes_no


def test_a_wish_is_no_claim_of_a_sum() -> None:
    assert READER.read("想贷20万开店").figures == ()
    assert [figure.words for figure in READER.read("每家给20万吗").figures] == ["20万"]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("那 反 担保 呢", "反担保"),
        ("店里 的 水电 费用 该 是 谁 来 交", "水电费用"),
        ("会 不会 更 cheap", ""),
        ("税务 登记 证明 原件 复印件 呢", "原件、复印件"),
        ("我们 的 店 是不是 一律 要 先 交 押金", "押金"),
    ],
)
def test_what_is_asked_about_is_named_by_a_run_of_words(words: str, name: str) -> None:
    rare = dict.fromkeys("复印件水电费用押金", 9.0)
    found = READER.name(words.replace(" ", ""), words.split(), lambda c: rare.get(c, 1.0))
    assert found == name
    assert len(found) <= NAME_MAX
