"""Limits on the requests of one network address."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.channels.web.app import build_web
from bot.channels.web.dependencies import WebSettings
from tests.channels.web.scripted_guide import ScriptedGuide, scripted_deps
from tests.channels.web.web_client import CALM, client_of, visitor


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


def test_the_token_of_the_api_is_not_shown() -> None:
    assert "hush" not in repr(WebSettings(api_token="hush hush hush hush"))
