"""Who asks for an out-of-scope topic gets its hotline; who only uses its words stays here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import yaml

from bot.core.dialogue.manager import KnowledgeBase
from tests.core.small_knowledge import talk
from tests.knowledge_base import question_sets, questions

Texts = Mapping[str, Mapping[str, Sequence[str]]]
TOPICS: Texts = yaml.safe_load(
    Path(__file__).with_name("near_topics.yaml").read_text(encoding="utf-8")
)
FOCUS = "s:startup-guarantee-loan"


def share_sent_away(base: KnowledgeBase, kind: str, *before: str) -> float:
    """Return the share of the texts of a kind that are answered with a hotline, after messages."""
    texts = [text for topic in TOPICS.values() for text in topic[kind]]
    sent = [text for text in texts if is_sent_away(base, *before, text)]
    return len(sent) / len(texts)


def is_sent_away(base: KnowledgeBase, *said: str) -> bool:
    """Return whether the last message is understood as a question on an out-of-scope topic."""
    return any(act.act == "out_of_scope" for act in talk(base, *said)[-1].acts)


def test_near_misses_of_topics_are_not_sent_away(base: KnowledgeBase) -> None:
    assert share_sent_away(base, "near") <= 0.025
    assert share_sent_away(base, "near", FOCUS) <= 0.012


def test_questions_on_topics_get_their_hotline(base: KnowledgeBase) -> None:
    assert share_sent_away(base, "asks") >= 0.72
    assert share_sent_away(base, "asks", FOCUS) >= 0.54


@pytest.mark.parametrize(
    "text",
    [
        "医保是单位帮交的，我想出来单干",
        "离婚以后一个人带娃，帮人缝缝补补，想盘个小铺",
        "彩票中了三千块，拿来进货还差一点",
    ],
)
def test_who_tells_of_oneself_is_not_sent_away(text: str, base: KnowledgeBase) -> None:
    assert not is_sent_away(base, text)
    assert not is_sent_away(base, FOCUS, text)


@pytest.mark.parametrize(
    "text", ["我是大三学生，医保怎么报销", "在厂里上班，公积金提取要什么材料"]
)
def test_a_question_beside_facts_gets_its_hotline(text: str, base: KnowledgeBase) -> None:
    assert is_sent_away(base, text)


def test_a_condition_in_a_talk_on_supports_is_no_topic(base: KnowledgeBase) -> None:
    said = "车贷没还完要紧不"
    assert is_sent_away(base, said)
    assert not is_sent_away(base, FOCUS, said)
    assert not is_sent_away(base, "有哪些贷款", said)


def test_a_topic_leaves_the_focus(base: KnowledgeBase) -> None:
    assert is_sent_away(base, FOCUS, "医保异地报销要怎么办")


def test_a_question_in_scope_is_elsewhere_at_most_by_one_percent(base: KnowledgeBase) -> None:
    clean, elsewhere = base.reader.clean, base.acts.elsewhere
    asked = [q for name in question_sets() for q in questions(name) if q.gold]
    away = [q.text for q in asked if elsewhere(clean(q.text)) >= 2.0]
    assert len(away) <= 0.01 * len(asked), away
