"""The page for those who have no script: it asks before it erases, and shows one's own words."""

from __future__ import annotations

import pytest

from bot.channels.web_plain import (
    ASKED_FIRST,
    SAID_COOKIE,
    asked_first,
    own_words,
    read_said,
    write_said,
)
from bot.core.session import Utterance
from tests.channels.fakes import ScriptedGuide, small_knowledge
from tests.channels.web_client import field, visitor

OFFER = {"replies": [{"choices": [{"id": "c:more", "label": "更多"}]}]}


@pytest.mark.parametrize("choice", sorted(ASKED_FIRST))
async def test_a_form_that_erases_is_asked_about_first_and_done_at_a_yes(choice: str) -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        await http.get("/")
        await http.post("/chat", data={"choice": "a:identity:student", "first": "1"})
        before = guide.said()
        asking = await http.post("/chat", data={"choice": choice, "message_id": "m1"})
        assert asking.status_code == 200
        assert ASKED_FIRST[choice].question in asking.text
        assert guide.said() == before
        sure = {name: field(asking.text, name) for name in ("choice", "message_id", "sure")}
        await http.post("/chat", data=sure)
    assert sure == {"choice": choice, "message_id": "m1", "sure": "1"}
    assert guide.said() == [*before, choice]


def test_what_has_nothing_to_lose_is_not_asked_about() -> None:
    restart, forget = Utterance(choice="c:restart"), Utterance(choice="c:forget")
    assert asked_first(restart, {"first": "1"}) is None
    assert asked_first(forget, {"first": "1"}) is not None
    assert asked_first(Utterance(choice="c:me"), {}) is None
    assert asked_first(Utterance(text="忘记我"), {}) is None


async def test_ones_own_words_stand_above_their_answer_until_the_next_ones() -> None:
    async with visitor(ScriptedGuide()) as http:
        await http.get("/")
        for said, shown in (
            ({"choice": "c:skip", "first": "1"}, "跳过"),
            ({"tick": "a:stage:idea"}, "还在想"),
            ({"text": "<b>谢谢</b>"}, "&lt;b&gt;谢谢&lt;/b&gt;"),
        ):
            await http.post("/chat", data=said)
            page = (await http.get("/")).text
            assert f'<div class="you"><p class="bubble">{shown}</p></div>' in page
            assert page.count('class="you"') == 1
        # An answer to other words, from a page with a script: there they are not shown again.
        await http.post("/chat", json={"text": "你好"})
        assert 'class="you"' not in (await http.get("/")).text
        assert SAID_COOKIE not in http.cookies


async def test_who_is_forgotten_keeps_no_words_either() -> None:
    for body in ({"data": {"choice": "c:forget", "sure": "1"}}, {"json": {"text": "忘记我"}}):
        async with visitor(ScriptedGuide()) as http:
            await http.get("/")
            sent = await http.post("/chat", data={"text": "我叫小李", "first": "1"})
            assert "httponly" in sent.headers["set-cookie"].lower()
            assert SAID_COOKIE in http.cookies
            await http.post("/chat", **body)
            assert SAID_COOKIE not in http.cookies


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ("c:more", "更多"),
        ("a:identity:student+returnee", "在校学生、留学回国人员"),
        ("c:me", "我的信息"),
        ("a:nothing:student", ""),
        ("s:nothing", ""),
        ("x", ""),
    ],
)
def test_a_tap_is_told_in_words_or_not_at_all(choice: str, words: str) -> None:
    assert own_words(Utterance(choice=choice), OFFER, small_knowledge()) == words
    if choice != "c:more":
        assert own_words(Utterance(choice=choice), None, small_knowledge()) == words


def test_words_fit_into_a_cookie_and_come_out_only_beside_their_answer() -> None:
    for words in ("休学创业能保留学籍吗", "𠮷" * 5_000):
        cookie = write_said(words, "abc")
        assert len(cookie) < 4_000
        read = read_said(cookie, "abc")
        assert read == words or (read.endswith("…") and words.startswith(read[:-1]))
        assert read_said(cookie, "other") == ""
    for broken in ("", "abc", "abc.", "abc.%%%", "abc.gICA", "abc.a", "abc.é"):
        assert read_said(broken, "abc") == ""
