"""Following a support or the results, and hearing what a new knowledge changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from bot.core.dialogue.actions.answers.following import has_news
from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.domain.json_codec import dump, load
from bot.core.domain.knowledge import Condition, Support, SupportKind, SupportStatus, Update
from bot.core.domain.replies import Turn
from bot.core.domain.session import FOLLOWS, Follow, Session, Utterance
from tests.knowledge_base import DAY

LOAN = "startup-guarantee-loan"
FOLLOW = "有变化告诉我"
RULE = Update("新办法", "市政府", "2026-11", "个人最高可以申请40万元", "A", "https://a.example")


def said(base: KnowledgeBase, session: Session, what: str, *, push: bool = True) -> Turn:
    """Return the turn of a text or a tap."""
    tapped = what[1:2] == ":"
    utterance = Utterance("" if tapped else what, what if tapped else "", push=push)
    return step(session, utterance, base, DAY)


def talked(base: KnowledgeBase, *messages: str) -> Session:
    """Return the session after these messages."""
    session = Session()
    for message in messages:
        session = said(base, session, message).session
    return session


def text_of(turn: Turn) -> str:
    return "\n".join(reply.text for reply in turn.replies)


def changed(base: KnowledgeBase, supports: Mapping[str, Support | None]) -> KnowledgeBase:
    """Return the knowledge with other supports; None removes one."""
    found = {**base.knowledge.supports, **supports}
    kept = {support_id: support for support_id, support in found.items() if support}
    return KnowledgeBase(
        replace(base.knowledge, version="next", supports=kept), base.index, base.act_model
    )


def news(base: KnowledgeBase, session: Session, day: date = DAY) -> Turn:
    """Return the turn after other knowledge went live."""
    turn = step(session, Utterance(choice="c:changed", push=True), base, day)
    # What is said once is not said again, and the service asks before it sends.
    assert has_news(base.context(day, push=True), session) == bool(turn.replies)
    assert not step(turn.session, Utterance(choice="c:changed", push=True), base, day).replies
    return turn


def test_a_channel_that_cannot_send_says_so(base: KnowledgeBase) -> None:
    session = talked(base, "创业担保贷款怎么申请")
    turn = said(base, session, FOLLOW, push=False)
    assert "不会主动通知" in text_of(turn)
    assert turn.session.follows == ()


def buttons(turn: Turn) -> list[str]:
    return [option.id for reply in turn.replies for option in reply.choices]


def test_a_button_below_an_answer_follows_its_support(base: KnowledgeBase) -> None:
    answer = said(base, Session(), "创业担保贷款怎么申请")
    assert f"c:follow:{LOAN}" in buttons(answer)
    turn = said(base, answer.session, f"c:follow:{LOAN}")
    assert [f.support for f in turn.session.follows] == [LOAN]
    assert "“创业担保贷款”有变化" in text_of(turn)
    # What is followed has no button, and a channel that cannot send has none at all.
    assert f"c:follow:{LOAN}" not in buttons(said(base, turn.session, f"s:{LOAN}"))
    assert f"c:follow:{LOAN}" not in buttons(said(base, Session(), f"s:{LOAN}", push=False))


def test_the_button_of_an_old_message_follows_the_support_of_that_message(
    base: KnowledgeBase,
) -> None:
    session = talked(base, f"s:{LOAN}", "s:leave-and-keep-enrolment")
    turn = said(base, session, f"c:follow:{LOAN}")
    assert [f.support for f in turn.session.follows] == [LOAN]
    gone = said(changed(base, {LOAN: None}), session, f"c:follow:{LOAN}")
    assert gone.session.follows == ()
    assert gone.replies


def test_without_a_support_or_answers_there_is_nothing_to_follow(base: KnowledgeBase) -> None:
    turn = said(base, Session(), FOLLOW)
    assert "想盯哪一件" in text_of(turn)
    assert turn.session.follows == ()


@pytest.mark.parametrize(
    ("what", "told"),
    [
        (lambda s: replace(s, quote="别的原文"), "内容改了"),
        (lambda s: replace(s, amount="最高40万元"), "内容改了"),
        (lambda s: replace(s, updates=(*s.updates, RULE)), "后来的规定有更新"),
        (lambda s: replace(s, status=SupportStatus.EXHAUSTED), "现在办不了"),
        (lambda s: replace(s, valid_until=date(2025, 1, 1)), "现在办不了"),
        (lambda s: None, "已经不在"),
    ],
)
def test_a_change_of_a_followed_support_is_told_once(
    base: KnowledgeBase, what: object, told: str
) -> None:
    session = talked(base, "创业担保贷款怎么申请", FOLLOW)
    assert [f.support for f in session.follows] == [LOAN]
    assert not news(base, session).replies
    after = changed(base, {LOAN: what(base.knowledge.supports[LOAN])})  # type: ignore[operator]
    turn = news(after, session)
    assert f"“{'创业担保贷款' if LOAN in after.knowledge.supports else LOAN}”" in text_of(turn)
    assert told in text_of(turn)
    assert "不用通知了" in text_of(turn)


def test_what_no_answer_shows_is_no_change(base: KnowledgeBase) -> None:
    session = talked(base, "创业担保贷款怎么申请", FOLLOW)
    loan = base.knowledge.supports[LOAN]
    other = replace(base.knowledge.supports["returnee-events"], summary="别的")
    samples = replace(loan, questions=("贷",), keywords=("贷",))
    assert not news(changed(base, {LOAN: samples, other.id: other}), session).replies


def test_a_support_that_opens_again_is_told(base: KnowledgeBase) -> None:
    loan = base.knowledge.supports[LOAN]
    closed = changed(base, {LOAN: replace(loan, status=SupportStatus.SUSPENDED)})
    session = said(closed, talked(closed, f"s:{LOAN}"), FOLLOW).session
    assert "又可以问了" in text_of(news(base, session))


def test_a_change_of_ones_results_is_told(base: KnowledgeBase) -> None:
    session = talked(base, "a:identity:student", "a:stage:idea", FOLLOW)
    assert [f.support for f in session.follows] == [""]
    assert not news(base, session).replies
    grant = Support(
        "new-grant", *_placed(base), "新补贴", "一笔新的补贴。", "原文", SupportKind.BENEFIT
    )
    turn = news(changed(base, {"new-grant": grant}), session)
    assert "现在适合或者更适合您的：“新补贴”" in text_of(turn)
    assert "s:new-grant" in [o.id for o in turn.replies[0].choices]
    leave = base.knowledge.supports["leave-and-keep-enrolment"]
    others = Condition("identity", ("mentor",), closed=True)
    turn = news(changed(base, {leave.id: replace(leave, conditions=(others,))}), session)
    assert f"不再列给您的：“{leave.title}”" in text_of(turn)


def _placed(base: KnowledgeBase) -> tuple[str, str]:
    loan = base.knowledge.supports[LOAN]
    return loan.policy, loan.clause


def test_ones_own_new_answers_are_no_news(base: KnowledgeBase) -> None:
    session = talked(base, "a:identity:student", FOLLOW, "a:identity:operator", "a:stage:startup")
    assert not news(base, session).replies
    # Another person's answers do not matter either.
    assert not news(base, said(base, session, "我弟弟是留学回来的，他能申请什么").session).replies


@pytest.mark.parametrize("words", ["不用通知了", "退订。", "取消通知"])
def test_one_word_ends_it(base: KnowledgeBase, words: str) -> None:
    session = talked(base, "创业担保贷款怎么申请", FOLLOW, "众创空间有补助吗")
    turn = said(base, session, words)
    assert "不再通知" in text_of(turn)
    assert turn.session.follows == ()
    after = changed(base, {LOAN: None})
    assert not news(after, turn.session).replies
    assert "没有让我通知" in text_of(said(base, turn.session, "c:unfollow"))


def test_only_followers_have_words_that_end_it(base: KnowledgeBase) -> None:
    session = talked(base, "创业担保贷款怎么申请")
    assert "不再通知" not in text_of(said(base, session, "退订"))


def test_starting_again_keeps_supports_and_forgetting_keeps_nothing(base: KnowledgeBase) -> None:
    session = talked(base, "a:identity:student", FOLLOW, f"s:{LOAN}", FOLLOW)
    assert {f.support for f in session.follows} == {"", LOAN}
    again = said(base, session, "c:restart").session
    assert [f.support for f in again.follows] == [LOAN]
    told = text_of(said(base, session, "c:me"))
    assert "有变化会通知您：创业担保贷款、适合您的扶持" in told
    gone = said(base, again, "忘记我")
    assert gone.effects.forget
    assert gone.session.follows == ()


def test_a_session_keeps_what_it_follows() -> None:
    session = Session(follows=(Follow(LOAN, ("a", "b", "")), Follow("", ("k", "x:a"))))
    assert Session.load(load(dump(session.dump()))) == session
    assert FOLLOWS not in Session().dump()
    assert Session.load({FOLLOWS: [["x"], 5, ["y", "z"]]}) == Session()
