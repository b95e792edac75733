"""Requests of the chat page: its first screen, its messages, its cookie."""

from __future__ import annotations

import gzip
import json
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256

from bot.channels.web.app import build_web
from bot.channels.web.dependencies import WebSettings
from bot.channels.web.http.responses import SECURITY_HEADERS
from bot.channels.web.http.signing import sign_cookie
from bot.core.domain.session import Session
from bot.errors import StoreUnavailable
from tests.channels.web.scripted_guide import ScriptedGuide, scripted_deps
from tests.channels.web.web_client import CALM, client_of, field, visitor

KEY = b"a key for tests, thirty-two long"


async def test_the_first_screen_greets_and_asks_without_storing_anything() -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        page = await http.get("/")
    assert page.status_code == 200
    assert "您是哪一类创业者？" in page.text
    assert 'value="a:identity:student"' in page.text
    assert guide.sessions == {}
    cookie = page.headers["set-cookie"].lower()
    for part in ("httponly", "samesite=lax", "max-age=15552000"):
        assert part in cookie


async def test_a_question_with_checkboxes_has_no_hint_about_typing() -> None:
    async with visitor(ScriptedGuide()) as http:
        page = (await http.get("/")).text
        assert "可以选几个" in page
        answer = (await http.post("/chat", json={"choice": "c:restart"})).json()
    said = answer["replies"][0]["text"]
    assert said.endswith("您是哪一类创业者？")
    assert "打字用" not in page + said


async def test_the_page_is_never_cached_and_has_the_security_headers() -> None:
    # A cached page would show an old state, and its script would start a new conversation.
    async with visitor(ScriptedGuide()) as http:
        page = await http.get("/")
        note = await http.get("/nothing")
    assert page.headers["cache-control"] == "no-store, private"
    assert note.headers["cache-control"] == "no-cache, private"
    assert page.headers["content-encoding"] == "gzip"
    assert page.headers["vary"] == "Accept-Encoding"
    for name, value in SECURITY_HEADERS:
        assert page.headers[name] == value
    assert "default-src 'self'" in page.headers["content-security-policy"]


async def test_the_first_tap_is_answered_after_a_stored_greeting() -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        await http.get("/")
        body = {"message_id": "m1", "choice": "a:identity:student", "first": True}
        answer = (await http.post("/chat", json=body)).json()
    assert answer["asking"] == "您的创业项目到哪一步了？"
    assert answer["greeting"]["asking"] == "您是哪一类创业者？"
    assert [i for _, i, _ in guide.taken] == ["greeting", "m1"]


async def test_a_repeated_message_gets_the_stored_answer() -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        await http.get("/")
        body = {"message_id": "m1", "choice": "a:identity:student", "first": True}
        answers = [(await http.post("/chat", json=body)).json() for _ in range(3)]
    assert answers[0]["replies"] == answers[1]["replies"] == answers[2]["replies"]
    assert guide.said() == ["a:identity:student"]


async def test_a_later_visit_shows_the_latest_turn() -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        await http.get("/")
        body = {"message_id": "m1", "choice": "a:identity:student", "first": True}
        answer = (await http.post("/chat", json=body)).json()
        page = (await http.get("/")).text
    assert 'data-asking="您的创业项目到哪一步了？"' in page
    assert f'data-mark="{answer["mark"]}"' in page
    assert 'data-first=""' in page


async def test_the_json_of_the_latest_turn_cannot_break_out_of_its_element() -> None:
    async with visitor(ScriptedGuide()) as http:
        assert 'id="view"' not in (await http.get("/")).text
        words = "</script><script>alert(1)</script>"
        await http.post("/chat", json={"text": words, "first": True})
        page = (await http.get("/")).text
    given = re.search(r'<script type="application/json" id="view">(.*)</script>', page)
    assert given
    assert words in json.loads(given[1])["replies"][0]["text"]
    assert "alert(1)" in page
    assert "<script>alert(1)" not in page


async def test_a_session_whose_record_has_expired_still_shows_its_question() -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        await http.get("/")
        await http.post("/chat", json={"choice": "a:identity:student", "first": True})
        guide.latest.clear()
        page = (await http.get("/")).text
    assert "您的创业项目到哪一步了？" in page
    assert 'value="a:stage:idea"' in page


async def test_the_interview_works_without_scripts() -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        for said in (
            {"choice": "a:identity:student"},
            {"text": "刚注册"},
            {"tick": "a:needs:funding"},
        ):
            page = (await http.get("/")).text
            form = {"message_id": field(page, "message_id"), "first": field(page, "first"), **said}
            sent = await http.post("/chat", data=form)
            assert (sent.status_code, sent.headers["location"]) == (303, "/")
        page = (await http.get("/")).text
    assert "休学创业保留学籍" in page
    assert '<details class="card applies">' in page
    assert guide.said() == ["a:identity:student", "刚注册", "a:needs:funding"]


async def test_ticked_boxes_become_one_choice_without_scripts() -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        body = "tick=a:identity:student&tick=a:identity:returnee&message_id=x"
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        await http.post("/chat", content=body, headers=kind)
    assert guide.said() == ["a:identity:student+returnee"]


async def test_an_empty_form_leads_back_to_the_question() -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        await http.get("/")
        for said in ({}, {"text": " "}, {"choice": ""}):
            sent = await http.post("/chat", data={"message_id": "x", **said})
            assert (sent.status_code, sent.headers["location"]) == (303, "/")
        assert (await http.post("/chat", json={"text": " "})).status_code == 422
    assert guide.taken == []


async def test_going_back_and_answering_differently_sends_a_new_message() -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        await http.get("/")
        for choice in ("a:identity:student", "a:identity:student", "a:identity:graduate"):
            await http.post("/chat", data={"message_id": "same", "choice": choice})
    assert guide.said() == ["a:identity:student", "a:identity:graduate"]


async def test_a_forged_cookie_starts_a_new_conversation() -> None:
    guide = ScriptedGuide()
    mine = sign_cookie(KEY, "a" * 32)
    for cookie in ("x", mine[:-1] + "!", "b" + mine[1:], '"' * 50, "a" * 4_000):
        async with visitor(guide) as http:
            http.cookies.set("lct", cookie)
            page = await http.get("/")
            assert page.status_code == 200
            assert "set-cookie" in page.headers
            assert f"lct={cookie}" not in page.headers["set-cookie"]


async def test_a_session_id_without_signature_opens_no_conversation() -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        await http.get("/")
        await http.post("/chat", json={"choice": "a:identity:student", "first": True})
        number, _, _ = http.cookies["lct"].partition(".")
    async with visitor(guide) as thief:
        for mark in ("A" * 22, sign_cookie(b"another key", number).partition(".")[2]):
            thief.cookies.set("lct", f"{number}.{mark}")
            assert 'data-first="1"' in (await thief.get("/")).text
            thief.cookies.clear()


async def test_two_visitors_never_share_a_conversation() -> None:
    guide = ScriptedGuide()
    for _ in range(2):
        async with visitor(guide) as http:
            await http.get("/")
            await http.post("/chat", json={"message_id": "m1", "choice": "a:identity:student"})
    assert len(guide.sessions) == 2


async def test_forget_me_ends_the_conversation_and_its_cookie() -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        await http.get("/")
        await http.post("/chat", json={"choice": "a:identity:student", "first": True})
        before = http.cookies["lct"]
        answer = (await http.post("/chat", json={"text": "忘记我"})).json()
        assert answer["forgotten"] is True
        assert http.cookies["lct"] != before
        assert "您是哪一类创业者？" in (await http.get("/")).text
        farewell = await http.post("/chat", data={"text": "忘记我"})
    assert "已经全部删除" in farewell.text


async def test_posts_from_other_sites_are_refused() -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        await http.get("/")
        for headers in (
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "https://evil.test"},
            {"Origin": "null"},
            {"Origin": "http://here.local.evil.test"},
            {"Origin": "http://[::1"},
        ):
            answer = await http.post("/chat", data={"text": "hi"}, headers=headers)
            assert answer.status_code == 403
        for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://here.local"}, {}):
            answer = await http.post("/chat", json={"text": "hi"}, headers=headers)
            assert answer.status_code == 200
    assert len(guide.taken) == 3


async def test_a_post_through_a_proxy_is_accepted_by_the_public_url() -> None:
    settings = replace(CALM, public_url="https://chuangye.example.cn")
    async with visitor(ScriptedGuide(), settings) as http:
        headers = {"Origin": "https://chuangye.example.cn"}
        answer = await http.post("/chat", json={"text": "hi"}, headers=headers)
    assert answer.status_code == 200
    assert "secure" in answer.headers["set-cookie"].lower()


async def test_a_busy_guide_and_a_failing_store_send_retry_after() -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        for down, said in (("busy", "人多"), ("store", "存不了")):
            guide.down = down
            answer = await http.post("/chat", json={"text": "hi", "message_id": "m"})
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) > 0
            assert said in answer.text
            assert "磁盘" not in answer.text
        guide.down = ""
        assert (
            await http.post("/chat", json={"text": "hi", "message_id": "m"})
        ).status_code == 200


async def test_a_store_that_fails_for_a_page_gives_the_same_error_as_in_a_turn() -> None:
    guide = ScriptedGuide()

    async def unreadable(conv: str) -> Session | None:
        raise StoreUnavailable("数据库连不上")

    async with client_of(build_web(scripted_deps(guide, CALM))) as http:
        await http.get("/")
        await http.post("/chat", json={"choice": "a:identity:student"})
        cookies = dict(http.cookies)
    broken = replace(scripted_deps(guide, CALM), session_view=unreadable)
    async with client_of(build_web(broken)) as http:
        http.cookies.update(cookies)
        for answer in (
            await http.get("/"),
            await http.get("/card"),
            await http.post("/chat", json={"text": "忘记我"}),
        ):
            assert answer.status_code == 503, answer.url
            assert int(answer.headers["retry-after"]) > 0
            assert "存不了" in answer.text
            assert "数据库" not in answer.text


async def test_only_the_first_message_over_the_rate_gets_an_explanation() -> None:
    settings = WebSettings(user_per_minute=4, address_per_minute=0)
    async with visitor(ScriptedGuide(), settings) as http:
        await http.get("/")
        answers = [await http.post("/chat", json={"text": str(n)}) for n in range(5)]
    assert [a.status_code for a in answers] == [200, 200, 429, 429, 429]
    explained = [re.search("歇几秒", a.text) is not None for a in answers]
    assert explained == [False, False, True, False, False]
    assert int(answers[2].headers["retry-after"]) in range(1, 17)


async def test_one_address_cannot_flood_with_many_users() -> None:
    settings = WebSettings(user_per_minute=0, address_per_minute=6)
    async with visitor(ScriptedGuide(), settings) as http:
        answers = []
        for n in range(5):
            http.cookies.clear()
            answers.append(await http.post("/chat", json={"text": str(n)}))
    assert [a.status_code for a in answers] == [200, 200, 200, 429, 429]


async def test_the_page_loads_only_own_files_and_allows_no_inline_script() -> None:
    async with visitor(ScriptedGuide()) as http:
        page = await http.get("/")
        policy = page.headers["content-security-policy"]
        for inline in re.findall(r"<(?:style|script)>(.*?)</", page.text, re.DOTALL):
            assert b64encode(sha256(inline.encode()).digest()).decode() in policy
        assert not re.search(r"<(?!meta)[^>]*\s(style|on\w+)=", page.text)
        addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        assert all(a.startswith(("/", "#")) and not a.startswith("//") for a in addresses)
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy


async def test_static_files_are_named_by_content_and_cached_for_a_year() -> None:
    async with visitor(ScriptedGuide()) as http:
        page = (await http.get("/")).text
        for path in set(re.findall(r'"(/static/[^"]+)"', page)):
            file = await http.get(path)
            assert file.status_code == 200
            assert "immutable" in file.headers["cache-control"]
            assert file.headers["content-encoding"] == "gzip"
            plain = await http.get(path, headers={"Accept-Encoding": "identity"})
            assert plain.content == file.content
        assert (await http.get("/static/..%2fweb.py")).status_code == 404


async def test_a_whole_interview_takes_less_than_30_kilobytes() -> None:
    guide = ScriptedGuide()
    total = 0
    async with visitor(guide) as http:
        page = (await http.get("/")).text
        total += len(gzip.compress(page.encode(), 6))
        for path in set(re.findall(r'"(/static/[^"]+)"', page)):
            total += len(gzip.compress((await http.get(path)).content, 9))
        for choice in ("a:identity:student", "a:stage:idea", "a:needs:funding"):
            answer = await http.post("/chat", json={"choice": choice, "first": True})
            total += len(gzip.compress(answer.content, 6))
    assert total < 30_000
