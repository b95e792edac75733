"""Connect the admin page to the running service."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from starlette.routing import BaseRoute

from bot.app import composition
from bot.app.knowledge_diff import asked_before
from bot.app.knowledge_versions import draft_folder, publisher_for, status
from bot.config import Settings
from bot.content.readers.loader import load
from bot.content.search.cache_files import private_folder
from bot.core.dialogue.manager import KnowledgeBase
from bot.service.ports import Store
from bot.workshop.admin_page.app import admin_routes
from bot.workshop.admin_page.dependencies import AdminDependencies, InboxAccess
from bot.workshop.effects.answering import Work, answer_all
from bot.workshop.effects.answers import Answer
from bot.workshop.effects.folders import load_base
from bot.workshop.inbox.ignoring import Ignoring
from bot.workshop.put_live import LiveFolder

PROGRAM = Path(__file__).parents[2]


def routes(
    settings: Settings,
    home: Path,
    key: bytes,
    live: Callable[[], KnowledgeBase],
    ready: Callable[[], Awaitable[tuple[bool, Mapping[str, Any]]]],
    store: Store,
    folder: LiveFolder,
    refresh: Callable[[], Awaitable[None]],
) -> list[BaseRoute]:
    """Return the routes of the admin page. `key` signs its cookies; `ready`: see
    `WebDependencies`; `folder`: the live folder with its history; `refresh` takes over what
    is in it."""
    draft = draft_folder(home)
    return admin_routes(
        AdminDependencies(
            home=home,
            folder=settings.knowledge,
            knowledge=lambda: live().knowledge,
            key=key,
            clock=composition.now,
            ready=ready,
            daily_counts=store.daily_counts,
            publisher=publisher_for(
                folder, home, lambda: asked_before(store, settings.retention.unanswered_days)
            ),
            draft=draft,
            status=lambda: status(folder, draft),
            refresh=refresh,
            preview=lambda wanted: preview_command(wanted, home),
            inbox=InboxAccess(
                store=store,
                live=live,
                ignoring=Ignoring(key),
                days=settings.retention.unanswered_days,
                answer=lambda text, wanted: answer_apart(text, wanted, home),
            ),
            public_url=settings.public_url,
        )
    )


def answer_apart(text: str, folder: Path, home: Path) -> Answer:
    """Return what the knowledge of a folder answers to a question today. It is indexed in another
    process, which frees its memory and does not delay turns. Raises KnowledgeError."""
    version = load(folder).version
    work = Work.of({version: folder}, {version: [text]}, lambda done, total: None)
    cache = private_folder(home.absolute() / composition.CACHE)
    today = composition.today_of(folder)
    answer_all(work, cache, today, lambda wanted: load_base(wanted, cache), processes=1)
    return work.answers[version][text]


def preview_command(folder: Path, home: Path) -> list[str]:
    """Return the command that answers lines like `chat --jsonl` from the knowledge of a folder."""
    program = (
        f"import sys; sys.path.insert(0, {str(PROGRAM)!r}); "
        "from bot.cli.main import main; sys.exit(main())"
    )
    return [sys.executable, "-c", program, "preview", str(folder.absolute()), str(home.absolute())]
