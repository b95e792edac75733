"""Search: from a question to the supports that answer it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.retrieval.index import build_index
from tests.core.small_knowledge import small_base
from tests.knowledge_base import all_questions

Profile = dict[str, tuple[str, ...]]


@pytest.fixture(scope="module")
def small() -> KnowledgeBase:
    return small_base()


def scores(base: KnowledgeBase, text: str, profile: Profile | None = None) -> dict[str, float]:
    """Search a text and return the score of each matching support."""
    return {match.support: match.score for match in base.index.search(text, profile).matches}


def test_each_sample_question_finds_its_own_support(small: KnowledgeBase) -> None:
    for support in small.knowledge.supports.values():
        for question in support.questions:
            assert small.index.search(question).matches[0].support == support.id


def test_sample_questions_of_the_real_knowledge_find_their_clause(base: KnowledgeBase) -> None:
    supports = base.knowledge.supports
    samples = [(q, s.clause) for s in supports.values() for q in s.questions]
    missed = [
        question
        for question, clause in samples
        if clause
        not in [supports[m.support].clause for m in base.index.search(question).matches[:3]]
    ]
    assert len(missed) <= 0.01 * len(samples), missed


def test_a_synonym_finds_the_support_of_its_standard_word(small: KnowledgeBase) -> None:
    assert small.index.search("停学").matches[0].support == "enrolment"


def test_matches_are_sorted_and_limited(base: KnowledgeBase) -> None:
    matches = base.index.search("创业有什么补贴", limit=3).matches
    assert len(matches) == 3
    assert [m.score for m in matches] == sorted((m.score for m in matches), reverse=True)


def test_no_support_is_listed_twice(base: KnowledgeBase) -> None:
    for question in all_questions()[::25]:
        supports = [m.support for m in base.index.search(question.text).matches]
        assert len(supports) == len(set(supports))


@pytest.mark.parametrize("text", ["", " ", "？！", "😀", "\x00", "的"])
def test_a_text_without_content_finds_nothing(text: str, small: KnowledgeBase) -> None:
    found = small.index.search(text)
    assert (found.matches, found.out_of_scope, found.confidence) == ((), "", 0.0)


def test_an_out_of_scope_topic_is_reported(small: KnowledgeBase) -> None:
    assert small.index.search("老板欠薪").out_of_scope == "wages"


def test_a_topic_of_the_policy_reports_no_out_of_scope_topic(small: KnowledgeBase) -> None:
    assert small.index.search("休学创业能保留学籍吗").out_of_scope == ""


def test_the_identity_raises_its_own_supports_and_lowers_others(small: KnowledgeBase) -> None:
    without = scores(small, "补助 学籍")
    with_identity = scores(small, "补助 学籍", {"identity": ("operator",)})
    assert with_identity["subsidy"] > without["subsidy"]
    assert with_identity["enrolment"] < without["enrolment"]


def test_the_identity_does_not_change_supports_for_everyone(small: KnowledgeBase) -> None:
    without = scores(small, "宣传")
    with_identity = scores(small, "宣传", {"identity": ("operator",)})
    assert with_identity["open"] == without["open"]


def test_the_identity_does_not_bring_an_out_of_scope_topic_into_scope(base: KnowledgeBase) -> None:
    for text in ("公积金贷款买房", "农民工讨薪", "留学签证"):
        without = base.index.search(text)
        with_identity = base.index.search(
            text, {"identity": ("student", "migrant_worker", "returnee")}
        )
        assert with_identity.out_of_scope == without.out_of_scope
        assert with_identity.confidence <= without.confidence + 0.2


def test_a_match_lists_the_matched_words_of_the_question(small: KnowledgeBase) -> None:
    matched = small.index.search("休学创业能保留学籍吗").matches[0].matched
    assert "休学" in matched
    assert all(word in "休学创业能保留学籍吗" for word in matched)


def test_search_is_repeatable(base: KnowledgeBase) -> None:
    assert base.index.search("开网店能贷款吗") == base.index.search("开网店能贷款吗")


@pytest.mark.parametrize("text", ["休學創業能保留學籍嗎", "修学创业能保留学籍吗"])
def test_other_scripts_and_homophones_find_the_same_support(
    text: str, base: KnowledgeBase
) -> None:
    expected = base.index.search("休学创业能保留学籍吗").matches[0].support
    assert base.index.search(text).matches[0].support == expected


def test_words_in_no_support_count_as_unknown(base: KnowledgeBase) -> None:
    def unknown_words(text: str) -> float:
        return base.index.search(text).matches[0].evidence.unknown_words

    assert unknown_words("火星登陆签证创业") > unknown_words("休学创业")


def test_known_is_the_share_of_the_question_that_occurs_in_supports(base: KnowledgeBase) -> None:
    def known(text: str) -> float:
        return base.index.search(text).matches[0].evidence.known

    assert known("休学创业保留学籍") > 0.9 > known("火星登陆签证创业")


def test_a_sample_of_an_out_of_scope_topic_is_out_of_scope(base: KnowledgeBase) -> None:
    for topic in base.knowledge.signposts.values():
        text = max((text for text in topic.questions if not text.isascii()), key=len)
        assert base.index.search(text).matches[0].evidence.in_scope < 0, text


def test_most_samples_of_supports_are_in_scope(base: KnowledgeBase) -> None:
    texts = [text for s in base.knowledge.supports.values() for text in s.questions]
    missed = [text for text in texts if base.index.search(text).matches[0].evidence.in_scope < 0]
    assert len(missed) <= 0.04 * len(texts), missed


def test_without_out_of_scope_topics_nothing_speaks_for_one(small: KnowledgeBase) -> None:
    knowledge = replace(small.knowledge, signposts={})
    index = build_index(knowledge, small.index.analyzer)
    assert index.search("休学能保留学籍").matches[0].evidence.in_scope >= 0
    assert index.search("休学能保留学籍").out_of_scope == ""
