"""The chat for a frame of another site: who may frame it, and whose conversation it is."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from httpx import AsyncClient, Response

from bot.channels.web.http.responses import SECURITY_HEADERS
from tests.channels.web.scripted_guide import ScriptedGuide
from tests.channels.web.web_client import CALM, field, visitor

SITES = ("https://space.example", "http://school.example:8000")
EMBEDDED = replace(CALM, embed_origins=SITES)
COOKIE = "__Host-lct-embed"


async def post(http: AsyncClient, **message: Any) -> Response:
    """Send a message as the script of the page does."""
    return await http.post("/chat", json=message, headers={"Accept": "application/json"})


def token_of(page: Response) -> str:
    """Return the token of the page of a frame."""
    return field(page.text, "embed")


async def test_without_the_setting_nothing_may_be_framed() -> None:
    async with visitor(ScriptedGuide()) as http:
        for path in ("/embed", "/static/embed.js"):
            refused = await http.get(path)
            assert refused.status_code == 404
            assert refused.headers["X-Frame-Options"] == "DENY"
            assert "frame-ancestors 'none'" in refused.headers["Content-Security-Policy"]
            assert "set-cookie" not in refused.headers


async def test_only_the_page_of_the_frame_may_be_framed_by_the_sites() -> None:
    async with visitor(ScriptedGuide(), EMBEDDED) as http:
        page, other, script = [
            await http.get(path) for path in ("/embed", "/", "/static/embed.js")
        ]
    policies = page.headers.get_list("Content-Security-Policy")
    assert len(policies) == 1
    assert policies[0].endswith(f"frame-ancestors {SITES[0]} {SITES[1]}")
    # Apart from who may frame it, the page is as protected as the other one.
    policy = other.headers["Content-Security-Policy"]
    assert policies[0].partition("frame-ancestors")[0] == policy.partition("frame-ancestors")[0]
    assert policy.endswith("frame-ancestors 'none'")
    assert "X-Frame-Options" not in page.headers
    assert other.headers["X-Frame-Options"] == "DENY"
    for name, value in SECURITY_HEADERS:
        if name != "X-Frame-Options":
            assert page.headers[name] == value
    assert script.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert script.headers["X-Content-Type-Options"] == "nosniff"


async def test_the_script_is_small_and_says_what_the_knowledge_says() -> None:
    async with visitor(ScriptedGuide(), EMBEDDED) as http:
        script = await http.get("/static/embed.js")
    assert script.headers["Content-Type"].startswith("text/javascript")
    assert len(script.content) <= 5_000
    assert '"open": "问创业扶持政策"' in script.text
    assert "{{" not in script.text


async def test_a_frame_has_a_conversation_of_its_own_without_cookies() -> None:
    guide = ScriptedGuide()
    async with visitor(guide, EMBEDDED) as http:
        page = await http.get("/embed")
        assert "set-cookie" not in page.headers  # over HTTP no browser would send it
        first = await post(http, text="场地", message_id="m1", first=True, embed=token_of(page))
        again = await post(http, text="还有", message_id="m2", embed=first.json()["embed"])
        assert "set-cookie" not in again.headers
    assert again.json()["session"] == first.json()["session"]
    assert "notice" not in first.json()
    assert {conv for conv, *_ in guide.taken} == {f"web:{token_of(page).partition('.')[0]}"}


async def test_a_frame_and_the_page_do_not_share_a_conversation() -> None:
    guide = ScriptedGuide()
    async with visitor(guide, EMBEDDED) as http:
        page = await http.get("/")
        cookie = http.cookies["lct"]
        await post(http, text="场地", message_id="m1", embed=token_of(await http.get("/embed")))
        assert http.cookies["lct"] == cookie
        # The cookie of the page is no token of a frame, and a token is no cookie.
        await post(http, text="场地", message_id="m2", embed=cookie)
    conversations = {conv for conv, *_ in guide.taken}
    assert len(conversations) == 2
    assert f"web:{cookie.partition('.')[0]}" not in conversations
    assert field(page.text, "embed") == ""


async def test_over_https_a_cookie_for_each_embedding_site_brings_it_back() -> None:
    guide = ScriptedGuide()
    settings = replace(EMBEDDED, public_url="https://guide.example")
    async with visitor(guide, settings) as http:
        page = await http.get("/embed")
        (cookie,) = page.headers.get_list("set-cookie")
        value, *attributes = cookie.split("; ")
        assert value == f"{COOKIE}={token_of(page)}"
        assert {"HttpOnly", "Secure", "SameSite=None", "Partitioned", "Path=/"} <= set(attributes)
        await post(http, text="场地", message_id="m1", first=True, embed=token_of(page))
        back = await http.get("/embed", headers={"Cookie": value})
        assert token_of(back) == token_of(page)
        assert "您说的是“场地”" in back.text
        # The cookie alone sends no message: another site could have made the browser send it.
        await http.post(
            "/chat",
            json={"text": "还有", "message_id": "m2"},
            headers={"Cookie": value, "Accept": "application/json"},
        )
    assert len({conv for conv, *_ in guide.taken}) == 2


async def test_who_is_forgotten_goes_on_in_another_conversation() -> None:
    guide = ScriptedGuide()
    async with visitor(guide, EMBEDDED) as http:
        token = token_of(await http.get("/embed"))
        await post(http, text="场地", message_id="m1", first=True, embed=token)
        gone = (await post(http, text="忘记我", message_id="m2", embed=token)).json()
        assert gone["forgotten"]
        assert gone["embed"] != token
        await post(http, text="你好", message_id="m3", embed=gone["embed"])
    assert list(guide.sessions) == [f"web:{gone['embed'].partition('.')[0]}"]


@pytest.mark.parametrize("token", ["x", "a" * 32 + "." + "b" * 22, "\ud83d", 5, ["a"], {"a": 1}])
async def test_a_forged_token_begins_a_new_conversation(token: object) -> None:
    guide = ScriptedGuide()
    async with visitor(guide, EMBEDDED) as http:
        answered = await http.post(
            "/chat",
            content=json.dumps({"text": "场地", "message_id": "m1", "embed": token}),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
        )
    assert answered.status_code == 200
    assert re.fullmatch(r"[0-9a-f]{32}\..{22}", answered.json()["embed"])
    assert guide.taken[0][0] != f"web:{'a' * 32}"


async def test_forms_of_a_frame_are_answered_in_one_conversation_without_cookies() -> None:
    guide = ScriptedGuide()
    async with visitor(guide, EMBEDDED) as http:
        page = await http.get("/embed")
        for message_id, said in (("m1", "场地"), ("m2", "还有")):
            form = {"text": said, "embed": token_of(page), "first": field(page.text, "first")}
            page = await http.post("/chat", data={**form, "message_id": message_id})
            assert page.status_code == 200
            assert f"您说的是“{said}”" in page.text
            assert f"frame-ancestors {SITES[0]}" in page.headers["Content-Security-Policy"]
    assert len({conv for conv, *_ in guide.taken}) == 1


async def test_a_form_of_a_frame_erases_only_what_was_confirmed() -> None:
    guide = ScriptedGuide()
    async with visitor(guide, EMBEDDED) as http:
        token = token_of(await http.get("/embed"))
        await http.post("/chat", data={"text": "场地", "embed": token, "first": "1"})
        asked = await http.post("/chat", data={"choice": "c:forget", "embed": token})
        assert f"frame-ancestors {SITES[0]}" in asked.headers["Content-Security-Policy"]
        assert field(asked.text, "embed") == token
        kept = await http.post("/chat", data={"embed": token})
        assert "您说的是“场地”" in kept.text
        confirmed = {"choice": "c:forget", "confirmed": "1", "embed": token}
        gone = await http.post("/chat", data=confirmed)
        assert "您说的是" not in gone.text
        assert token_of(gone) != token
    assert guide.sessions == {}
