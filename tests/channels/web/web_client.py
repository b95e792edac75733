"""A client that talks to a web app without a network."""

from __future__ import annotations

import re

import httpx
from starlette.types import ASGIApp

from bot.channels.web.app import build_web
from bot.channels.web.dependencies import WebSettings
from tests.channels.web.scripted_guide import ScriptedGuide, scripted_deps

CALM = WebSettings(user_per_minute=0, address_per_minute=0)


def client_of(app: ASGIApp) -> httpx.AsyncClient:
    """A browser without scripts: keeps cookies, follows nothing by itself."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://here.test",
        headers={"Accept": "text/html"},
    )


def visitor(guide: ScriptedGuide, settings: WebSettings = CALM) -> httpx.AsyncClient:
    """A client of a web over this guide."""
    return client_of(build_web(scripted_deps(guide, settings)))


def field(page: str, name: str) -> str:
    """The value of a hidden field of the page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found[1] if found else ""
