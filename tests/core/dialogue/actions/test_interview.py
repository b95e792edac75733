"""The interview: questions, answers, corrections and results."""

from __future__ import annotations

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.session import Answer, Mode, Session
from bot.core.responses.results_list import PAGE_SIZE
from tests.core.small_knowledge import ids_of, small_base, talk, text_of


@pytest.fixture(scope="module")
def small() -> KnowledgeBase:
    return small_base()


def test_start_asks_the_first_question(small: KnowledgeBase) -> None:
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


def test_the_identity_is_presumed_from_the_support_in_focus(small: KnowledgeBase) -> None:
    turn = talk(small, "s:enrolment", "c:start")[-1]
    assert turn.session.profile == {"identity": ("student",)}
    assert "在校学生" in text_of(turn)
    assert turn.session.pending == "stage"


def test_no_identity_is_presumed_from_several_allowed_ones(small: KnowledgeBase) -> None:
    assert talk(small, "s:shop", "c:start")[-1].session.profile == {}


def test_a_stated_identity_is_never_replaced_by_a_presumed_one(small: KnowledgeBase) -> None:
    turns = talk(small, "c:start", "a:identity:operator", "s:enrolment", "c:start")
    assert turns[-1].session.profile["identity"] == ("operator",)


def test_an_answer_and_what_is_said_beside_it_are_noted_in_one_line(base: KnowledgeBase) -> None:
    turn = talk(base, "c:start", "我是在校学生，想开网店，项目在柳北区")[-1]
    assert {"identity", "stage", "district"} <= set(turn.session.profile)
    assert text_of(turn).count("记下了") == 1


def test_back_removes_the_last_answer_and_asks_its_slot(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "a:identity:student", "a:stage:idea", "c:back")[-1]
    assert turn.session.answers == (Answer("identity", ("student",)),)
    assert turn.session.pending == "stage"


def test_back_asks_a_skipped_slot_again(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "c:skip", "c:back")[-1]
    assert turn.session.answers == ()
    assert turn.session.pending == "identity"


def test_back_from_the_results_asks_the_last_question(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "a:identity:student", "c:results", "c:back")[-1]
    assert turn.session.pending == "identity"


def test_back_at_the_first_question_says_that_there_is_none(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "c:back")[-1]
    assert turn.session.pending == "identity"
    assert "没有" in text_of(turn)


def test_skip_continues_without_an_answer(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "c:skip")[-1]
    assert turn.session.profile == {}
    assert turn.session.pending == "stage"


def test_a_changed_answer_keeps_the_others_and_is_noted(small: KnowledgeBase) -> None:
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


def test_skip_while_editing_keeps_the_old_answer(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "a:identity:student", "c:edit:identity", "c:skip")[-1]
    assert turn.session.profile == {"identity": ("student",)}


def test_an_old_answer_button_is_stored_and_the_pending_question_stays(
    small: KnowledgeBase,
) -> None:
    turn = talk(small, "c:start", "a:stage:idea")[-1]
    assert turn.session.profile == {"stage": ("idea",)}
    assert turn.session.pending == "identity"


def test_two_selected_choices_are_one_answer(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "a:identity:student+company")[-1]
    assert turn.session.profile["identity"] == ("student", "company")


def test_none_beside_another_choice_is_dropped(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "a:identity:none+student")[-1]
    assert turn.session.profile["identity"] == ("student",)


def test_two_choices_of_a_single_choice_slot_are_refused(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "a:stage:idea+startup")[-1]
    assert len(turn.session.profile.get("stage", ())) <= 1
    assert text_of(turn)


def test_a_later_graduate_replaces_student(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "我是学生", "我毕业了")[-1]
    assert turn.session.profile["identity"] == ("graduate",)
    assert "在校学生" in text_of(turn)


def test_a_denied_choice_is_removed(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "a:identity:student+company", "我不是学生")[-1]
    assert turn.session.profile["identity"] == ("company",)


def test_a_question_keeps_the_interview_running(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "a:identity:student", "有没有免费工位")[-1]
    assert turn.outcome == "answer"
    assert turn.session.pending == "stage"
    assert len(turn.replies) == 2
    assert turn.replies[0].choices == ()
    assert "到哪一步了" in turn.replies[1].text
    assert ids_of(turn)[0] == "a:stage:idea"


def test_results_are_shown_page_by_page(base: KnowledgeBase) -> None:
    turns = talk(base, "c:results", "c:more", "c:more")
    assert [t.session.page for t in turns] == [0, 1, 2]
    shown = [i for t in turns for i in ids_of(t) if i.startswith("s:")]
    assert len(shown) == len(set(shown)) == 3 * PAGE_SIZE


def test_an_interview_without_open_slots_shows_the_results(small: KnowledgeBase) -> None:
    session = Session(answers=tuple(Answer(s) for s in small.knowledge.slots))
    assert talk(small, "c:start", session=session)[-1].session.mode is Mode.RESULTS


def test_a_correction_of_the_stage_keeps_the_identity(base: KnowledgeBase) -> None:
    turn = talk(base, "c:start", "a:identity:returnee", "a:stage:idea", "不对，我公司已经注册了")[
        -1
    ]
    assert turn.session.profile == {"identity": ("returnee", "company"), "stage": ("startup",)}


def test_a_correction_that_denies_a_firm_states_no_company(base: KnowledgeBase) -> None:
    turn = talk(base, "c:start", "不对，公司还没注册，在准备")[-1]
    assert turn.session.profile == {"stage": ("idea",)}


def test_a_correction_of_the_identity_replaces_it(base: KnowledgeBase) -> None:
    turn = talk(base, "c:start", "a:identity:returnee", "不对，我是农民工")[-1]
    assert turn.session.profile["identity"] == ("migrant_worker",)


def test_the_last_answer_is_corrected_by_its_number(base: KnowledgeBase) -> None:
    turn = talk(base, "c:start", "2", "不对，是1")[-1]
    assert turn.session.profile == {"identity": ("student",)}
    assert turn.session.pending == "stage"
    assert "在校学生" in text_of(turn)


def test_an_invalid_number_corrects_nothing(
    base: KnowledgeBase,
) -> None:
    before, after = talk(base, "c:start", "2", "不对，是30")[-2:]
    assert after.session.profile == before.session.profile


def test_a_question_before_the_first_answer_is_not_followed_by_the_pending_one(
    small: KnowledgeBase,
) -> None:
    turn = talk(small, "c:start", "休学能保留学籍吗")[-1]
    assert "回到刚才的问题" not in text_of(turn)
    assert any(option.id.startswith("f:") for option in turn.replies[-1].choices)
    assert (turn.session.pending, turn.record()["question"]) == ("identity", "identity")
    turn = talk(small, "c:start", "a:identity:student", "休学能保留学籍吗")[-1]
    assert "回到刚才的问题" in text_of(turn)


def test_the_waiting_question_takes_an_answer(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "休学能保留学籍吗", "我是学生")[-1]
    assert turn.session.profile == {"identity": ("student",)}
    assert turn.session.pending == "stage"


def test_each_question_says_how_far_the_interview_is(small: KnowledgeBase) -> None:
    turns = talk(small, "c:start", "a:identity:student", "c:skip", "a:needs:funding", "c:results")
    steps = [(t.record().get("step"), t.record().get("steps")) for t in turns]
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4), (None, None)]
    assert [f"第 {n} 步，共 4 步" in text_of(t) for n, t in enumerate(turns, 1)][:4] == [True] * 4


def test_a_question_asked_again_keeps_its_number(small: KnowledgeBase) -> None:
    turns = talk(small, "c:start", "a:identity:student", "a:stage:idea", "c:edit:identity")
    assert turns[-1].progress == (1, 4)
