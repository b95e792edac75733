"""Messages that go back to a matter by its name, and follow-ups that point at the one in focus."""

from __future__ import annotations

import pytest

from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.dialogue.understanding.understand import understand
from bot.core.domain.replies import Turn
from bot.core.domain.session import Mode, Session, Utterance
from bot.core.nlu.understanding import Act
from tests.knowledge_base import DAY

LOAN, GRANT, LEAVE = (
    "startup-guarantee-loan",
    "makerspace-operating-grant",
    "leave-and-keep-enrolment",
)


def last_act(base: KnowledgeBase, text: str, session: Session) -> Act:
    return understand(base.context(DAY), session, text).acts[-1]


def talk(base: KnowledgeBase, *texts: str) -> Turn:
    session, turn = Session(), None
    for text in texts:
        turn = step(session, Utterance(text), base, DAY)
        session = turn.session
    assert turn is not None
    return turn


@pytest.mark.parametrize("text", ["讲回担保贷款，要不要抵押", "担保贷款那个，要不要抵押"])
def test_a_named_matter_is_asked_about_again(text: str, base: KnowledgeBase) -> None:
    session = Session(mode=Mode.DETAIL, focus=LEAVE, shown=(LOAN, LEAVE))
    act = last_act(base, text, session)
    assert act.supports == (LOAN,)


def test_a_word_without_a_matter_goes_back_to_nothing(base: KnowledgeBase) -> None:
    session = Session(mode=Mode.DETAIL, focus=LEAVE, shown=(LOAN, LEAVE))
    assert last_act(base, "刚才那个，要找谁", session).supports == (LEAVE,)


@pytest.mark.parametrize("text", ["这条对挂科的人会不会卡", "那笔钱信用卡逾期碍不碍事"])
def test_what_points_at_the_focus_stays_with_it(text: str, base: KnowledgeBase) -> None:
    assert talk(base, "众创空间一年补多少", text).session.focus == GRANT


def test_a_circumstance_is_answered_from_the_later_rule_in_other_words(
    base: KnowledgeBase,
) -> None:
    turn = talk(base, "创业担保贷款是什么", "我表哥出狱才半年，碍不碍事")
    assert turn.cites == ("5.2",)
    assert "刑满释放人员" in turn.replies[-1].text


def test_what_became_of_a_plan_is_not_known(base: KnowledgeBase) -> None:
    turn = talk(base, "到2020年要建几个众创空间", "那些建成了没有")
    assert "没有查到" in turn.replies[-1].text
    assert "没有写后来" in turn.replies[-1].text


def test_an_unknown_question_stays_with_the_focus_and_is_kept(base: KnowledgeBase) -> None:
    turn = talk(base, "休学创业能保留学籍吗", "那宿舍的床位还给留着吗")
    assert turn.session.focus == LEAVE
    assert "没有找到直接的回答" in turn.replies[-1].text


def test_supports_of_one_clause_are_no_choice(base: KnowledgeBase) -> None:
    turn = talk(base, "小微企业孵化基地的事")
    assert turn.outcome == "answer"
    assert turn.cites == ("1.3",)


@pytest.mark.parametrize("said", ["网吧咋办证", "网吧怎么办证"])
def test_a_topic_that_only_shares_a_word_with_a_clause_is_not_answered(
    said: str, base: KnowledgeBase
) -> None:
    assert talk(base, said).outcome != "answer"
