"""The form of a question: yes/no, hearsay, claims, and the words that can be repeated."""

from __future__ import annotations

import pytest

from bot.core.nlu.question_form import SAID_MAX, QuestionReader
from tests.core.small_knowledge import knowledge

READER = QuestionReader(knowledge())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("是这样吗", True),
        ("有这回事没", True),
        ("听讲不用还，真的假的", False),
        ("利息是几多", False),
    ],
)
def test_a_question_may_only_doubt(text: str, expected: bool) -> None:
    assert READER.only_doubts(text) is expected


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("听说每年都有", "每年都有"),
        ("我姑姑说不用还", "不用还"),
        ("网上讲当天拿证，对不对", "当天拿证，对不对"),
        ("开店据说每家补两万", "开店每家补两万"),
        ("抖音讲借钱不用还", "借钱不用还"),
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
    ("text", "said"),
    [
        ("那反担保呢", "反担保呢"),
        ("店刚开三个月，还租了隔壁一层放货，水电费用该谁来交", "水电费用该谁来交"),
        ("听说要先交押金", "要先交押金"),
        ("我家隔壁开了十多年的老店他们家是夫妻两个人一起做的也能一起申请吗", ""),
        ("会不会更 cheap", ""),
        ("那还一样吗", ""),
    ],
)
def test_a_question_is_repeated_as_it_is_asked(text: str, said: str) -> None:
    found = READER.read(text).said
    assert found == said
    assert len(found) <= SAID_MAX
