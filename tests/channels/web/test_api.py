"""The JSON API and the endpoints for operators."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.channels.web.app import build_web
from bot.channels.web.dependencies import WebSettings
from bot.channels.web.health import READY_SECONDS
from tests.channels.web.running_server import running
from tests.channels.web.scripted_guide import ScriptedGuide, scripted_deps
from tests.channels.web.web_client import CALM, client_of, visitor


async def test_chat_gives_the_same_object_as_the_command_line() -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        sent = {"user": "张三", "choice": "c:start", "message_id": "1"}
        answer = (await http.post("/api/v1/chat", json=sent)).json()
        again = (await http.post("/api/v1/chat", json=sent)).json()
    assert list(answer) == [
        "user", "replies", "mode", "question", "profile", "focus", "findings", "cites", "outcome",
    ]  # fmt: skip
    assert answer["user"] == "张三"
    assert answer["question"] == "identity"
    assert answer == again
    assert len(guide.taken) == 1


async def test_a_message_without_an_id_is_always_new() -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        for _ in range(2):
            await http.post("/api/v1/chat", json={"user": "u", "text": "hi"})
    assert len(guide.taken) == 2


async def test_the_api_cannot_reach_the_conversation_of_a_page_visitor() -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        await http.get("/")
        await http.post("/chat", json={"choice": "a:identity:student"})
        (conv,) = guide.sessions
        answer = await http.post("/api/v1/chat", json={"user": conv[4:], "text": "hi"})
    assert answer.json()["profile"] == {}
    assert set(guide.sessions) == {conv, f"api:{conv[4:]}"}


async def test_ask_echoes_text_and_id() -> None:
    async with visitor(ScriptedGuide()) as http:
        answer = (await http.post("/api/v1/ask", json={"text": "能贷款吗", "id": 7})).json()
        bare = (await http.post("/api/v1/ask", json={"text": "能贷款吗"})).json()
    assert (answer["id"], answer["text"], answer["outcome"]) == (7, "能贷款吗", "unknown")
    assert bare["id"] is None


async def test_the_api_takes_only_json_so_that_other_sites_cannot_post_forms_to_it() -> None:
    async with visitor(ScriptedGuide()) as http:
        answer = await http.post("/api/v1/chat", data={"user": "u", "text": "hi"})
        assert answer.status_code == 415
        preflight = await http.options("/api/v1/chat", headers={"Origin": "https://evil.test"})
        assert "access-control-allow-origin" not in preflight.headers


async def test_missing_and_invalid_fields_are_refused_with_a_reason() -> None:
    async with visitor(ScriptedGuide()) as http:
        for body in (
            {"user": "u"},
            {"text": "hi"},
            {"user": 5, "text": "x"},
            {"user": "", "text": "x"},
            {"user": "u", "text": "\x07\u2028\ufeff "},
            {"user": "u", "choice": "\x07"},
            {"user": "u", "choice": "c:me" + "\u2028" * 400},
        ):
            answer = await http.post("/api/v1/chat", json=body)
            assert answer.status_code == 422
            assert set(answer.json()) == {"error"}


async def test_a_wrong_path_or_method_of_the_api_gets_advice() -> None:
    async with visitor(ScriptedGuide()) as http:
        assert (await http.get("/api/v1/ask")).json() == {"error": "这个地址只收 POST。"}
        lost = await http.post("/api/v1/asks", json={"text": "hi"})
        assert lost.json() == {"error": "没有这个地址；接口说明在 /api/v1/openapi.json。"}


async def test_the_openapi_document_describes_all_operations() -> None:
    async with visitor(ScriptedGuide()) as http:
        document = (await http.get("/api/v1/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    questions, data = ["/api/v1/ask", "/api/v1/chat"], "/api/v1/supports"
    figures = "/api/v1/stats"
    assert set(document["paths"]) == {*questions, data, f"{data}.csv", figures, f"{figures}.csv"}
    for operation in map(document["paths"].get, questions):
        schema = operation["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert schema["$ref"].rpartition("/")[2] in document["components"]["schemas"]


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_readiness_fails_with_the_store_and_liveness_does_not() -> None:
    guide, clock = ScriptedGuide(), Clock()
    deps = replace(scripted_deps(guide), monotonic=clock)
    async with client_of(build_web(deps)) as http:
        assert (await http.get("/readyz")).status_code == 200
        guide.down = "store"
        clock.now += READY_SECONDS
        assert (await http.get("/readyz")).status_code == 503
        assert (await http.get("/healthz")).status_code == 200


async def test_many_requests_for_readiness_check_the_store_once_a_second() -> None:
    checks = 0

    async def ready() -> tuple[bool, Mapping[str, object]]:
        nonlocal checks
        checks += 1
        await asyncio.sleep(0.01)
        return True, {"store": "ok"}

    clock = Clock()
    deps = replace(scripted_deps(ScriptedGuide()), ready=ready, monotonic=clock)
    async with client_of(build_web(deps)) as http:
        for _ in range(3):
            answers = await asyncio.gather(
                *(http.get(path) for path in ("/readyz", "/metrics") for _ in range(20))
            )
            assert {answer.status_code for answer in answers} == {200}
        assert checks == 1
        clock.now += READY_SECONDS
        await http.get("/readyz")
        assert checks == 2


async def test_a_check_of_readiness_that_failed_unexpectedly_is_repeated() -> None:
    failing = True

    async def ready() -> tuple[bool, Mapping[str, object]]:
        if failing:
            raise OSError("odd")
        return True, {"store": "ok"}

    clock = Clock()
    deps = replace(scripted_deps(ScriptedGuide()), ready=ready, monotonic=clock)
    async with client_of(build_web(deps)) as http:
        assert (await http.get("/readyz")).status_code == 500
        failing = False
        clock.now += READY_SECONDS
        assert (await http.get("/readyz")).status_code == 200


TOKEN = "a token of enough length"
TURN = {"user": "u", "text": "我的信息"}


def caller(address: str, token: str = "", guide: ScriptedGuide | None = None) -> httpx.AsyncClient:
    """Return a client at this address of a service with this token."""
    deps = scripted_deps(guide or ScriptedGuide(), replace(CALM, api_token=token))
    transport = httpx.ASGITransport(build_web(deps), client=(address, 50_000))
    return httpx.AsyncClient(transport=transport, base_url="http://here.local")


@pytest.mark.parametrize("token", ["", TOKEN])
@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.9", "::1", "::ffff:127.0.0.1"])
async def test_this_machine_holds_conversations_without_a_token(address: str, token: str) -> None:
    async with caller(address, token) as http:
        assert (await http.post("/api/v1/chat", json=TURN)).status_code == 200


@pytest.mark.parametrize("address", ["192.168.1.5", "10.0.0.1", "203.0.113.9", "2001:db8::1", ""])
async def test_another_machine_needs_the_token_to_hold_a_conversation(address: str) -> None:
    guide = ScriptedGuide()
    async with caller(address, TOKEN, guide) as http:
        for given in (
            "",
            TOKEN,
            "Bearer",
            "Bearer ",
            f"Basic {TOKEN}",
            f"Bearer {TOKEN}x",
            "Bearer é",
        ):
            headers = [(b"authorization", given.encode("latin-1"))]
            refused = await http.post("/api/v1/chat", json=TURN, headers=headers)
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"] == "Bearer"
            assert "令牌" in refused.json()["error"]
        assert guide.taken == []
        for given in (f"Bearer {TOKEN}", f"bearer {TOKEN}"):
            answer = await http.post("/api/v1/chat", json=TURN, headers={"Authorization": given})
            assert answer.status_code == 200
        assert (await http.post("/api/v1/ask", json={"text": "能贷款吗"})).status_code == 200


async def test_without_a_token_no_other_machine_holds_a_conversation() -> None:
    async with caller("203.0.113.9") as http:
        for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer"}):
            refused = await http.post("/api/v1/chat", json=TURN, headers=headers)
            assert refused.status_code == 401
        assert (await http.post("/api/v1/ask", json={"text": "能贷款吗"})).status_code == 200


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
async def test_a_request_through_a_proxy_is_not_of_this_machine(header: str) -> None:
    async with caller("127.0.0.1", TOKEN) as http:
        refused = await http.post("/api/v1/chat", json=TURN, headers={header: "127.0.0.1"})
    assert refused.status_code == 401


async def test_guesses_of_the_token_are_limited_per_address() -> None:
    deps = scripted_deps(
        ScriptedGuide(), WebSettings(address_per_minute=20, refusal_seconds=0, api_token=TOKEN)
    )
    transport = httpx.ASGITransport(build_web(deps), client=("203.0.113.9", 50_000))
    async with httpx.AsyncClient(transport=transport, base_url="http://here.local") as http:
        answers = [await http.post("/api/v1/chat", json=TURN) for _ in range(15)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429] * 5


@pytest.mark.parametrize("path", ["/api/v1/ask", "/api/v1/chat", "/chat"])
async def test_a_byte_order_mark_before_the_json_is_skipped(path: str) -> None:
    body = b'\xef\xbb\xbf{"user": "u", "text": "hi"}'
    async with visitor(ScriptedGuide()) as http:
        answer = await http.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200


async def test_metrics_count_turns_and_refusals_and_name_the_knowledge_version() -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        await http.post("/api/v1/chat", json={"user": "u", "text": "hi"})
        guide.down = "busy"
        await http.post("/chat", json={"text": "hi"})
        text = (await http.get("/metrics")).text
    for line in (
        'policybot_turns_total{channel="api",outcome="unknown"} 1.0',
        'policybot_turn_seconds_count{channel="api"} 1.0',
        'policybot_refused_total{channel="web",reason="busy"} 1.0',
        'policybot_knowledge_info{version="v1"} 1.0',
        "policybot_queue 0.0",
        "policybot_ready 1.0",
        "policybot_store_up 1.0",
        "policybot_knowledge_problems 0.0",
    ):
        assert line in text


async def test_routes_of_other_channels_get_the_security_headers() -> None:
    async def hook(request: Request) -> Response:
        return PlainTextResponse("ok")

    deps = replace(scripted_deps(ScriptedGuide()), routes=[Route("/wechat", hook)])
    async with client_of(build_web(deps)) as http:
        answer = await http.get("/wechat")
    assert answer.text == "ok"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_on_start_and_on_stop_run_once() -> None:
    seen: list[str] = []

    async def start() -> None:
        seen.append("start")

    async def stop() -> None:
        seen.append("stop")

    deps = replace(scripted_deps(ScriptedGuide()), on_start=start, on_stop=stop)
    with running(build_web(deps)):
        assert seen == ["start"]
    assert seen == ["start", "stop"]
