"""Connect the admin page to the running service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from starlette.routing import BaseRoute

from bot.app import composition
from bot.config import Settings
from bot.core.dialogue.manager import KnowledgeBase
from bot.service.count_port import CountStore
from bot.workshop.admin_page.app import admin_routes
from bot.workshop.admin_page.dependencies import AdminDependencies


def routes(
    settings: Settings,
    home: Path,
    key: bytes,
    live: Callable[[], KnowledgeBase],
    ready: Callable[[], Awaitable[tuple[bool, Mapping[str, Any]]]],
    store: CountStore,
) -> list[BaseRoute]:
    """Return the routes of the admin page. `key` signs its cookies; `ready`: see
    `WebDependencies`."""
    return admin_routes(
        AdminDependencies(
            home=home,
            folder=settings.knowledge,
            knowledge=lambda: live().knowledge,
            key=key,
            clock=composition.now,
            ready=ready,
            daily_counts=store.daily_counts,
            public_url=settings.public_url,
        )
    )
