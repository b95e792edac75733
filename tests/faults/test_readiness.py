"""What a service tells its prober while its database is gone."""

from __future__ import annotations

import time
from pathlib import Path

import httpx

from bot.core.dialogue.manager import KnowledgeBase
from tests.postgres import Server
from tests.serve_process import PATIENCE, Home, Served, served


def test_a_database_that_is_gone_is_told_before_the_prober_gives_up(
    own_server: Server, tmp_path: Path, base: KnowledgeBase, cache: Path
) -> None:
    store = f"store: {own_server.url('postgres')}\n"
    with served(Home.made(tmp_path / "home", cache, store)) as service:
        assert service.ready()["store"] == "ok"
        assert "policybot_store_up 1.0" in figures(service)
        own_server.stop()
        began = time.monotonic()
        answer = httpx.get(f"{service.url}/readyz", timeout=PATIENCE)
        told = figures(service)
        assert time.monotonic() - began < 8  # Prometheus waits for ten seconds
        assert answer.status_code == 503
        assert any("一" <= char <= "鿿" for char in answer.json()["store"])
        assert "policybot_ready 0.0" in told
        assert "policybot_store_up 0.0" in told
        own_server.start()
        service.until(lambda: "policybot_store_up 1.0" in figures(service))


def figures(service: Served) -> str:
    return httpx.get(f"{service.url}/metrics", timeout=PATIENCE).text
