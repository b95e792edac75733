"""Checks of every request, and headers of every response."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message, Scope

from bot.channels.web.app import build_web
from bot.channels.web.dependencies import WebSettings
from bot.channels.web.http.signing import sign_cookie
from tests.channels.web.scripted_guide import ScriptedGuide, scripted_deps
from tests.channels.web.web_client import CALM, client_of, visitor

KEY = b"a key for tests, thirty-two long"
OVER_HTTPS = "https://here.local"


async def status(headers: list[tuple[bytes, bytes]], version: str = "1.1") -> int:
    """Return the status of GET / with exactly these headers."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": version,
        "method": "GET",
        "scheme": "http",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 5),
        "server": ("127.0.0.1", 80),
    }
    await build_web(scripted_deps(ScriptedGuide()))(scope, receive, send)
    return int(sent[0]["status"])


async def test_a_request_has_exactly_one_valid_host() -> None:
    host = (b"host", b"here.local")
    assert await status([host]) == 200
    assert await status([(b"host", b"[::1]:8080")]) == 200
    assert await status([]) == 400
    assert await status([], version="1.0") == 200
    for other in (b"evil.example", b"here.local"):
        assert await status([host, (b"host", other)]) == 400
        assert await status([host, (b"host", other)], version="1.0") == 400
    for bad in (b"", b"a b", b"a/b", b"a@b", b"a,b", b"\xe6\x9f\xb3", b"x" * 256):
        assert await status([(b"host", bad)]) == 400


async def test_a_slash_at_the_end_of_a_path_changes_nothing() -> None:
    async def hook(request: Request) -> Response:
        return PlainTextResponse("the hook")

    deps = replace(scripted_deps(ScriptedGuide()), routes=[Route("/wechat", hook)])
    async with client_of(build_web(deps)) as http:
        assert (await http.get("/wechat/")).text == "the hook"
        assert (await http.post("/api/v1/ask/", json={"text": "hi"})).status_code == 200
        assert (await http.post("/chat/", json={"text": "hi"})).status_code == 200
        assert (await http.get("/readyz/")).status_code == 200
        for path in ("/nothing/", "/readyz//", "/static/", "/r/"):
            assert (await http.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("gzip; q=1.0, identity", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, identity", False),
        ("br;q=1, GZIP;Q=0", False),
        ("identity", False),
    ],
)
async def test_compression_follows_what_the_client_accepts(
    accepted: str, compressed: bool
) -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        page = (await http.get("/")).text
        script = page.partition('<script defer src="')[2].partition('"')[0]
        for choice in ("a:identity:student", "a:stage:idea", "a:needs:funding"):
            card = (await http.post("/chat", json={"choice": choice})).json()["card"]
        for path in ("/", script, card):
            answer = await http.get(path, headers={"Accept-Encoding": accepted})
            assert ("content-encoding" in answer.headers) is compressed
            assert "柳" in answer.text or path == script


async def test_https_is_kept_and_devices_are_closed_to_the_page() -> None:
    web = build_web(scripted_deps(ScriptedGuide()))
    async with client_of(web) as http:
        plain = await http.get("/")
        secure = await http.get(f"{OVER_HTTPS}/")
    assert "strict-transport-security" not in plain.headers
    assert secure.headers["strict-transport-security"] == "max-age=31536000"
    assert "geolocation=()" in plain.headers["permissions-policy"]


async def test_over_https_the_cookie_has_a_name_that_no_other_site_can_set() -> None:
    guide = ScriptedGuide()
    async with client_of(build_web(scripted_deps(guide))) as http:
        http.cookies.set("lct", sign_cookie(KEY, "0" * 32))  # of before the new name
        first = await http.get(f"{OVER_HTTPS}/")
        made = first.headers.get_list("set-cookie")
        assert made[0].startswith(f"__Host-lct={'0' * 32}.")
        for part in ("Secure", "HttpOnly", "Path=/", "SameSite=lax"):
            assert part in made[0]
        assert "Domain" not in made[0]
        assert made[1].startswith('lct="";')
        assert "Max-Age=0" in made[1]
    async with client_of(build_web(scripted_deps(guide))) as http:
        http.cookies.set("lct", sign_cookie(KEY, "1" * 32))
        http.cookies.set("__Host-lct", sign_cookie(KEY, "2" * 32))
        await http.post(f"{OVER_HTTPS}/chat", json={"text": "hi"})
    assert list(guide.sessions) == [f"web:{'2' * 32}"]


@pytest.mark.parametrize(
    ("referer", "allowed"),
    [
        ("http://here.local/", True),
        ("http://HERE.local", True),
        ("https://evil.example/page", False),
        ("http://here.local.evil.example/", False),
        ("http://evil.example/http://here.local/", False),
        ("nonsense", False),
    ],
)
async def test_a_form_of_another_site_is_refused_by_its_referer(
    referer: str, allowed: bool
) -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        answer = await http.post("/chat", json={"text": "hi"}, headers={"Referer": referer})
    assert answer.status_code == (200 if allowed else 403)
    assert bool(guide.taken) is allowed


async def test_pages_are_limited_per_address() -> None:
    deps = scripted_deps(
        ScriptedGuide(), replace(CALM, address_reads_per_minute=20, refusal_seconds=0)
    )
    web = build_web(deps)
    paths = ("/", "/card", "/r/x.y", "/readyz", "/metrics", "/static/x", "/nothing")

    def client(address: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(web, client=(address, 5))
        return httpx.AsyncClient(transport=transport, base_url="http://here.local")

    async with client("198.51.100.1") as greedy, client("198.51.100.2") as other:
        answers = [await greedy.get(path) for _ in range(3) for path in paths]
        assert {answer.status_code for answer in answers[:10]} == {200, 404}
        assert {answer.status_code for answer in answers[10:]} == {429}
        assert int(answers[-1].headers["retry-after"]) > 0
        assert "过几秒" in answers[-1].text
        # Messages have a limit of their own, and other addresses theirs.
        assert (await greedy.post("/chat", json={"text": "hi"})).status_code == 200
        assert (await other.get("/")).status_code == 200


async def test_requests_that_are_refused_are_limited_per_address() -> None:
    guide = ScriptedGuide()
    settings = replace(CALM, address_per_minute=20, address_reads_per_minute=20, refusal_seconds=0)
    json, text = {"Content-Type": "application/json"}, {"Content-Type": "text/plain"}
    for path, headers in (
        ("/nothing", json),
        ("/", json),
        ("/readyz/", json),
        ("/chat", text),
        ("/chat/", json | {"Origin": "https://evil.example"}),
        ("/api/v1/ask", text),
        ("/api/v1/chat", text),
        ("/", json | {"Host": "a b"}),
    ):
        async with client_of(build_web(scripted_deps(guide, settings))) as http:
            answers = [await http.post(path, content=b"{}", headers=headers) for _ in range(15)]
        assert 429 not in {answer.status_code for answer in answers[:10]}
        assert {answer.status_code for answer in answers[10:]} == {429}
    assert guide.taken == []


async def test_webhooks_are_not_limited_by_address() -> None:
    async def hook(request: Request) -> Response:
        return PlainTextResponse("the hook")

    settings = replace(CALM, address_reads_per_minute=2)
    deps = replace(
        scripted_deps(ScriptedGuide(), settings), routes=[Route("/wechat", hook, methods=["POST"])]
    )
    async with client_of(build_web(deps)) as http:
        assert {(await http.post("/wechat")).text for _ in range(10)} == {"the hook"}


async def test_a_refusal_of_an_address_comes_late() -> None:
    settings = WebSettings(address_per_minute=2, address_reads_per_minute=2, refusal_seconds=0.3)
    clock = asyncio.get_running_loop().time
    async with visitor(ScriptedGuide(), settings) as http:
        assert (await http.get("/nothing")).status_code == 404
        await http.post("/api/v1/ask", json={"text": "hi"})
        for send in (http.get("/"), http.post("/api/v1/ask", json={"text": "hi"})):
            began = clock()
            assert (await send).status_code == 429
            assert clock() - began >= 0.29


async def test_a_visitor_without_cookies_is_told_so() -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        await http.get("/")
        told = (await http.post("/chat", json={"text": "hi"})).json()
        assert "notice" not in told
        http.cookies.clear()
        told = (await http.post("/chat", json={"choice": "a:identity:student"})).json()
        assert "Cookie" in told["notice"]
        http.cookies.clear()
        form = await http.post("/chat", data={"choice": "a:identity:student"})
        assert form.status_code == 200
        assert "Cookie" in form.text
        assert "您的创业项目到哪一步了" in form.text
        assert (await http.post("/chat", data={"text": "hi"})).status_code == 303


def test_the_token_of_the_api_is_not_shown() -> None:
    assert "hush" not in repr(WebSettings(api_token="hush hush hush hush"))
