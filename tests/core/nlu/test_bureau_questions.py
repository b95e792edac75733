"""Questions about bureaus."""

from __future__ import annotations

import pytest

from bot.core.nlu.bureau_questions import BureauQuestions
from tests.core.small_knowledge import knowledge


def bare(text: str) -> str:
    return text.strip("？?。").replace(" ", "")


@pytest.fixture(scope="module")
def reader() -> BureauQuestions:
    return BureauQuestions(knowledge(), bare)


def test_a_question_for_the_name_keeps_the_rest_of_the_message(reader: BureauQuestions) -> None:
    assert reader.renamed("教育局现在叫什么？") == (("教育局",), "")
    assert reader.renamed("教育局的贷款现在叫什么") == (("教育局",), "的贷款")
    assert reader.renamed("教育局呢") == ((), "")


@pytest.mark.parametrize("text", ["科技局呢", "那科技局那边呢？", "市科技局咧", "科技局"])
def test_a_bureau_and_words_beside_it_say_nothing_else(reader: BureauQuestions, text: str) -> None:
    assert reader.alone(text) == ("科技局",)


@pytest.mark.parametrize("text", ["科技局的补助呢", "科技局的人很好", "那边呢"])
def test_another_content_is_more_than_a_bureau(reader: BureauQuestions, text: str) -> None:
    assert reader.alone(text) == ()


def test_several_bureaus_keep_the_order_of_the_message(reader: BureauQuestions) -> None:
    assert reader.named("教育局和科技局") == ("教育局", "科技局")
