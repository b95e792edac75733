"""Taps and commands: what is pressed weeks later does the right thing, or says why not."""

from __future__ import annotations

import re

import pytest

from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.dialogue.single_turn import ask
from bot.core.domain.session import Mode, Session, Utterance
from tests.core.small_knowledge import ids_of, small_base, talk, text_of
from tests.knowledge_base import DAY


@pytest.fixture(scope="module")
def small() -> KnowledgeBase:
    return small_base()


@pytest.mark.parametrize(
    "tapped",
    [
        "s:gone",
        "s:",
        "f:who:gone",
        "f:gone:desk",
        "f:who",
        "a:gone:idea",
        "a:stage:gone",
        "a:stage:",
        "a:stage",
        "a:",
        "c:gone",
        "c:",
        "x:1",
        "nonsense",
        ":",
        "s:desk:more",
        "\ud800",
    ],
)
def test_a_button_whose_thing_is_gone_says_so_and_changes_nothing(
    tapped: str, small: KnowledgeBase
) -> None:
    before = Session().with_answer("identity", ("student",))
    session = talk(small, "s:desk", session=before)[-1].session
    turn = step(session, Utterance(choice=tapped), small, DAY)
    assert "已经不在了" in text_of(turn)
    assert turn.session.answers == before.answers
    assert turn.session.focus == "desk"


def test_a_support_is_shown_and_becomes_what_is_talked_about(small: KnowledgeBase) -> None:
    turn = talk(small, "s:desk")[-1]
    assert (turn.session.mode, turn.session.focus) == (Mode.DETAIL, "desk")
    assert (turn.cites, turn.outcome) == (("1.1",), "answer")


def test_one_side_of_a_support_is_shown(small: KnowledgeBase) -> None:
    turn = talk(small, "f:who:desk")[-1]
    assert turn.session.focus == "desk"
    assert "市科技局" in text_of(turn)


def test_every_side_of_every_support_can_be_tapped(base: KnowledgeBase) -> None:
    for support in base.knowledge.supports.values():
        for field in base.knowledge.fields:
            turn = talk(base, f"f:{field}:{support.id}")[-1]
            assert turn.session.focus == support.id
            assert turn.cites == (support.clause,)
            assert "已经不在了" not in text_of(turn)


def test_every_command_of_the_phrases_is_carried_out(base: KnowledgeBase) -> None:
    for name in base.knowledge.commands:
        assert "已经不在了" not in text_of(talk(base, f"c:{name}")[-1]), name


def test_every_way_to_say_a_command_does_the_same_as_its_button(base: KnowledgeBase) -> None:
    for name, words in base.knowledge.commands.items():
        tapped = talk(base, f"c:{name}")[-1]
        for said in words:
            assert talk(base, said)[-1] == tapped, (name, said)


def test_starting_over_forgets_the_answers(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "a:identity:student", "c:restart")[-1]
    assert turn.session.answers == ()
    assert turn.session.pending == "identity"


def test_forgetting_leaves_nothing_and_tells_the_store(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "a:identity:student", "s:desk", "c:forget")[-1]
    assert turn.session.answers == ()
    assert turn.session.focus == ""
    assert turn.effects.forget


def test_nothing_else_makes_the_store_forget(base: KnowledgeBase) -> None:
    for name in base.knowledge.commands:
        assert talk(base, f"c:{name}")[-1].effects.forget is (name == "forget")


@pytest.mark.parametrize(("button", "useful"), [("useful", True), ("useless", False)])
def test_a_thumb_is_kept_with_its_support(button: str, useful: bool, small: KnowledgeBase) -> None:
    turn = talk(small, "s:desk", f"c:{button}:desk")[-1]
    assert turn.effects.feedback == ("desk", useful)


def test_a_thumb_for_a_support_that_is_gone_is_not_kept(small: KnowledgeBase) -> None:
    assert talk(small, "c:useful:gone")[-1].effects.feedback is None


def test_none_of_the_candidates_keeps_the_question_for_the_admin(small: KnowledgeBase) -> None:
    session = Session(mode=Mode.CLARIFY, asked="那个事")
    turn = talk(small, "c:none", session=session)[-1]
    assert turn.effects.unanswered == "那个事"
    assert turn.outcome == "unknown"
    assert turn.session.asked == ""


def test_changing_names_the_question_to_change(small: KnowledgeBase) -> None:
    turns = talk(small, "c:start", "a:identity:student", "c:edit:identity")
    assert turns[-1].session.pending == "identity"
    assert turns[-1].session.profile == {"identity": ("student",)}


def test_changing_without_saying_what_lists_the_answers(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "a:identity:student", "c:edit")[-1]
    assert "c:edit:identity" in ids_of(turn)


def test_skipping_nothing_changes_nothing(small: KnowledgeBase) -> None:
    assert talk(small, "c:skip")[-1].session.answers == ()


def test_going_on_asks_the_pending_question_again(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "c:continue")[-1]
    assert turn.session.pending == "identity"


def test_what_does_not_apply_leaves_the_interview_where_it_was(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "a:identity:student", "c:others")[-1]
    assert turn.session.pending == "stage"
    assert turn.session.mode is Mode.INTERVIEW


@pytest.mark.parametrize(
    "said", ["电话几多", "电话号码", "那打什么电话", "打电话给谁", "人社局电话多少"]
)
def test_a_telephone_is_asked_for_where_one_is_talked_of(said: str, base: KnowledgeBase) -> None:
    turn = talk(base, "s:migrant-startup-loan", said)[-1]
    assert turn.session.focus == "migrant-startup-loan"
    for word in ("市人社局", "没有写电话", "12345"):
        assert word in text_of(turn)


@pytest.mark.parametrize("said", ["讲简单点", "短一点", "说重点"])
def test_short_is_the_summary_alone(said: str, base: KnowledgeBase) -> None:
    support = base.knowledge.supports["migrant-startup-loan"]
    assert text_of(talk(base, f"s:{support.id}", said)[-1]) == support.summary


@pytest.mark.parametrize("said", ["你确定？", "真的假的"])
def test_doubt_gets_the_quote_and_where_it_stands(said: str, base: KnowledgeBase) -> None:
    support = base.knowledge.supports["leave-and-keep-enrolment"]
    turn = talk(base, f"s:{support.id}", said)[-1]
    assert support.quote in text_of(turn)
    assert "依据：" in text_of(turn)
    assert turn.session.focus == support.id


def test_once_more_says_what_was_said(base: KnowledgeBase) -> None:
    turns = talk(base, "s:open-labs", "再讲一遍")
    assert text_of(turns[0]) == text_of(turns[1])
    turns = talk(base, "贷款", "再说一遍")
    assert ids_of(turns[0]) == ids_of(turns[1])
    assert talk(base, "c:start", "再说一遍")[-1].session.pending == "identity"
    assert talk(base, "再说一遍")[-1].cites == ()


def test_is_that_all_is_no_goodbye(base: KnowledgeBase) -> None:
    turn = talk(base, "s:open-labs", "就这样？")[-1]
    assert "文件写的就是这些" in text_of(turn)
    assert turn.session.focus == "open-labs"


@pytest.mark.parametrize("said", ["操 什么垃圾机器人", "你能不能讲人话", "妈的", "你是傻逼吗"])
def test_abuse_is_no_question(said: str, base: KnowledgeBase) -> None:
    assert "没帮上忙" in text_of(talk(base, said)[-1])


@pytest.mark.parametrize("said", ["写首诗", "今天天气"])
def test_what_no_office_does_has_no_line_to_call(said: str, base: KnowledgeBase) -> None:
    assert "12345" not in text_of(talk(base, said)[-1])


def test_nothing_is_asked_of_a_person(base: KnowledgeBase) -> None:
    assert "不要您的身份证" in text_of(talk(base, "你们要我身份证吗")[-1])
    assert "不要您的身份证" not in text_of(talk(base, "办执照要身份证吗")[-1])


@pytest.mark.parametrize("slot", ["identity", "needs"])
@pytest.mark.parametrize("said", ["没想好", "不知道", "随便", "都要", "全部"])
def test_an_answer_left_open_is_skipped(said: str, slot: str, base: KnowledgeBase) -> None:
    before = ["c:start"] if slot == "identity" else ["c:start", "c:skip", "a:stage:startup"]
    turn = talk(base, *before, said)[-1]
    answer = turn.session.answered(slot)
    assert answer is not None
    assert answer.choices == ()
    assert "idea" not in turn.session.profile.get("stage", ())


@pytest.mark.parametrize("said", ["人工", "没用的东西", "c:useless:desk"])
def test_who_is_sent_to_the_line_can_call_it(small: KnowledgeBase, said: str) -> None:
    turn = talk(small, said)[0]
    assert "12345" in turn.replies[0].text
    assert [link.url for link in turn.replies[0].links] == ["tel:12345"]


# -- what there is at all ------------------------------------------------------------------------


def test_a_stranger_who_asks_what_there_is_is_asked_who_they_are(base: KnowledgeBase) -> None:
    turn = talk(base, "柳州有什么创业政策")[-1]
    assert turn.session.pending == "identity"
    assert turn.session.answers == ()


def test_who_is_named_is_presumed_and_gets_what_fits(base: KnowledgeBase) -> None:
    turn = talk(base, "导师有什么待遇")[-1]
    assert turn.session.profile == {"identity": ("mentor",)}
    assert "先按“导师/专家”记下了" in text_of(turn)
    assert "加入创业导师团" in text_of(turn)
    assert "c:edit:identity" in ids_of(turn)


def test_the_way_to_correct_what_was_presumed_is_told_in_words_that_work(
    base: KnowledgeBase,
) -> None:
    told = text_of(talk(base, "导师有什么待遇")[-1])
    words = told.partition("不对就说“")[2].partition("”")[0]
    assert talk(base, "导师有什么待遇", words)[-1].session.pending == "identity"


TOLD_US = ("c:start", "a:identity:student", "a:stage:idea", "a:needs:funding", "a:district:liubei")


@pytest.mark.parametrize("before", [TOLD_US[:n] for n in (0, 1, 2, 5)], ids=len)
@pytest.mark.parametrize("said", ["你好", "？", "没听懂", "为什么问这个", "谢谢", "拿不准"])
def test_whoever_is_told_to_tap_something_can_tap_it(
    base: KnowledgeBase, before: tuple[str, ...], said: str
) -> None:
    turn = talk(base, *before, said)[-1]
    labels = {choice.label for reply in turn.replies for choice in reply.choices}
    assert set(re.findall("点“(.+?)”", text_of(turn))) <= labels


def test_help_does_not_offer_help_again(base: KnowledgeBase) -> None:
    assert ids_of(talk(base, "帮助")[-1]) == ["c:start"]
    assert "c:help" in ids_of(talk(base, "谢谢")[-1])


def test_who_asks_about_privacy_is_told_of_everything_that_is_kept(base: KnowledgeBase) -> None:
    told = text_of(talk(base, "你们会不会泄露我的信息")[-1])
    for kept in ("身份", "阶段", "需求", "县区", "有用没用", "没答上来的问句"):
        assert kept in told
    assert "说“忘记我”就全删掉" in told


def test_who_is_nobody_in_particular_is_not_told_that_they_asked_for_nobody(
    base: KnowledgeBase,
) -> None:
    turn = talk(base, "宝妈有什么政策")[-1]
    assert turn.session.profile == {"identity": ("none",)}
    assert "记下了：身份：都不是" in text_of(turn)


def test_who_told_us_gets_what_fits(base: KnowledgeBase) -> None:
    turn = talk(base, "我们是众创空间", "有什么给我们")[-1]
    assert turn.session.mode is Mode.RESULTS
    assert "众创空间运营补助" in text_of(turn)


def test_a_subsidy_that_answers_a_question_is_an_answer(base: KnowledgeBase) -> None:
    taps = ("开始", "a:identity:student", "a:stage:idea")
    turn = talk(base, *taps, "补贴")[-1]
    assert turn.session.profile["needs"] == ("funding",)


def test_asking_about_others_changes_nobody(base: KnowledgeBase) -> None:
    turn = talk(base, "我是大三学生", "导师有什么待遇")[-1]
    assert turn.session.profile == {"identity": ("student",)}


def test_another_city_has_no_overview_here(base: KnowledgeBase) -> None:
    assert "别的城市" in text_of(talk(base, "桂林创业有什么优惠")[-1])


def test_one_question_alone_is_an_overview_too_whatever_is_nearest(base: KnowledgeBase) -> None:
    said = ask("柳州创业有啥子政策", base, DAY)
    assert said["outcome"] == "unknown"
    assert "您现在是哪种情况" in said["reply"]
    assert ask("海归创业能拿什么", base, DAY)["outcome"] == "answer"


def test_none_of_what_is_offered_leaves_the_question_open_and_says_so(base: KnowledgeBase) -> None:
    turns = talk(base, "c:start", "都不是", "不是", "一个都不要", "以上都不是")
    assert turns[0].session.pending == "identity"
    assert turns[1].session.profile == {"identity": ("none",)}
    for turn in turns[2:]:
        assert "都对不上的话" in text_of(turn)
        assert turn.session.profile == {"identity": ("none",)}
    assert [turn.session.pending for turn in turns[1:]] == ["stage", "needs", "district", ""]


def test_nothing_to_skip_is_said_kindly(base: KnowledgeBase) -> None:
    turn = talk(base, "跳过")[-1]
    assert "现在没有等您答的题" in text_of(turn)
    assert "一件一件来" in text_of(talk(base, "不知道")[-1])


def test_going_back_from_a_support_leads_to_the_results_it_was_opened_from(
    base: KnowledgeBase,
) -> None:
    results, _, back = talk(base, "我是学生，还在想", "结果", "1", "返回")[1:]
    assert back.session.profile == results.session.profile
    assert back.findings == results.findings


def test_going_back_in_an_interview_leads_to_the_last_question(base: KnowledgeBase) -> None:
    turn = talk(base, "c:start", "a:identity:student", "返回")[-1]
    assert turn.session.pending == "identity"


def test_who_takes_leave_is_not_asked_once_more(base: KnowledgeBase) -> None:
    *_, bye, again = talk(base, "c:start", "a:identity:student", "再见", "开始")
    assert len(bye.replies) == 1
    assert bye.session.profile == {"identity": ("student",)}
    assert again.session.pending == "stage"
