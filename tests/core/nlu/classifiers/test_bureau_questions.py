"""Questions about bureaus."""

from __future__ import annotations

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.dialogue.understanding.instructions import ABOUT_BUREAU_FROM
from bot.core.nlu.classifiers.bureau_questions import (
    MASK,
    MENTION,
    NAME,
    OFFICE,
    WORK,
    BureauNames,
)
from tests.core.small_knowledge import knowledge


@pytest.fixture(scope="module")
def names() -> BureauNames:
    return BureauNames(knowledge(), lambda text: text)


def test_the_name_of_a_bureau_is_masked(names: BureauNames) -> None:
    assert names.masked("教育局 呢") == (("教育局",), f"{MASK} 呢")
    assert names.split("教育局呢？") == (("教育局",), "呢")


def test_several_bureaus_keep_the_order_of_the_message(names: BureauNames) -> None:
    assert names.named("教育局和科技局") == ("教育局", "科技局")


def test_a_part_of_a_longer_name_is_no_second_bureau(names: BureauNames) -> None:
    assert names.masked("柳州市教育局") == (("教育局",), MASK)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("质监局现今挂哪块牌", NAME),
        ("政务办还叫这个么", NAME),
        ("劳动局咧", NAME),
        ("经信委的座机几多", OFFICE),
        ("市监局坐落在哪条马路", OFFICE),
        ("文旅局揽下了哪几件事", WORK),
        ("财政局都分管啥", WORK),
        ("休学这事教育局答应不答应", MENTION),
        ("我姐在工商局上班好多年", MENTION),
        ("开店营业执照去工商局拿还是网上打印", MENTION),
    ],
)
def test_what_is_asked_about_a_bureau(text: str, kind: str, base: KnowledgeBase) -> None:
    asked = base.acts.bureau_question(text)
    assert len(asked.names) == 1
    assert (asked.kind if asked.probability >= ABOUT_BUREAU_FROM else MENTION) == kind


def test_a_message_without_a_bureau_asks_nothing_about_one(base: KnowledgeBase) -> None:
    assert base.acts.bureau_question("现在叫什么") == ((), "", 0.0)
