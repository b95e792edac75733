"""What a message means: acts, each with the recogniser that found it."""

from __future__ import annotations

import pytest

from bot.core.dialogue.actions.commands import COMMANDS
from bot.core.dialogue.actions.perform import ACTIONS
from bot.core.dialogue.actions.phrases import PHRASES
from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.dialogue.policy import ANSWERING, POLICY, UPDATES, VARIED
from bot.core.dialogue.understanding.understand import RECOGNISERS, understand
from bot.core.domain.session import Answer, Mode, Session, Utterance
from bot.core.nlu.understanding import Understanding
from tests.knowledge_base import DAY

# Texts of a first message, with the act and its recogniser.
FIRST = {
    "？？": ("nothing", "nothing"),
    "改身份": ("edit", "sample"),
    "算了 我的信息": ("my_info", "sample"),
    "人社局的电话是多少": ("office", "bureau"),
    "帮助": ("capabilities", "sample"),
    "有什么补贴": ("seek", "seek"),
    "我是在校学生，还没注册": ("inform", "facts"),
    "休学创业能保留学籍吗": ("answer", "answer"),
    "我能申请吗": ("no_topic", "no_topic"),
    "户口簿丢了去哪补办": ("out_of_scope", "out_of_scope"),
}


def understood(base: KnowledgeBase, text: str, session: Session | None = None) -> Understanding:
    return understand(base.context(DAY), session or Session(), text)


@pytest.mark.parametrize(("text", "found"), FIRST.items())
def test_an_act_names_its_recogniser(
    text: str, found: tuple[str, str], base: KnowledgeBase
) -> None:
    act = understood(base, text).acts[0]
    assert (act.name, act.recogniser) == found
    assert 0 < act.confidence <= 1


def test_an_act_beside_a_question_leaves_the_question(base: KnowledgeBase) -> None:
    first, last = understood(base, "你是不是真人啊？休学创业能保留学籍吗？").acts
    assert (first.name, last.name) == ("about_bot", "answer")
    assert (first.clause, last.supports) == (0, ("leave-and-keep-enrolment",))


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("谢啦，我心里亮堂多了", "thanks"),
        ("稍等，返回前面那题", "back"),
        ("多谢你，我这就去跑", "thanks"),
    ],
)
def test_a_remark_beside_an_act_is_part_of_it(text: str, act: str, base: KnowledgeBase) -> None:
    (found,) = understood(base, text).acts
    assert found.name == act


def test_a_question_after_praise_is_no_part_of_it(base: KnowledgeBase) -> None:
    *_, last = understood(base, "你讲得比窗口清楚。对了休学创业能保留学籍吗").acts
    assert (last.name, last.supports) == ("answer", ("leave-and-keep-enrolment",))


def test_facts_come_before_the_question_that_they_leave(base: KnowledgeBase) -> None:
    meaning = understood(base, "我是在校学生，休学创业能保留学籍吗")
    assert [act.name for act in meaning.acts] == ["inform", "answer"]
    assert meaning.facts
    assert meaning.facts.stated == {"identity": ("student",)}


def test_a_follow_up_is_about_the_focus(base: KnowledgeBase) -> None:
    session = Session(focus="leave-and-keep-enrolment", mode=Mode.DETAIL)
    (act,) = understood(base, "找谁办", session).acts
    assert (act.name, act.supports) == ("aspect", ("leave-and-keep-enrolment",))
    assert act.aspects == ("who",)


def test_every_recogniser_has_a_name_of_its_own() -> None:
    names = [recogniser.name for recogniser in RECOGNISERS]
    assert len(set(names)) == len(names)


def test_every_row_of_the_policy_leads_to_an_action() -> None:
    actions = {row.action for rows in POLICY.values() for row in rows}
    assert actions - set(ACTIONS) - set(COMMANDS) - set(PHRASES) == set()
    assert set(POLICY) >= (ANSWERING | VARIED) - UPDATES


def test_a_recogniser_can_be_left_out(base: KnowledgeBase) -> None:
    without = frozenset(("sample",))
    turn = step(Session(), Utterance(text="帮助"), base, DAY, without=without)
    assert [act.recogniser for act in turn.acts] != ["sample"]


def test_a_turn_tells_its_acts_but_not_its_text(base: KnowledgeBase) -> None:
    turn = step(Session(), Utterance(text="休学创业能保留学籍吗"), base, DAY)
    assert [str(act).split()[0] for act in turn.acts] == ["answer"]
    assert "休学" not in str(turn.acts)
    assert "acts" not in turn.record()


def test_breaking_off_depends_on_the_situation(base: KnowledgeBase) -> None:
    asked = Session(interviewing=True, pending="stage", mode=Mode.INTERVIEW)
    inside, outside = (
        step(session, Utterance(text="算了"), base, DAY) for session in (asked, Session())
    )
    assert {option.id for option in inside.replies[-1].choices} >= {"c:skip", "c:results"}
    assert inside.session.pending == "stage"
    assert "c:skip" not in {option.id for option in outside.replies[-1].choices}


def test_a_recognised_restart_asks_and_the_plain_word_does_not(base: KnowledgeBase) -> None:
    known = Session().with_answer("identity", ["student"])
    asked = step(known, Utterance(text="我想从头再答一次全部重新填"), base, DAY)
    assert asked.session.answers == known.answers
    assert [option.id for option in asked.replies[-1].choices] == ["c:restart_yes", "c:restart_no"]
    assert step(asked.session, Utterance(text="是的"), base, DAY).session.answers == ()
    kept = step(asked.session, Utterance(text="不要"), base, DAY)
    assert kept.session.answers == known.answers
    assert step(known, Utterance(text="重来"), base, DAY).session.answers == ()


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("改身份", "identity"),
        ("我要改一下需求", "needs"),
        ("修改阶段", "stage"),
        ("改县区", "district"),
        ("我要改答案", ""),
    ],
)
def test_a_request_to_change_names_its_slot(text: str, slot: str, base: KnowledgeBase) -> None:
    known = Session().with_answer("identity", ["student"])
    asked = step(known, Utterance(text=text), base, DAY).session
    assert asked.pending == slot
    assert asked.profile == known.profile


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        ("不对，是1", ("student",)),
        ("选错了，应该选二", ("graduate",)),
        ("点错了 第2个", ("graduate",)),
        ("不是3，是2", ("graduate",)),
        ("不对，是99", ("investor",)),
    ],
)
def test_a_number_after_a_correction_answers_the_last_question_again(
    text: str, choices: tuple[str, ...], base: KnowledgeBase
) -> None:
    session = step(Session(), Utterance(choice="c:start"), base, DAY).session
    session = step(session, Utterance(choice="a:identity:investor"), base, DAY).session
    assert step(session, Utterance(text=text), base, DAY).session.profile["identity"] == choices


@pytest.mark.parametrize("text", ["都不是", "以上都不是", "没有一项是我"])
def test_who_fits_no_choice_gets_the_choice_for_it_or_skips(
    text: str, base: KnowledgeBase
) -> None:
    identity, needs = (
        step(Session(interviewing=True, pending=slot, mode=Mode.INTERVIEW), said, base, DAY)
        for slot, said in (("identity", Utterance(text=text)), ("needs", Utterance(text=text)))
    )
    assert identity.session.profile == {"identity": ("none",)}
    assert needs.session.answered("needs") == Answer("needs", ())


def test_two_bureaus_are_no_list(base: KnowledgeBase) -> None:
    one, two = (
        understood(base, text).acts[-1] for text in ("科技局牵头哪些", "牵头的是科技局还是教育局")
    )
    assert (one.name, one.argument) == ("overview", "科技局")
    assert two.name != "overview"
