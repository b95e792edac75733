"""Endpoints for operators: `/healthz`, `/readyz`, `/metrics`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from bot.channels.web.dependencies import WebDependencies
from bot.channels.web.http.responses import json_response

# Seconds that a result of the store's check is used. The check writes, so it must not be a lever.
READY_SECONDS = 1.0


class HealthEndpoints:
    """Liveness, readiness and metrics."""

    def __init__(self, deps: WebDependencies) -> None:
        self._deps = deps
        self._check: asyncio.Task[tuple[bool, Mapping[str, Any]]] | None = None
        self._checked_at = 0.0

    async def healthz(self, request: Request) -> Response:
        """Handle GET /healthz: 200 while the process answers."""
        return json_response({"status": "ok"})

    async def readyz(self, request: Request) -> Response:
        """Handle GET /readyz: 200 when a turn can be served now, else 503 with the reason."""
        ready, detail = await self._ready()
        return json_response({"ready": ready, **detail}, 200 if ready else 503)

    async def metrics(self, request: Request) -> Response:
        """Handle GET /metrics in the format of Prometheus."""
        ready, detail = await self._ready()
        store = detail.get("store") == "ok"
        problems = int(detail.get("knowledge_problem_count", 0))
        version = self._deps.knowledge().version
        self._deps.metrics.state(self._deps.queue(), ready, store, problems, version)
        if "store_bytes" in detail:
            self._deps.metrics.store_size(int(detail["store_bytes"]))
        body = generate_latest(self._deps.metrics.registry)
        return Response(body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _ready(self) -> tuple[bool, Mapping[str, Any]]:
        """Return the readiness of at most READY_SECONDS ago. Requests share a running check."""
        now = self._deps.monotonic()
        finished = self._check is not None and self._check.done()
        if self._check is None or (finished and now - self._checked_at >= READY_SECONDS):
            self._check = asyncio.ensure_future(self._checked())
        # A client that goes away must not cancel the check for the others.
        return await asyncio.shield(self._check)

    async def _checked(self) -> tuple[bool, Mapping[str, Any]]:
        result = await self._deps.ready()
        self._checked_at = self._deps.monotonic()
        return result
