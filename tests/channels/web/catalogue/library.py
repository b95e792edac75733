"""A web app over the knowledge that is served."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import httpx
from starlette.applications import Starlette

from bot.channels.web.app import build_web
from bot.channels.web.dependencies import WebDependencies, WebSettings
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.dialogue.single_turn import find
from bot.core.domain.knowledge import Knowledge
from tests.channels.web.scripted_guide import ScriptedGuide, scripted_deps
from tests.channels.web.web_client import client_of

DAY = date(2026, 11, 23)
PUBLIC = WebSettings(
    public_url="https://guide.example.org", user_per_minute=0, address_per_minute=0
)


def library_deps(
    base: KnowledgeBase, settings: WebSettings = PUBLIC, knowledge: Knowledge | None = None
) -> WebDependencies:
    """Return dependencies with this knowledge and its search."""
    return replace(
        scripted_deps(ScriptedGuide(), settings),
        knowledge=lambda: knowledge or base.knowledge,
        find=lambda text: find(text, base, DAY),
    )


# A new app compiles the templates again, which takes longer than most tests.
_APPS: dict[tuple[WebSettings, str], Starlette] = {}


def reader(
    base: KnowledgeBase, settings: WebSettings = PUBLIC, knowledge: Knowledge | None = None
) -> httpx.AsyncClient:
    """Return a client of a web app with this knowledge. Apps are shared by the tests of a worker,
    one for each version of the knowledge."""
    key = (settings, (knowledge or base.knowledge).version)
    if key not in _APPS:
        _APPS[key] = build_web(library_deps(base, settings, knowledge))
    return client_of(_APPS[key])
