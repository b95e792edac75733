"""Sessions and replies, and their form in the store."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.core.domain.replies import Card, Line, Link, Reply, Role, Section
from bot.core.domain.session import Answer, Mode, Option, Person, Session


def test_a_changed_answer_keeps_its_place() -> None:
    session = Session().with_answer("a", ("1",)).with_answer("b", ("2",)).with_answer("a", ("3",))
    assert session.answers == (Answer("a", ("3",)), Answer("b", ("2",)))


def test_a_skipped_slot_is_answered_but_not_in_the_profile() -> None:
    session = Session().with_answer("a", ())
    assert session.answered("a") == Answer("a")
    assert session.profile == {}


def test_a_removed_answer_leaves_no_trace() -> None:
    assert Session().with_answer("a", ("1",)).without("a") == Session()


def test_a_dumped_session_loads_unchanged() -> None:
    session = Session(
        answers=(Answer("identity", ("student", "returnee")), Answer("stage")),
        mode=Mode.CLARIFY,
        pending="needs",
        focus="enrolment",
        offered=(Option("c:skip", "跳过"),),
        asked="开网店能贷款吗",
        page=2,
        version="abc",
        interviewing=True,
        about="儿子",
        people=(Person("", (Answer("identity", ("mentor",)),)),),
    )
    assert Session.load(json.loads(json.dumps(session.dump()))) == session


def test_an_empty_record_loads_as_a_new_session() -> None:
    assert Session.load({}) == Session()


@pytest.mark.parametrize(
    "stored",
    [
        {"mode": "dreaming"},
        {"answers": [["identity"]]},
        {"answers": None},
        {"answers": ["x"]},
        {"offered": [["only-an-id"]]},
        {"offered": 7},
        {"page": "many"},
        {"page": None},
        {"v": 99, "unheard": {"of": 1}},
    ],
    ids=str,
)
def test_unreadable_parts_are_dropped_and_the_rest_is_kept(stored: dict[str, Any]) -> None:
    session = Session.load({"focus": "enrolment", **stored})
    assert session.focus == "enrolment"
    assert session.mode is Mode.IDLE


def test_a_dumped_reply_loads_unchanged() -> None:
    reply = Reply(
        "答",
        (Option("s:enrolment", "休学"),),
        (Link("政府网", "https://example.org"),),
        (Card("enrolment", "休学", "applies", (Section("原文", "……"),)),),
        multiple=True,
        lines=(Line(Role.ANSWER, "答"),),
    )
    assert Reply.load(json.loads(json.dumps(reply.dump()))) == reply


def test_each_person_keeps_the_own_answers() -> None:
    session = Session().with_answer("identity", ("mentor",)).turned_to("儿子")
    assert session.profile == {}
    session = session.with_answer("identity", ("student",)).turned_to("")
    assert session.profile == {"identity": ("mentor",)}
    assert session.turned_to("儿子").profile == {"identity": ("student",)}


def test_a_session_of_an_older_version_is_about_the_user() -> None:
    stored = {"v": 1, "answers": [["identity", ["student"]]], "mode": "idle"}
    session = Session.load(stored)
    assert (session.about, session.people) == ("", ())
    assert session.profile == {"identity": ("student",)}


def test_a_line_keeps_its_role_when_other_lines_are_put_around_it() -> None:
    reply = Reply("答\n⚠ 旧", lines=(Line(Role.ANSWER, "答"), Line(Role.WARNING, "⚠ 旧")))
    longer = reply._replace(text=f"记下了\n{reply.text}")
    assert [line.role for line in longer.layout()] == [Role.PLAIN, Role.ANSWER, Role.WARNING]
    assert Reply.load(longer.dump()).layout() == longer.layout()


def test_a_plain_reply_has_only_text_and_choices() -> None:
    assert Reply("答").dump() == {"text": "答", "choices": []}
