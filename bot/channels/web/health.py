"""Endpoints for operators: `/healthz`, `/readyz`, `/metrics`."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from bot.channels.web.dependencies import WebDependencies
from bot.channels.web.http.responses import json_response


class HealthEndpoints:
    """Liveness, readiness and metrics."""

    def __init__(self, deps: WebDependencies) -> None:
        self._deps = deps

    async def healthz(self, request: Request) -> Response:
        """Handle GET /healthz: 200 while the process answers."""
        return json_response({"status": "ok"})

    async def readyz(self, request: Request) -> Response:
        """Handle GET /readyz: 200 when a turn can be served now, else 503 with the reason."""
        ready, detail = await self._deps.ready()
        return json_response({"ready": ready, **detail}, 200 if ready else 503)

    async def metrics(self, request: Request) -> Response:
        """Handle GET /metrics in the format of Prometheus."""
        ready, detail = await self._deps.ready()
        store = detail.get("store") == "ok"
        problems = int(detail.get("knowledge_problem_count", 0))
        version = self._deps.knowledge().version
        self._deps.metrics.state(self._deps.queue(), ready, store, problems, version)
        if "store_bytes" in detail:
            self._deps.metrics.store_size(int(detail["store_bytes"]))
        body = generate_latest(self._deps.metrics.registry)
        return Response(body, headers={"Content-Type": CONTENT_TYPE_LATEST})
