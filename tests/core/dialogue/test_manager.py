"""Whole turns on the real knowledge."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.dialogue.question_resolver import decide
from bot.core.dialogue.single_turn import ask
from bot.core.domain.session import Answer, Mode, Option, Session, Utterance
from bot.core.retrieval.index import SearchResult
from tests.core.small_knowledge import ids_of, small_base, talk, text_of
from tests.knowledge_base import DAY


def test_an_interview_with_a_question_in_it_ends_in_results(base: KnowledgeBase) -> None:
    turns = talk(
        base, "休学创业能保留学籍吗", "那找谁？", "还有哪些适合我", "还在想", "开网店能贷款吗"
    )
    answer, who, start, stage, loan = turns
    assert "3.2" in answer.cites
    assert "市教育局" in text_of(answer)
    assert "2016 年" in text_of(answer)
    assert answer.session.focus == who.session.focus
    assert "市教育局" in text_of(who)
    assert start.session.profile == {"identity": ("student",)}
    assert start.session.pending == "stage"
    assert stage.session.profile["stage"] == ("idea",)
    assert loan.outcome == "answer"
    assert "网店" in text_of(loan)
    assert loan.session.pending == stage.session.pending
    assert loan.session.answers == stage.session.answers


def test_one_sentence_can_hold_a_fact_and_a_question(base: KnowledgeBase) -> None:
    turn = talk(base, "我是大三学生，想休学创业，找谁")[-1]
    assert turn.session.profile["identity"] == ("student",)
    assert turn.session.profile.keys() <= {"identity", "needs"}
    assert turn.outcome == "answer"
    assert turn.cites == ("3.2",)
    assert "市教育局" in text_of(turn)


def test_a_question_about_another_city_is_not_answered(base: KnowledgeBase) -> None:
    turn = talk(base, "南宁大学生创业有补贴吗")[-1]
    assert turn.outcome == "unknown"
    assert "别的城市" in text_of(turn)


@pytest.mark.parametrize("said", ["公积金贷款买房", "农民工讨薪", "留学签证", "今天天气怎么样"])
def test_a_question_that_only_shares_words_with_the_policy_is_unknown(
    said: str, base: KnowledgeBase
) -> None:
    turn = talk(base, said)[-1]
    assert turn.outcome == "unknown"
    assert turn.cites == ()


def test_an_unknown_question_is_stored_for_the_admin(base: KnowledgeBase) -> None:
    said = "火星上怎么种土豆"
    assert talk(base, said)[-1].effects.unanswered == said


def test_an_out_of_scope_question_is_not_stored_as_unanswered(base: KnowledgeBase) -> None:
    turn = talk(base, "老板拖欠工资怎么办")[-1]
    assert turn.outcome == "unknown"
    assert turn.effects.unanswered == ""


@pytest.mark.parametrize("said", ["", "   ", "。。。", "\u200b", "\x00\x01", "😀😀😀"])
def test_an_empty_message_changes_nothing(said: str, base: KnowledgeBase) -> None:
    before = talk(base, "c:start", "a:identity:student")[-1].session
    turn = talk(base, said, session=before)[-1]
    assert turn.session.answers == before.answers
    assert turn.session.pending == before.pending
    assert turn.replies[-1].choices


def test_a_number_refers_to_the_last_offered_options(base: KnowledgeBase) -> None:
    turns = talk(base, "c:start", "1")
    assert turns[-1].session.profile == {"identity": ("student",)}


def test_several_numbers_are_one_answer(base: KnowledgeBase) -> None:
    turn = talk(base, "c:start", "1和3")[-1]
    assert turn.session.profile == {"identity": ("student", "returnee")}


def test_a_number_that_was_not_offered_changes_nothing(base: KnowledgeBase) -> None:
    turn = talk(base, "c:start", "99")[-1]
    assert turn.session.pending == "identity"
    assert turn.session.answers == ()
    assert "没有这个选项" in text_of(turn)


def test_the_thirteenth_district_and_skip_can_be_typed_as_numbers(
    base: KnowledgeBase,
) -> None:
    asked = talk(base, "c:start", "a:identity:student", "a:stage:idea", "a:needs:venue")[-1]
    assert asked.session.pending == "district"
    number = ids_of(asked).index("c:skip") + 1
    turn = talk(base, str(number), session=asked.session)[-1]
    assert turn.session.answered("district") == Answer("district")


def test_a_candidate_opens_by_its_number(base: KnowledgeBase) -> None:
    session = Session(offered=(Option("s:" + next(iter(base.knowledge.supports)), "甲"),))
    assert talk(base, "1", session=session)[-1].outcome == "answer"


def test_a_correction_changes_the_answer(base: KnowledgeBase) -> None:
    turn = talk(base, "c:start", "学生", "不对，我是农民工")[-1]
    assert turn.session.profile["identity"] == ("migrant_worker",)


def test_facts_about_a_relative_are_stored_for_the_relative(base: KnowledgeBase) -> None:
    session = talk(base, "我儿子是大学生，能贷款吗")[-1].session
    assert (session.about, session.profile) == ("儿子", {"identity": ("student",)})
    assert session.turned_to("").profile == {}


def test_a_follow_up_without_a_focus_asks_which_support(base: KnowledgeBase) -> None:
    turn = talk(base, "为什么")[-1]
    assert turn.cites == ()
    assert text_of(turn)


def test_an_amount_is_quoted_or_said_to_be_unstated(base: KnowledgeBase) -> None:
    assert "55万元/年" in text_of(talk(base, "众创空间一年能拿多少钱")[-1])
    assert "没有写" in text_of(talk(base, "休学创业能保留学籍吗", "多少钱")[-1])


def test_a_support_that_left_the_knowledge_is_dropped_with_a_notice(base: KnowledgeBase) -> None:
    session = Session(answers=(Answer("identity", ("student",)),), focus="gone", mode=Mode.DETAIL)
    turn = talk(base, "c:me", session=session)[-1]
    assert turn.session.focus == ""
    assert turn.session.answers == session.answers
    assert "知识库刚更新过" in turn.replies[0].text


def test_a_slot_that_left_the_knowledge_is_dropped_with_a_notice(base: KnowledgeBase) -> None:
    session = Session(pending="gone", interviewing=True, mode=Mode.INTERVIEW)
    turn = talk(base, "c:help", session=session)[-1]
    assert turn.session.pending != "gone"
    assert "知识库刚更新过" in turn.replies[0].text


def test_answers_of_an_older_knowledge_version_are_tolerated(base: KnowledgeBase) -> None:
    old = Session(answers=(Answer("gone", ("x",)), Answer("identity", ("gone",))))
    for said in ("c:results", "c:me", "c:others", "c:start", "c:back", "c:skip", "s:gone", "你好"):
        assert text_of(talk(base, said, session=old)[-1])


def test_a_step_does_not_change_its_arguments(base: KnowledgeBase) -> None:
    session = talk(base, "c:start")[-1].session
    before = json.dumps(session.dump())
    talk(base, "a:identity:student", session=session)
    assert json.dumps(session.dump()) == before


def test_the_same_step_gives_the_same_turn(base: KnowledgeBase) -> None:
    session = talk(base, "c:start")[-1].session
    said = Utterance("开网店能贷款吗")
    assert step(session, said, base, DAY) == step(session, said, base, DAY)


def test_the_day_decides_whether_a_support_has_expired() -> None:
    held = small_base()
    over = replace(held.knowledge.supports["desk"], valid_until=date(2025, 12, 31))
    base = small_base(supports={**held.knowledge.supports, "desk": over})
    assert "这一项已经到期" not in text_of(talk(base, "s:desk", day=date(2025, 12, 31))[-1])
    assert "这一项已经到期" in text_of(talk(base, "s:desk", day=date(2026, 1, 1))[-1])


def test_ask_returns_the_documented_record(base: KnowledgeBase) -> None:
    answer = ask("开网店能贷款吗", base, DAY)
    assert answer["outcome"] == "answer"
    assert 1 <= len(answer["matches"]) <= 5
    best = answer["matches"][0]
    assert best["clause"] == "3.2"
    assert best["lead_bureau"] == best["bureaus"][0] == "市教育局"
    assert {"support", "clause", "title", "score", "lead_bureau", "bureaus"} <= set(best)
    scores = [m["score"] for m in answer["matches"]]
    assert scores == sorted(scores, reverse=True)
    json.dumps(answer, ensure_ascii=False)


def test_an_unknown_question_offers_no_supports(base: KnowledgeBase) -> None:
    answer = ask("公积金贷款买房", base, DAY)
    assert answer["outcome"] == "unknown"
    assert not any(m["title"] in answer["reply"] for m in answer["matches"])


def test_an_unclear_question_offers_its_candidates(base: KnowledgeBase) -> None:
    answers = [ask(text, base, DAY) for text in ("贷款", "补贴", "场地", "孵化", "培训", "导师")]
    unclear = [a for a in answers if a["outcome"] == "clarify"]
    assert unclear
    assert all(unclear[0]["matches"][0]["title"] in a["reply"] for a in unclear[:1])


@pytest.mark.parametrize("typed", ["", "  ", "\ud800", "1", "帮助", "😀", "x" * 3000])
def test_ask_accepts_any_text(typed: str, base: KnowledgeBase) -> None:
    answer = ask(typed, base, DAY)
    assert answer["outcome"] in ("answer", "clarify", "unknown")
    assert answer["reply"]
    json.dumps(answer, ensure_ascii=False).encode("utf-8")


def test_a_search_without_matches_is_unknown() -> None:
    assert decide(SearchResult(()), 10) == "unknown"


def test_a_better_out_of_scope_topic_is_unknown(base: KnowledgeBase) -> None:
    found = base.index.search("休学创业能保留学籍吗")
    assert decide(found, 10) == "answer"
    assert decide(SearchResult(found.matches, "wages", found.confidence), 10) == "unknown"
