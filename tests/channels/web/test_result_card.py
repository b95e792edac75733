"""The result card: signed, read-only, without personal data."""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest
from starlette.exceptions import HTTPException

from bot.channels.web.app import build_web
from bot.channels.web.dependencies import WebSettings
from bot.channels.web.http.signing import (
    SharedResult,
    read_result,
    short_result,
    sign_cookie,
    sign_result,
)
from bot.channels.web.page_queue import MAX_WAITING, PageQueue
from bot.channels.web.result_card import MAX_PAGES
from bot.core.domain.replies import Card
from bot.core.domain.session import Profile, Session
from bot.errors import StoreUnavailable
from tests.channels.web.scripted_guide import CARDS, ScriptedGuide, scripted_deps, small_knowledge
from tests.channels.web.web_client import client_of, visitor
from tests.core.small_knowledge import locality

KEY = b"a key for tests, thirty-two long"


async def test_a_result_link_with_other_answers_is_refused() -> None:
    shared = SharedResult({"identity": ("student",)}, date(2026, 11, 23), "v1")
    text, _, mark = sign_result(KEY, shared).partition(".")
    changed = b64encode(b64decode(text + "==").replace(b"student", b"mentor!")).decode()
    async with visitor(ScriptedGuide()) as http:
        assert (await http.get(f"/r/{text}.{mark}")).status_code == 200
        assert (await http.get(f"/r/{changed.rstrip('=')}.{mark}")).status_code == 404


async def test_a_result_card_is_signed_and_identifies_nobody() -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        await http.get("/")
        for choice in ("a:identity:student", "a:stage:idea", "a:needs:funding"):
            answer = (await http.post("/chat", json={"choice": choice, "first": True})).json()
        path = answer["card"]
        own = http.cookies["lct"].partition(".")[0]
        assert (await http.get("/card")).headers["location"] == path
    async with visitor(ScriptedGuide()) as stranger:
        card = await stranger.get(path)
        assert card.status_code == 200
        for part in ("在校学生", "2026-11-23", "知识版本 v1", "休学创业保留学籍", "<svg"):
            assert part in card.text
        for part in ("依据：创业方案（2016-02-05）", "目标年是 2020 年，请向市政府核实"):
            assert part in card.text
        assert '<a class="source" href="https://example.gov.cn/a" target="_blank"' in card.text
        assert "set-cookie" not in card.headers
        assert own not in path + card.text
        for wrong in (
            path.replace("/r/", "/r/X"),
            path + "A",
            "/r/x.y",
            "/r/" + "a" * 3000,
        ):
            assert (await stranger.get(wrong)).status_code == 404


def test_a_short_link_holds_the_same_as_a_long_one() -> None:
    slots = small_knowledge().slots
    shared = SharedResult(
        {"needs": ("venue", "funding"), "identity": ("student",)}, date(2026, 11, 23), "0a" * 6
    )
    code = short_result(KEY, shared, slots)
    assert len(code) <= 40
    assert read_result(KEY, code, slots) == shared
    assert read_result(KEY, sign_result(KEY, shared), slots) == shared
    for n in range(len(code) - 1):
        changed = code[:n] + ("A" if code[n] != "A" else "B") + code[n + 1 :]
        assert read_result(KEY, changed, slots) is None
    assert read_result(b"another key", code, slots) is None
    named = replace(shared, version="v1")
    assert read_result(KEY, short_result(KEY, named, slots), slots) == named


def test_a_short_link_survives_a_choice_that_is_gone() -> None:
    slots = dict(small_knowledge().slots)
    answers = {"identity": ("student",), "needs": ("venue", "funding")}
    code = short_result(KEY, SharedResult(answers, date(2026, 11, 23), "v1"), slots)
    slots["needs"] = replace(slots["needs"], choices=slots["needs"].choices[:1])
    del slots["identity"]
    shared = read_result(KEY, code, slots)
    assert shared
    assert shared.profile == {"needs": ("funding",)}


def test_a_link_is_long_where_a_choice_is_unknown() -> None:
    shared = SharedResult({"identity": ("veteran",)}, date(2026, 11, 23), "v1")
    slots = small_knowledge().slots
    code = short_result(KEY, shared, slots)
    assert code == sign_result(KEY, shared)
    assert read_result(KEY, code, slots) == shared


async def test_a_card_of_an_older_version_names_both_versions() -> None:
    guide = ScriptedGuide()
    deps = scripted_deps(guide)
    async with client_of(build_web(deps)) as http:
        await http.get("/")
        for choice in ("a:identity:student", "a:stage:idea", "a:needs:funding"):
            answer = (await http.post("/chat", json={"choice": choice})).json()
    newer = replace(deps, knowledge=lambda: small_knowledge("v2"))
    async with client_of(build_web(newer)) as http:
        text = (await http.get(answer["card"])).text
    assert "知识版本 v1" in text
    assert "知识版本 v2" in text


async def test_a_link_is_dated_by_the_day_in_the_city() -> None:
    guide = ScriptedGuide()
    late = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)  # 4:00 on the next day
    knowledge = replace(small_knowledge(), locality=replace(locality(), time_zone="Asia/Shanghai"))
    deps = replace(scripted_deps(guide), clock=lambda: late, knowledge=lambda: knowledge)
    async with client_of(build_web(deps)) as http:
        await http.get("/")
        for choice in ("a:identity:student", "a:stage:idea", "a:needs:funding"):
            answer = (await http.post("/chat", json={"choice": choice})).json()
        page = (await http.get(answer["card"])).text
    assert "结果日期 2026-11-24" in page
    assert "2026-11-23" not in page


async def test_there_is_no_card_before_the_first_answer() -> None:
    async with visitor(ScriptedGuide()) as http:
        refused = await http.get("/card")
        assert refused.status_code == 404
        assert "<h1>还没有结果</h1>" in refused.text
        assert "没有这一页" not in refused.text


async def test_the_card_leads_to_the_own_conversation_or_to_a_new_one() -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        await http.get("/")
        answer = (await http.post("/chat", json={"choice": "a:identity:student"})).json()
        shared = SharedResult({"identity": ("student",)}, date(2026, 11, 23), "v1")
        path = answer["card"] or f"/r/{sign_result(KEY, shared)}"
        own = (await http.get(path)).text
        assert "回到我的对话" in own
        assert "我也去问问" not in own
        assert "您的情况要是不一样" not in own
    async with visitor(guide) as stranger:
        shown = (await stranger.get(path)).text
        # The verdicts are about the person who shared the link.
        assert "您的情况要是不一样，请点“我也去问问”" in shown
        assert "回到我的对话" not in shown


async def test_a_visitor_with_other_answers_is_warned() -> None:
    guide = ScriptedGuide()
    shared = SharedResult({"identity": ("student",)}, date(2026, 11, 23), "v1")
    path = f"/r/{sign_result(KEY, shared)}"
    async with visitor(guide) as friend:
        await friend.get("/")
        # A visitor who only opened the page has no conversation.
        assert "我也去问问" in (await friend.get(path)).text
        await friend.post("/chat", json={"choice": "a:identity:graduate"})
        shown = (await friend.get(path)).text
    assert "您的情况要是不一样，请点“回到我的对话”" in shown


async def test_a_card_is_shown_while_the_store_fails() -> None:
    async def unreadable(conv: str) -> Session | None:
        raise StoreUnavailable("数据库连不上")

    shared = SharedResult({"identity": ("student",)}, date(2026, 11, 23), "v1")
    deps = replace(scripted_deps(ScriptedGuide()), session_view=unreadable)
    async with client_of(build_web(deps)) as http:
        http.cookies.set("lct", sign_cookie(KEY, "0" * 32))
        card = await http.get(f"/r/{sign_result(KEY, shared)}")
    assert card.status_code == 200
    assert "休学创业保留学籍" in card.text


def token_of(number: int) -> str:
    """Return one of many valid tokens."""
    day = date(2026, 1, 1) + timedelta(days=number)
    return sign_result(KEY, SharedResult({"identity": ("student",)}, day, "v1"))


async def test_a_card_is_built_once_for_a_day_and_a_knowledge_version() -> None:
    built: list[date] = []
    version, today = "v1", datetime(2026, 11, 23, 9, tzinfo=UTC)

    def cards(profile: Profile, day: date) -> tuple[Card, ...]:
        built.append(day)
        return CARDS

    deps = replace(
        scripted_deps(ScriptedGuide()),
        result_card=cards,
        knowledge=lambda: small_knowledge(version),
        clock=lambda: today,
    )
    path = f"/r/{token_of(0)}"
    async with client_of(build_web(deps)) as http:
        first = await asyncio.gather(*(http.get(path) for _ in range(20)))
        assert len({page.text for page in first}) == 1
        assert len(built) == 1
        version = "v2"
        assert "知识版本 v2" in (await http.get(path)).text
        today += timedelta(days=1)
        assert "2026-11-24" in (await http.get(path)).text
        elsewhere = await http.get(path, headers={"Host": "192.168.1.7:8080"})
        assert f"http://192.168.1.7:8080{path}" in elsewhere.text
        await http.get(path)
    assert len(built) == 4


async def test_the_number_of_cards_kept_is_bounded() -> None:
    built = 0

    def cards(profile: Profile, day: date) -> tuple[Card, ...]:
        nonlocal built
        built += 1
        return CARDS

    deps = replace(scripted_deps(ScriptedGuide()), result_card=cards)
    async with client_of(build_web(deps)) as http:
        for number in range(MAX_PAGES + 1):
            await http.get(f"/r/{token_of(number)}")
        await http.get(f"/r/{token_of(MAX_PAGES)}")
        assert built == MAX_PAGES + 1
        await http.get(f"/r/{token_of(0)}")
        assert built == MAX_PAGES + 2


async def test_a_turn_does_not_wait_for_all_pages_that_are_asked_for() -> None:
    order: list[str] = []

    def cards(profile: Profile, day: date) -> tuple[Card, ...]:
        order.append("card")
        return CARDS

    deps = replace(scripted_deps(ScriptedGuide()), result_card=cards)

    async def turn(http: httpx.AsyncClient) -> None:
        await http.post("/chat", json={"text": "hi"})
        order.append("turn")

    async with client_of(build_web(deps)) as http:
        asked = [asyncio.create_task(http.get(f"/r/{token_of(n)}")) for n in range(40)]
        await asyncio.gather(*asked, turn(http))
    assert len(order) == 41
    assert order.index("turn") < 20


@pytest.mark.parametrize("path", [f"/r/{token_of(0)}", "/healthz", "/nothing"])
async def test_a_turn_does_not_wait_for_all_requests_that_need_no_page_built(path: str) -> None:
    order: list[str] = []
    async with client_of(build_web(scripted_deps(ScriptedGuide()))) as http:
        await http.get(path)

        async def read() -> None:
            await http.get(path)
            order.append("read")

        async def turn() -> None:
            await http.post("/chat", json={"text": "hi"})
            order.append("turn")

        await asyncio.gather(*(read() for _ in range(100)), turn())
    assert order.index("turn") < 50


async def test_page_views_beyond_a_number_are_refused() -> None:
    queue = PageQueue(small_knowledge)
    async with queue.place():
        waiting = [asyncio.create_task(wait_for(queue)) for _ in range(MAX_WAITING - 1)]
        await asyncio.sleep(0)
        with pytest.raises(HTTPException) as refused:
            async with queue.place():
                pass
        assert refused.value.status_code == 503
        response = await queue.refuse()
        assert response is not None
        assert response.status_code == 503
        assert response.headers["retry-after"] == "2"
    assert await queue.refuse() is None
    await asyncio.gather(*waiting)
    async with queue.place():
        pass


async def wait_for(queue: PageQueue) -> None:
    """Wait for the place and give it back."""
    async with queue.place():
        pass


@pytest.mark.parametrize(
    ("host", "trusted"),
    [
        ("127.0.0.1:8080", True),
        ("[2001:db8::1]:8080", True),
        ("192.168.1.5", True),
        ("localhost:8080", True),
        ("guide.local", True),
        ("evil.example", False),
        ("evil.example:8080", False),
        ("127.0.0.1.evil.example", False),
    ],
)
async def test_a_link_names_no_host_that_only_the_client_states(host: str, trusted: bool) -> None:
    path = f"/r/{token_of(0)}"
    async with visitor(ScriptedGuide()) as http:
        page = (await http.get(path, headers={"Host": host})).text
    assert (f'data-url="http://{host}{path}"' in page) is trusted
    assert ("<svg" in page) is trusted
    public = WebSettings(public_url="https://guide.example.org")
    async with visitor(ScriptedGuide(), public) as http:
        page = (await http.get(path, headers={"Host": host})).text
    assert f'data-url="https://guide.example.org{path}"' in page
    assert "evil" not in page
