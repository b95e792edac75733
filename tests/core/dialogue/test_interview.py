"""Answers put in their place, and what comes of them."""

from __future__ import annotations

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.session import Answer, Mode, Session
from tests.core.small_knowledge import ids_of, small_base, talk, text_of


@pytest.fixture(scope="module")
def small() -> KnowledgeBase:
    return small_base()


def test_beginning_asks_the_first_question(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start")[-1]
    assert (turn.session.mode, turn.session.pending) == (Mode.INTERVIEW, "identity")


def test_answers_lead_to_results(small: KnowledgeBase) -> None:
    turns = talk(
        small,
        "c:start",
        "a:identity:student",
        "a:stage:idea",
        "a:needs:funding",
        "a:district:liubei",
    )
    assert turns[-1].session.mode is Mode.RESULTS
    assert turns[-1].session.pending == ""
    assert [f.support for f in turns[-1].findings][:2] == ["shop", "enrolment"]


def test_somebody_who_asked_as_a_student_is_presumed_to_be_one(small: KnowledgeBase) -> None:
    turn = talk(small, "s:enrolment", "c:start")[-1]
    assert turn.session.profile == {"identity": ("student",)}
    assert "在校学生" in text_of(turn)
    assert turn.session.pending == "stage"


def test_nobody_is_presumed_where_several_kinds_of_people_are_meant(small: KnowledgeBase) -> None:
    assert talk(small, "s:shop", "c:start")[-1].session.profile == {}


def test_what_somebody_said_is_never_presumed_over(small: KnowledgeBase) -> None:
    turns = talk(small, "c:start", "a:identity:operator", "s:enrolment", "c:start")
    assert turns[-1].session.profile["identity"] == ("operator",)


def test_going_back_takes_the_last_answer_and_asks_again(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "a:identity:student", "a:stage:idea", "c:back")[-1]
    assert turn.session.answers == (Answer("identity", ("student",)),)
    assert turn.session.pending == "stage"


def test_going_back_takes_back_what_was_skipped(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "c:skip", "c:back")[-1]
    assert turn.session.answers == ()
    assert turn.session.pending == "identity"


def test_going_back_from_the_results_asks_the_last_question(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "a:identity:student", "c:results", "c:back")[-1]
    assert turn.session.pending == "identity"


def test_there_is_nothing_before_the_first_question(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "c:back")[-1]
    assert turn.session.pending == "identity"
    assert "没有" in text_of(turn)


def test_skipping_goes_on_and_says_nothing_about_the_founder(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "c:skip")[-1]
    assert turn.session.profile == {}
    assert turn.session.pending == "stage"


def test_a_changed_answer_keeps_the_others_and_is_said(small: KnowledgeBase) -> None:
    turns = talk(
        small,
        "c:start",
        "a:identity:student",
        "a:stage:idea",
        "c:edit:identity",
        "a:identity:company",
    )
    assert turns[-1].session.profile == {"identity": ("company",), "stage": ("idea",)}
    assert "企业" in turns[-1].replies[0].text


def test_skipping_while_changing_an_answer_keeps_the_old_one(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "a:identity:student", "c:edit:identity", "c:skip")[-1]
    assert turn.session.profile == {"identity": ("student",)}


def test_an_old_button_of_another_question_is_taken_and_the_question_stays(
    small: KnowledgeBase,
) -> None:
    turn = talk(small, "c:start", "a:stage:idea")[-1]
    assert turn.session.profile == {"stage": ("idea",)}
    assert turn.session.pending == "identity"


def test_ticking_two_is_one_answer(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "a:identity:student+company")[-1]
    assert turn.session.profile["identity"] == ("student", "company")


def test_none_of_them_gives_way_to_one_of_them(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "a:identity:none+student")[-1]
    assert turn.session.profile["identity"] == ("student",)


def test_two_choices_never_hold_where_only_one_may(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "a:stage:idea+startup")[-1]
    assert len(turn.session.profile.get("stage", ())) <= 1
    assert text_of(turn)


def test_who_has_graduated_is_no_student_any_more(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "我是学生", "我毕业了")[-1]
    assert turn.session.profile["identity"] == ("graduate",)
    assert "在校学生" in text_of(turn)


def test_what_is_denied_is_taken_back(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "a:identity:student+company", "我不是学生")[-1]
    assert turn.session.profile["identity"] == ("company",)


def test_a_question_does_not_leave_the_interview(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "a:identity:student", "有没有免费工位")[-1]
    assert turn.outcome == "answer"
    assert turn.session.pending == "stage"
    assert len(turn.replies) == 2
    assert turn.replies[0].choices == ()
    assert "到哪一步了" in turn.replies[1].text
    assert ids_of(turn)[0] == "a:stage:idea"


def test_results_come_a_page_at_a_time(base: KnowledgeBase) -> None:
    turns = talk(base, "c:results", "c:more", "c:more")
    assert [t.session.page for t in turns] == [0, 1, 2]
    shown = [i for t in turns for i in ids_of(t) if i.startswith("s:")]
    assert len(shown) == len(set(shown)) == 18


def test_an_interview_ends_at_once_where_nothing_is_left_to_ask(small: KnowledgeBase) -> None:
    session = Session(answers=tuple(Answer(s) for s in small.knowledge.slots))
    assert talk(small, "c:start", session=session)[-1].session.mode is Mode.RESULTS


def test_a_correction_of_the_firm_leaves_who_somebody_is(base: KnowledgeBase) -> None:
    turn = talk(base, "c:start", "a:identity:returnee", "a:stage:idea", "不对，我公司已经注册了")[
        -1
    ]
    assert turn.session.profile == {"identity": ("returnee", "company"), "stage": ("startup",)}


def test_a_correction_that_there_is_no_firm_makes_nobody_one(base: KnowledgeBase) -> None:
    turn = talk(base, "c:start", "不对，公司还没注册，在准备")[-1]
    assert turn.session.profile == {"stage": ("idea",)}


def test_a_correction_of_who_somebody_is_replaces_it(base: KnowledgeBase) -> None:
    turn = talk(base, "c:start", "a:identity:returnee", "不对，我是农民工")[-1]
    assert turn.session.profile["identity"] == ("migrant_worker",)


def test_the_last_answer_is_corrected_by_its_number(base: KnowledgeBase) -> None:
    turn = talk(base, "c:start", "2", "不对，是1")[-1]
    assert turn.session.profile == {"identity": ("student",)}
    assert turn.session.pending == "stage"
    assert "在校学生" in text_of(turn)


def test_a_number_that_the_last_question_does_not_have_corrects_nothing(
    base: KnowledgeBase,
) -> None:
    before, after = talk(base, "c:start", "2", "不对，是30")[-2:]
    assert after.session.profile == before.session.profile
