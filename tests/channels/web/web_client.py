"""An HTTP client for a web app in the same process."""

from __future__ import annotations

import re

import httpx
from starlette.types import ASGIApp

from bot.channels.web.app import build_web
from bot.channels.web.dependencies import WebSettings
from tests.channels.web.scripted_guide import ScriptedGuide, scripted_deps

CALM = WebSettings(user_per_minute=0, address_per_minute=0)


def client_of(app: ASGIApp) -> httpx.AsyncClient:
    """Return a client that stores cookies and follows no redirects."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://here.local",
        headers={"Accept": "text/html"},
    )


def visitor(guide: ScriptedGuide, settings: WebSettings = CALM) -> httpx.AsyncClient:
    """Return a client of a web app with this guide."""
    return client_of(build_web(scripted_deps(guide, settings)))


def field(page: str, name: str) -> str:
    """Return the value of a hidden field of the page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found[1] if found else ""
