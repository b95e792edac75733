"""Taps and commands, also those of old messages."""

from __future__ import annotations

import re

import pytest

from bot.core.dialogue.actions.commands import COMMANDS
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
def test_a_button_whose_target_left_the_knowledge_changes_nothing(
    tapped: str, small: KnowledgeBase
) -> None:
    before = Session().with_answer("identity", ("student",))
    session = talk(small, "s:desk", session=before)[-1].session
    turn = step(session, Utterance(choice=tapped), small, DAY)
    assert "已经不在了" in text_of(turn)
    assert turn.session.answers == before.answers
    assert turn.session.focus == "desk"


def test_a_tapped_support_is_shown_and_gets_the_focus(small: KnowledgeBase) -> None:
    turn = talk(small, "s:desk")[-1]
    assert (turn.session.mode, turn.session.focus) == (Mode.DETAIL, "desk")
    assert (turn.cites, turn.outcome) == (("1.1",), "answer")


def test_a_tapped_field_of_a_support_is_shown(small: KnowledgeBase) -> None:
    turn = talk(small, "f:who:desk")[-1]
    assert turn.session.focus == "desk"
    assert "市科技局" in text_of(turn)


def test_every_field_of_every_support_can_be_tapped(base: KnowledgeBase) -> None:
    for support in base.knowledge.supports.values():
        for field in base.knowledge.fields:
            turn = talk(base, f"f:{field}:{support.id}")[-1]
            assert turn.session.focus == support.id
            assert turn.cites == (support.clause,)
            assert "已经不在了" not in text_of(turn)


WITH_ARGUMENT = {"bureau", "field", "follow", "office", "useful", "useless"}


def test_every_command_is_carried_out(base: KnowledgeBase) -> None:
    for name in COMMANDS.keys() - WITH_ARGUMENT:
        assert "已经不在了" not in text_of(talk(base, f"c:{name}")[-1]), name


@pytest.mark.parametrize(
    ("said", "command"),
    [
        ("开始", "start"),
        ("结果", "results"),
        ("我的信息", "me"),
        ("上一题", "back"),
        ("跳过", "skip"),
        ("不知道", "unsure"),
        ("继续", "continue"),
        ("重来", "restart"),
        ("忘记我", "forget"),
        ("帮助", "help"),
        ("人工", "human"),
        ("更多", "more"),
        ("不适合的", "others"),
        ("再说一遍", "repeat"),
    ],
)
@pytest.mark.parametrize("before", [(), ("c:start", "a:identity:student")])
def test_a_typed_command_does_the_same_as_its_button(
    said: str, command: str, before: tuple[str, ...], base: KnowledgeBase
) -> None:
    tapped = talk(base, *before, f"c:{command}")[-1]
    assert talk(base, *before, said)[-1]._replace(acts=()) == tapped


def test_restart_removes_the_answers(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "a:identity:student", "c:restart")[-1]
    assert turn.session.answers == ()
    assert turn.session.pending == "identity"


def test_forget_empties_the_session_and_requests_deletion(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "a:identity:student", "s:desk", "c:forget")[-1]
    assert turn.session.answers == ()
    assert turn.session.focus == ""
    assert turn.effects.forget


def test_no_other_command_requests_deletion(base: KnowledgeBase) -> None:
    for name in COMMANDS:
        forgets = name in ("forget", "forget_yes")
        assert talk(base, f"c:{name}")[-1].effects.forget is forgets, name


@pytest.mark.parametrize(("button", "useful"), [("useful", True), ("useless", False)])
def test_feedback_is_stored_with_its_support(
    button: str, useful: bool, small: KnowledgeBase
) -> None:
    turn = talk(small, "s:desk", f"c:{button}:desk")[-1]
    assert turn.effects.feedback == ("desk", useful)


def test_feedback_on_an_unknown_support_is_not_stored(small: KnowledgeBase) -> None:
    assert talk(small, "c:useful:gone")[-1].effects.feedback is None


def test_declining_all_candidates_stores_the_question(small: KnowledgeBase) -> None:
    session = Session(mode=Mode.CLARIFY, asked="那个事")
    turn = talk(small, "c:none", session=session)[-1]
    assert turn.effects.unanswered == "那个事"
    assert turn.outcome == "unknown"
    assert turn.session.asked == ""


def test_edit_asks_the_slot_again(small: KnowledgeBase) -> None:
    turns = talk(small, "c:start", "a:identity:student", "c:edit:identity")
    assert turns[-1].session.pending == "identity"
    assert turns[-1].session.profile == {"identity": ("student",)}


def test_edit_without_a_slot_lists_the_answers(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "a:identity:student", "c:edit")[-1]
    assert "c:edit:identity" in ids_of(turn)


def test_skip_without_a_pending_question_changes_nothing(small: KnowledgeBase) -> None:
    assert talk(small, "c:skip")[-1].session.answers == ()


def test_continue_asks_the_pending_question_again(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "c:continue")[-1]
    assert turn.session.pending == "identity"


def test_the_list_of_ineligible_supports_keeps_the_interview(small: KnowledgeBase) -> None:
    turn = talk(small, "c:start", "a:identity:student", "c:others")[-1]
    assert turn.session.pending == "stage"
    assert turn.session.mode is Mode.INTERVIEW


@pytest.mark.parametrize(
    "said", ["电话几多", "电话号码", "那打什么电话", "打电话给谁", "人社局电话多少"]
)
def test_a_request_for_a_number_is_about_the_support_in_focus(
    said: str, base: KnowledgeBase
) -> None:
    turn = talk(base, "s:migrant-startup-loan", said)[-1]
    assert turn.session.focus == "migrant-startup-loan"
    for word in ("市人社局", "没有写电话", "12345"):
        assert word in text_of(turn)


@pytest.mark.parametrize("said", ["讲简单点", "短一点", "说重点"])
def test_a_shorter_answer_is_the_summary_only(said: str, base: KnowledgeBase) -> None:
    support = base.knowledge.supports["migrant-startup-loan"]
    assert text_of(talk(base, f"s:{support.id}", said)[-1]) == support.summary


@pytest.mark.parametrize("said", ["你确定？", "真的假的"])
def test_doubt_gets_the_quote_and_its_source(said: str, base: KnowledgeBase) -> None:
    support = base.knowledge.supports["leave-and-keep-enrolment"]
    turn = talk(base, f"s:{support.id}", said)[-1]
    assert support.quote in text_of(turn)
    assert "依据：" in text_of(turn)
    assert turn.session.focus == support.id


def test_repeat_shows_the_last_answer_again(base: KnowledgeBase) -> None:
    turns = talk(base, "s:open-labs", "再讲一遍")
    assert text_of(turns[0]) == text_of(turns[1])
    turns = talk(base, "贷款", "再说一遍")
    assert ids_of(turns[0]) == ids_of(turns[1])
    assert talk(base, "c:start", "再说一遍")[-1].session.pending == "identity"
    assert talk(base, "再说一遍")[-1].cites == ()


def test_asking_whether_that_is_all_is_no_goodbye(base: KnowledgeBase) -> None:
    turn = talk(base, "s:open-labs", "就这样？")[-1]
    assert "文件写的就是这些" in text_of(turn)
    assert turn.session.focus == "open-labs"


@pytest.mark.parametrize("said", ["操 什么垃圾机器人", "废话太多", "妈的", "你是傻逼吗"])
def test_abuse_is_not_searched(said: str, base: KnowledgeBase) -> None:
    assert "没帮上忙" in text_of(talk(base, said)[-1])


@pytest.mark.parametrize("said", ["写首诗", "今天天气"])
def test_a_topic_without_an_office_has_no_hotline(said: str, base: KnowledgeBase) -> None:
    assert "12345" not in text_of(talk(base, said)[-1])


def test_questions_about_personal_data_get_the_privacy_text(base: KnowledgeBase) -> None:
    assert "不要您的身份证" in text_of(talk(base, "你们要我身份证吗")[-1])
    assert "不要您的身份证" not in text_of(talk(base, "办执照要身份证吗")[-1])


@pytest.mark.parametrize("slot", ["identity", "needs"])
@pytest.mark.parametrize("said", ["没想好", "不知道", "随便", "都要", "全部"])
def test_an_undecided_answer_is_skipped(said: str, slot: str, base: KnowledgeBase) -> None:
    before = ["c:start"] if slot == "identity" else ["c:start", "c:skip", "a:stage:startup"]
    turn = talk(base, *before, said)[-1]
    answer = turn.session.answered(slot)
    assert answer is not None
    assert answer.choices == ()
    assert "idea" not in turn.session.profile.get("stage", ())


@pytest.mark.parametrize("said", ["人工", "没用的东西", "c:useless:desk"])
def test_a_reply_that_names_the_hotline_links_to_it(small: KnowledgeBase, said: str) -> None:
    turn = talk(small, said)[0]
    assert "12345" in turn.replies[0].text
    assert [link.url for link in turn.replies[0].links] == ["tel:12345"]


# -- list requests -------------------------------------------------------------------------------


def test_a_general_request_without_a_profile_starts_the_interview(base: KnowledgeBase) -> None:
    turn = talk(base, "柳州有什么创业政策")[-1]
    assert turn.session.pending == "identity"
    assert turn.session.answers == ()


def test_a_named_identity_is_presumed_and_gets_results(base: KnowledgeBase) -> None:
    turn = talk(base, "导师有什么待遇")[-1]
    assert turn.session.profile == {"identity": ("mentor",)}
    assert "先按“导师/专家”记下了" in text_of(turn)
    assert "加入创业导师团" in text_of(turn)
    assert "c:edit:identity" in ids_of(turn)


def test_the_hint_for_correcting_a_presumed_identity_works(
    base: KnowledgeBase,
) -> None:
    told = text_of(talk(base, "导师有什么待遇")[-1])
    words = told.partition("不对就说“")[2].partition("”")[0]
    assert talk(base, "导师有什么待遇", words)[-1].session.pending == "identity"


TOLD_US = ("c:start", "a:identity:student", "a:stage:idea", "a:needs:funding", "a:district:liubei")


@pytest.mark.parametrize("before", [TOLD_US[:n] for n in (0, 1, 2, 5)], ids=len)
@pytest.mark.parametrize("said", ["你好", "？", "没听懂", "为什么问这个", "谢谢", "拿不准"])
def test_every_button_that_a_text_mentions_is_offered(
    base: KnowledgeBase, before: tuple[str, ...], said: str
) -> None:
    turn = talk(base, *before, said)[-1]
    labels = {choice.label for reply in turn.replies for choice in reply.choices}
    assert set(re.findall("点“(.+?)”", text_of(turn))) <= labels


def test_help_does_not_offer_help(base: KnowledgeBase) -> None:
    assert ids_of(talk(base, "帮助")[-1]) == ["c:start"]
    assert "c:help" in ids_of(talk(base, "谢谢")[-1])


def test_the_privacy_text_names_everything_that_is_stored(base: KnowledgeBase) -> None:
    told = text_of(talk(base, "你们会不会泄露我的信息")[-1])
    for kept in ("身份", "阶段", "需求", "县区", "有用没用", "没答好的问句"):
        assert kept in told
    assert "说“忘记我”就全删掉" in told


def test_a_question_about_people_of_no_kind_lists_and_stores_nothing(base: KnowledgeBase) -> None:
    turn = talk(base, "宝妈有什么政策")[-1]
    assert (turn.session.mode, turn.session.profile) == (Mode.RESULTS, {})
    assert "记下了" not in text_of(turn)


def test_a_general_request_with_a_profile_gets_results(base: KnowledgeBase) -> None:
    turn = talk(base, "我们是众创空间", "有什么给我们")[-1]
    assert turn.session.mode is Mode.RESULTS
    assert "众创空间运营补助" in text_of(turn)


def test_a_word_that_names_a_pending_choice_is_an_answer(base: KnowledgeBase) -> None:
    taps = ("开始", "a:identity:student", "a:stage:idea")
    turn = talk(base, *taps, "补贴")[-1]
    assert turn.session.profile["needs"] == ("funding",)


def test_a_request_for_another_identity_keeps_the_profile(base: KnowledgeBase) -> None:
    turn = talk(base, "我是大三学生", "导师有什么待遇")[-1]
    assert turn.session.profile == {"identity": ("student",)}


def test_a_general_request_about_another_city_gets_no_list(base: KnowledgeBase) -> None:
    assert "别的城市" in text_of(talk(base, "桂林创业有什么优惠")[-1])


def test_a_single_general_question_is_a_list_request(base: KnowledgeBase) -> None:
    said = ask("柳州创业有啥子政策", base, DAY)
    assert said["outcome"] == "clarify"
    assert "您现在是哪种情况" in said["reply"]
    assert ask("海归创业能拿什么", base, DAY)["outcome"] == "answer"


def test_rejecting_all_choices_skips_the_question_with_a_note(base: KnowledgeBase) -> None:
    turns = talk(base, "c:start", "都不是", "不是", "一个都不要", "以上都不是")
    assert turns[0].session.pending == "identity"
    assert turns[1].session.profile == {"identity": ("none",)}
    for turn in turns[2:]:
        assert "都对不上的话" in text_of(turn)
        assert turn.session.profile == {"identity": ("none",)}
    assert [turn.session.pending for turn in turns[1:]] == ["stage", "needs", "district", ""]


def test_skip_without_a_pending_question_says_what_to_do(base: KnowledgeBase) -> None:
    turn = talk(base, "跳过")[-1]
    assert "现在没有等您答的题" in text_of(turn)
    assert "一件一件来" in text_of(talk(base, "不知道")[-1])


def test_return_from_a_support_shows_the_results(
    base: KnowledgeBase,
) -> None:
    results, _, back = talk(base, "我是学生，还在想", "结果", "1", "返回")[1:]
    assert back.session.profile == results.session.profile
    assert back.findings == results.findings


def test_return_in_an_interview_asks_the_last_question(base: KnowledgeBase) -> None:
    turn = talk(base, "c:start", "a:identity:student", "返回")[-1]
    assert turn.session.pending == "identity"


def test_a_goodbye_does_not_repeat_the_pending_question(base: KnowledgeBase) -> None:
    *_, bye, again = talk(base, "c:start", "a:identity:student", "再见", "开始")
    assert len(bye.replies) == 1
    assert bye.session.profile == {"identity": ("student",)}
    assert again.session.pending == "stage"
