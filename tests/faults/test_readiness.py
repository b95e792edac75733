"""The health endpoints of a service while its database is unreachable."""

from __future__ import annotations

import time
from pathlib import Path

import httpx

from bot.core.dialogue.manager import KnowledgeBase
from tests.machine_load import allowed
from tests.postgres import Server
from tests.serve_process import PATIENCE, Home, Served, served


def test_an_unreachable_database_is_reported_before_prometheus_times_out(
    own_server: Server, tmp_path: Path, base: KnowledgeBase, cache: Path
) -> None:
    store = f"store: {own_server.url('postgres')}\n"
    with served(Home.made(tmp_path / "home", cache, store)) as service:
        assert service.ready()["store"] == "ok"
        assert "policybot_store_up 1.0" in metrics(service)
        own_server.stop()
        # The check before the stop is used for a second.
        service.until(lambda: "policybot_ready 0.0" in metrics(service))
        began = time.monotonic()
        answer = httpx.get(f"{service.url}/readyz", timeout=PATIENCE)
        metrics_text = metrics(service)
        assert time.monotonic() - began < allowed(8)  # Prometheus waits for ten seconds
        assert answer.status_code == 503
        assert any("一" <= char <= "鿿" for char in answer.json()["store"])
        assert "policybot_ready 0.0" in metrics_text
        assert "policybot_store_up 0.0" in metrics_text
        own_server.start()
        service.until(lambda: "policybot_store_up 1.0" in metrics(service))


def metrics(service: Served) -> str:
    """Return the text of /metrics."""
    return httpx.get(f"{service.url}/metrics", timeout=PATIENCE).text
