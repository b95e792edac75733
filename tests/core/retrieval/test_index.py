"""From a question to the supports that answer it."""

from __future__ import annotations

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from tests.core.small_knowledge import small_base
from tests.knowledge_base import all_questions


@pytest.fixture(scope="module")
def small() -> KnowledgeBase:
    return small_base()


def test_a_sample_question_finds_its_own_support(small: KnowledgeBase) -> None:
    for support in small.knowledge.supports.values():
        for question in support.questions:
            assert small.index.search(question).matches[0].support == support.id


def test_every_sample_question_of_the_real_knowledge_finds_its_clause(base: KnowledgeBase) -> None:
    supports = base.knowledge.supports
    asked = [(q, s.clause) for s in supports.values() for q in s.questions]
    lost = [
        question
        for question, clause in asked
        if clause
        not in [supports[m.support].clause for m in base.index.search(question).matches[:3]]
    ]
    assert len(lost) <= 0.01 * len(asked), lost


def test_what_is_said_otherwise_is_found_through_its_synonym(small: KnowledgeBase) -> None:
    assert small.index.search("停学").matches[0].support == "enrolment"


def test_the_best_come_first_and_never_more_than_asked_for(base: KnowledgeBase) -> None:
    found = base.index.search("创业有什么补贴", limit=3).matches
    assert len(found) == 3
    assert [m.score for m in found] == sorted((m.score for m in found), reverse=True)


def test_no_support_is_named_twice(base: KnowledgeBase) -> None:
    for question in all_questions()[::25]:
        named = [m.support for m in base.index.search(question.text).matches]
        assert len(named) == len(set(named))


@pytest.mark.parametrize("typed", ["", " ", "？！", "😀", "\x00", "的"])
def test_nothing_said_finds_nothing(typed: str, small: KnowledgeBase) -> None:
    found = small.index.search(typed)
    assert (found.matches, found.signpost, found.sure) == ((), "", 0.0)


def test_a_topic_that_the_paper_leaves_out_points_elsewhere(small: KnowledgeBase) -> None:
    assert small.index.search("老板欠薪").signpost == "wages"


def test_a_topic_of_the_paper_points_nowhere_else(small: KnowledgeBase) -> None:
    assert small.index.search("休学创业能保留学籍吗").signpost == ""


def test_who_you_are_settles_between_supports_for_different_people(small: KnowledgeBase) -> None:
    plain = {m.support: m.score for m in small.index.search("补助 学籍").matches}
    mine = {
        m.support: m.score
        for m in small.index.search("补助 学籍", {"identity": ("operator",)}).matches
    }
    assert mine["subsidy"] > plain["subsidy"]
    assert mine["enrolment"] < plain["enrolment"]


def test_who_you_are_leaves_what_is_for_everybody_alone(small: KnowledgeBase) -> None:
    plain = {m.support: m.score for m in small.index.search("宣传").matches}
    mine = {
        m.support: m.score for m in small.index.search("宣传", {"identity": ("operator",)}).matches
    }
    assert mine["open"] == plain["open"]


def test_who_you_are_never_makes_an_uncovered_topic_look_covered(base: KnowledgeBase) -> None:
    for text in ("公积金贷款买房", "农民工讨薪", "留学签证"):
        plain = base.index.search(text)
        mine = base.index.search(text, {"identity": ("student", "migrant_worker", "returnee")})
        assert mine.signpost == plain.signpost
        assert mine.sure <= plain.sure + 0.2


def test_the_words_that_matched_are_named(small: KnowledgeBase) -> None:
    matched = small.index.search("休学创业能保留学籍吗").matches[0].matched
    assert "休学" in matched
    assert all(word in "休学创业能保留学籍吗" for word in matched)


def test_the_same_question_gives_the_same_findings(base: KnowledgeBase) -> None:
    assert base.index.search("开网店能贷款吗") == base.index.search("开网店能贷款吗")


@pytest.mark.parametrize("typed", ["休學創業能保留學籍嗎", "修学创业能保留学籍吗"])
def test_script_and_homophones_find_the_same_support(typed: str, base: KnowledgeBase) -> None:
    right = base.index.search("休学创业能保留学籍吗").matches[0].support
    assert base.index.search(typed).matches[0].support == right


def test_words_that_no_support_knows_are_strange(base: KnowledgeBase) -> None:
    def strange(text: str) -> float:
        return base.index.search(text).matches[0].evidence.strange

    assert strange("火星登陆签证创业") > strange("休学创业")


def test_known_is_the_share_that_the_knowledge_has_heard_of(base: KnowledgeBase) -> None:
    def known(text: str) -> float:
        return base.index.search(text).matches[0].evidence.known

    assert known("休学创业保留学籍") > 0.9 > known("火星登陆签证创业")
