"""Finding supports for the catalogue, with the knowledge that is served."""

from __future__ import annotations

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.dialogue.single_turn import MAX_FOUND, find
from tests.knowledge_base import DAY


def test_a_word_finds_all_that_is_about_it_the_best_first(base: KnowledgeBase) -> None:
    found = find("贷款", base, DAY)
    assert found.sure
    assert found.supports[0] == "startup-guarantee-loan"
    assert {"migrant-startup-loan", "online-shop-loan"} <= set(found.supports)
    assert "leave-and-keep-enrolment" not in found.supports


@pytest.mark.parametrize("text", ["今天天气", "12345", "柳州"])
def test_what_the_dialogue_would_not_answer_is_not_sure(base: KnowledgeBase, text: str) -> None:
    assert not find(text, base, DAY).sure


@pytest.mark.parametrize("text", ["", " ", "\0", "。", "长" * 5000, "\ud800"], ids=repr)
def test_any_text_finds_a_bounded_list_without_repetition(base: KnowledgeBase, text: str) -> None:
    found = find(text, base, DAY).supports
    assert len(found) == len(set(found)) <= MAX_FOUND
