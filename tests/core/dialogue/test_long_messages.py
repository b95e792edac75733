"""A question counts wherever it stands in a long message."""

from __future__ import annotations

import pytest

from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.dialogue.single_turn import ask
from bot.core.domain.session import Session, Utterance
from bot.core.text.normalizer import MAX_TEXT_CHARS, WINDOW_CHARS
from tests.knowledge_base import DAY

# Sentences that ask nothing and name nothing of the policy.
PADDING = (
    "昨天晚上又下了好大一场雨，路上堵了很久。",
    "早上在桥头吃了一碗粉，味道和小时候一样。",
    "隔壁的猫总爱在窗台上睡觉，一睡就是一下午。",
    "说了半天，也不知道说清楚没有，您慢慢看。",
)
QUESTIONS = {
    "休学创业能保留学籍吗？": "leave-and-keep-enrolment",
    "众筹试点是怎么回事？": "crowdfunding-pilot",
    "三证合一怎么登记？": "one-licence-registration",
}
LENGTHS = (200, WINDOW_CHARS + 22, 500, 1_000, 2_500, MAX_TEXT_CHARS)


def padded(question: str, length: int, place: str) -> str:
    """Put the question first, in the middle, or last in a text of nearly this length."""
    rest = length - len(question)
    sentences: list[str] = []
    while sum(map(len, sentences)) + len(PADDING[len(sentences) % len(PADDING)]) <= rest:
        sentences.append(PADDING[len(sentences) % len(PADDING)])
    at = {"first": 0, "middle": len(sentences) // 2, "last": len(sentences)}[place]
    return "".join((*sentences[:at], question, *sentences[at:]))


@pytest.mark.parametrize("place", ["first", "middle", "last"])
@pytest.mark.parametrize("length", LENGTHS)
def test_a_question_is_found_at_any_place(length: int, place: str, base: KnowledgeBase) -> None:
    for question, support in QUESTIONS.items():
        text = padded(question, length, place)
        turn = step(Session(), Utterance(text), base, DAY)
        assert (turn.session.focus, turn.outcome) == (support, "answer"), (length, place)
        answer = ask(text, base, DAY)
        assert answer["matches"][0]["support"] == support
        assert answer["outcome"] == "answer"


def test_a_long_text_without_punctuation_is_read_to_its_end(base: KnowledgeBase) -> None:
    text = "".join(PADDING * 10).replace("，", "").replace("。", "") + "休学创业能保留学籍吗"
    turn = step(Session(), Utterance(text), base, DAY)
    assert turn.session.focus == "leave-and-keep-enrolment"


def test_facts_and_question_of_a_long_message_are_both_taken(base: KnowledgeBase) -> None:
    text = "我是大三学生。" + "".join(PADDING * 12) + "休学创业能保留学籍吗？"
    turn = step(Session(), Utterance(text), base, DAY)
    assert turn.session.profile["identity"] == ("student",)
    assert turn.session.focus == "leave-and-keep-enrolment"


def test_facts_at_the_end_of_a_long_message_are_taken(base: KnowledgeBase) -> None:
    text = "休学创业能保留学籍吗？" + "".join(PADDING * 12) + "我是大三学生。"
    turn = step(Session(), Utterance(text), base, DAY)
    assert turn.session.profile["identity"] == ("student",)


def test_a_long_message_about_nothing_is_not_answered(base: KnowledgeBase) -> None:
    turn = step(Session(), Utterance("".join(PADDING * 30)), base, DAY)
    assert turn.outcome != "answer"
    assert len(turn.effects.unanswered) <= WINDOW_CHARS
