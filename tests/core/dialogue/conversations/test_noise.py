"""Emoji, expressions, single characters and function words change nothing and ask nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.dialogue.single_turn import ask
from bot.core.domain.replies import Turn
from bot.core.domain.session import Session, Utterance
from tests.core.small_knowledge import text_of
from tests.knowledge_base import DAY, all_questions

EXPRESSIONS = (
    *("😊", "👍🏽", "❤️", "🇨🇳", "👨‍👩‍👧", "☺", "✨", "😂😂"),
    *("[微笑]", "[OK]", "[Smile]", "【流泪】", "[强]", "[捂脸]"),
    *("/:rose", "/::)", "/:strong", "/::P", "/:,@-D"),
)
COMMANDS = (
    "开始",
    "跳过",
    "上一题",
    "重来",
    "更多",
    "我的信息",
    "不适合的",
    "谢谢",
    "再见",
    "忘记我",
)
NUMBERS = ("1", "2", "第二个", "1和3", "②", "二", "(2)", "最后一个", "99")
LABELS = ("在校学生", "都不是", "我是大三学生")


def reply(base: KnowledgeBase, text: str, session: Session) -> Turn:
    return step(session, Utterance(text), base, DAY)


@pytest.fixture(scope="module")
def sessions(base: KnowledgeBase) -> list[Session]:
    """A new conversation, an interview, results, a support, and a question to clarify."""
    started = step(Session(), Utterance(choice="c:start"), base, DAY).session
    told = reply(base, "我是大三学生，还没注册，缺资金，在柳北区", Session()).session
    opened = reply(base, "休学创业能保留学籍吗", Session()).session
    return [Session(), started, told, opened, reply(base, "贷款", Session()).session]


@settings(max_examples=150)
@given(data=st.data())
def test_an_expression_at_either_end_changes_nothing(
    base: KnowledgeBase, sessions: list[Session], data: st.DataObject
) -> None:
    questions = [question.text for question in all_questions()[::40]]
    text = data.draw(st.sampled_from((*COMMANDS, *NUMBERS, *LABELS, *questions)))
    before = data.draw(st.sampled_from(("", *EXPRESSIONS)))
    after = data.draw(st.sampled_from(("", *EXPRESSIONS)))
    session = data.draw(st.sampled_from(sessions))
    assert reply(base, f"{before}{text}{after}", session) == reply(base, text, session)


@pytest.mark.parametrize("text", [*EXPRESSIONS, "👍！", "[强][强] /:rose"])
def test_an_expression_alone_gets_a_nod(text: str, base: KnowledgeBase) -> None:
    turn = reply(base, text, Session())
    assert text_of(turn) == base.knowledge.say("nod")
    assert turn.effects.unanswered == ""
    assert turn.outcome is None


@pytest.mark.parametrize(
    "text",
    ["[Unsupported Message]", "【收到不支持的消息类型，暂无法显示】", "[收到不支持的消息类型]"],
)
def test_the_placeholder_of_a_sticker_is_no_question(text: str, base: KnowledgeBase) -> None:
    turn = reply(base, text, Session())
    assert text_of(turn) == base.knowledge.say("nontext")
    assert turn.effects.unanswered == ""


def test_after_a_nod_the_pending_question_is_asked_again(
    base: KnowledgeBase, sessions: list[Session]
) -> None:
    turn = reply(base, "👌", sessions[1])
    assert turn.replies[-1].choices == sessions[1].offered
    assert turn.session.pending == sessions[1].pending


@pytest.mark.parametrize(
    "text",
    [
        *("2️⃣", "2⃣", "⑵", "（2）", "(2)", "【2】", "贰", "貳", "2啊", "2 哦", "２", "②", "二"),
        *("第二个选项", "第2个", "选2吧", "2号", "2.", "第二。", "我选第二个啊"),
    ],
)
def test_the_second_option_is_picked_in_any_writing(
    text: str, base: KnowledgeBase, sessions: list[Session]
) -> None:
    assert reply(base, text, sessions[1]).session == reply(base, "2", sessions[1]).session


@pytest.mark.parametrize("text", ["最后一个", "选最后一项", "最后那个选项吧"])
def test_the_last_option_is_the_last_choice_of_the_question(
    text: str, base: KnowledgeBase, sessions: list[Session]
) -> None:
    choices = [o.id for o in sessions[1].offered if o.id.startswith("a:")]
    tapped = step(sessions[1], Utterance(choice=choices[-1]), base, DAY)
    assert reply(base, text, sessions[1]).session.answers == tapped.session.answers


def test_the_last_option_is_never_a_command(base: KnowledgeBase) -> None:
    greeted = reply(base, "帮助", Session()).session
    assert all(option.id.startswith("c:") for option in greeted.offered)
    assert reply(base, "最后一个", greeted).session.answers == ()


@pytest.mark.parametrize("text", ["税", "钱", "贷", "补", "证", "税？", "店", "学"])
def test_one_character_offers_supports_to_tap(text: str, base: KnowledgeBase) -> None:
    turn = reply(base, text, Session())
    assert turn.outcome == "clarify"
    offered = [o.id[2:] for r in turn.replies for o in r.choices if o.id.startswith("s:")]
    assert offered
    for name in offered:
        support = base.knowledge.supports[name]
        assert any(text[0] in word for word in (support.title, *support.keywords))


@pytest.mark.parametrize(
    "text",
    [
        *("猫", "龘", "x", "or", "and", "Or?", "the", "but why not", "what about them", "if you"),
        *("' OR 1=1 --", "' and 1=1", "-- OR --", "1' or '1'='1"),
    ],
)
def test_what_asks_nothing_is_not_understood(text: str, base: KnowledgeBase) -> None:
    turn = reply(base, text, Session())
    assert text_of(turn) == base.knowledge.say("nothing")
    assert turn.effects.unanswered == ""
    assert ask(text, base, DAY)["outcome"] == "unknown"


def test_two_english_words_of_which_no_support_has_one_are_clarified(base: KnowledgeBase) -> None:
    assert reply(base, "free or paid", Session()).outcome == "clarify"
    assert reply(base, "is it free", Session()).outcome == "answer"


def test_no_single_character_gets_a_sure_answer(base: KnowledgeBase) -> None:
    texts = {c for s in base.knowledge.supports.values() for c in s.title if c.isalnum()}
    for text in sorted(texts):
        turn = reply(base, text, Session())
        assert turn.outcome != "answer", text
        assert base.knowledge.say("unknown", these_papers="这份文件") not in text_of(turn), text
