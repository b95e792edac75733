"""The tools over HTTP: who may reach them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from bot.app.mcp_server import host_names
from bot.channels.mcp.request_limit import RequestLimit
from bot.channels.mcp.server import build_server, http_app
from bot.channels.mcp.tools import Tools
from bot.config.settings import Address, Settings
from bot.core.dialogue.manager import KnowledgeBase
from bot.errors import ConfigError
from tests.knowledge_base import DAY

HERE = "http://127.0.0.1:8090"
SITE = "guide.example.org"
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
HEADERS = {"Accept": "application/json, text/event-stream"}


@pytest.fixture
def http(base: KnowledgeBase) -> Iterator[TestClient]:
    """Return a client of the application, from this machine; 6 requests a minute are allowed."""
    server = build_server(Tools(lambda: base, lambda _: DAY, 500))
    app = http_app(server, hosts=[SITE], origins=[f"https://{SITE}"], body_bytes=4096)
    app.add_middleware(
        RequestLimit, per_minute=6, key=str, clock=lambda: 0.0, refusal=lambda: "请稍后再试"
    )
    with TestClient(app, base_url=HERE) as client:
        yield client


def post(http: TestClient, *, data: Any = None, **headers: str) -> int:
    """Send a request and return the status."""
    return http.post("/mcp", json=data or LIST, headers={**HEADERS, **headers}).status_code


def test_this_machine_and_the_public_name_are_served(http: TestClient) -> None:
    assert post(http) == 200
    assert post(http, host=SITE, origin=f"https://{SITE}") == 200
    assert post(http, origin="http://localhost:3000") == 200


def test_other_names_and_pages_of_other_sites_are_refused(http: TestClient) -> None:
    assert post(http, host="attacker.example") == 421
    assert post(http, origin="https://attacker.example") == 403
    assert post(http, data={**LIST, "params": {"x": "y" * 5000}}) == 413


def test_requests_above_the_limit_are_told_when_to_come_again(http: TestClient) -> None:
    assert [post(http) for _ in range(4)] == [200, 200, 200, 429]
    refused = http.post("/mcp", json=LIST, headers=HEADERS)
    assert refused.headers["Retry-After"] == "11"
    assert refused.json() == {"error": "请稍后再试"}


def test_a_wildcard_address_needs_the_name_that_clients_use() -> None:
    everywhere = Address(host="0.0.0.0", port=8090)
    with pytest.raises(ConfigError, match="public_url"):
        host_names(Settings(), everywhere)
    assert host_names(Settings(public_url=f"https://{SITE}"), everywhere) == [SITE]
    assert host_names(Settings(), Address(host="10.1.2.3", port=1)) == ["10.1.2.3", "10.1.2.3:*"]
    assert "[2001:db8::1]:*" in host_names(Settings(), Address(host="2001:db8::1", port=1))
