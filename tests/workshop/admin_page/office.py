"""The admin page in this process, with a clock that stands and cheap password hashes."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
from argon2 import PasswordHasher
from starlette.applications import Starlette

from bot.channels.web.app import build_web
from bot.channels.web.dependencies import WebSettings
from bot.core.dialogue.manager import KnowledgeBase
from bot.service.count_port import DailyCount
from bot.service.inbox_port import EntryCount, StoredEntry
from bot.storage.version_files import FileHistory
from bot.workshop.admin_page.app import admin_routes
from bot.workshop.admin_page.dependencies import AdminDependencies, InboxAccess
from bot.workshop.admin_page.security.accounts import Accounts
from bot.workshop.effects.answers import Answer, Kind
from bot.workshop.inbox.ignoring import Ignoring
from bot.workshop.status import Status, read_status
from tests.channels.web.scripted_guide import ScriptedGuide, scripted_deps, small_knowledge
from tests.workshop.publishing_folder import Desk, desk

# Talks like the program: it repeats what it hears, and names its folder.
PREVIEW = """
import json, sys
for line in sys.stdin:
    said = json.loads(line)
    if said.get("text") == "坏":
        sys.exit("知识库有 1 处问题")
    text = f"{sys.argv[1]}\\n{said.get('text') or said['choice']}"
    choices = [{"id": "c:start", "label": "<开始>"}]
    answer = {
        "user": said["user"],
        "replies": [{"text": text, "choices": choices}],
        "outcome": "answer",
        "focus": "venue-grant",
        "cites": ["1.10"],
        "question": None,
        "profile": {},
        "findings": [],
    }
    print(json.dumps(answer), flush=True)
"""
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "茶-城-2026-好天气"
URL = "http://here.local"
_TOKEN = re.compile(r'name="token" value="([^"]+)"')


async def status(desk: Desk) -> Status:
    """Return the state of the desk's draft and folder."""
    return await read_status(desk.live, desk.draft, None, date(2026, 11, 30))


@dataclass
class KeptInbox:
    """The entries of an inbox, in memory."""

    stored: list[StoredEntry] = field(default_factory=list)
    hashes: dict[str, datetime] = field(default_factory=dict)

    async def entries(self, since: datetime) -> list[StoredEntry]:
        """Return the entries, the newest first."""
        found = (each for each in self.stored if each.at >= since)
        return sorted(found, key=lambda each: each.at, reverse=True)

    async def entry_counts(self, since_day: str) -> list[EntryCount]:
        """Return no counts."""
        return []

    async def ignored(self) -> Mapping[str, datetime]:
        """Return the hashes."""
        return self.hashes

    async def ignore(self, hashes: Collection[str], now: datetime) -> None:
        """Keep the hashes."""
        self.hashes |= dict.fromkeys(hashes, now)


def no_base() -> KnowledgeBase:
    """Stand for the live knowledge where no page needs its index."""
    raise AssertionError("the index is not needed here")


def no_answer(text: str, folder: Path) -> Answer:
    """Answer nothing."""
    return Answer(Kind.UNKNOWN)


@dataclass
class Office:
    """A home folder with one admin, and the service over it."""

    home: Path
    now: datetime = datetime(2026, 11, 30, 4, tzinfo=UTC)
    seconds: float = 0.0
    refreshed: int = 0
    counts: list[DailyCount] = field(default_factory=list)
    more: Mapping[str, Any] = field(default_factory=dict)
    desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        served = (self.home / "knowledge").exists()
        history = FileHistory(self.home / "data" / "versions")
        self.desk = Desk(self.home, history) if served else desk(self.home)

    @property
    def accounts(self) -> Accounts:
        """The accounts, as the command line changes them."""
        return Accounts(self.home / "data" / "admin.json", CHEAP)

    def app(self, public_url: str = "") -> Starlette:
        """Return the web service, as another process would start it."""

        async def ready() -> tuple[bool, Mapping[str, Any]]:
            return True, {"knowledge": "v1", "store": "ok"}

        async def daily_counts(since_day: str) -> list[DailyCount]:
            return [each for each in self.counts if each.day >= since_day]

        values = {
            "home": self.home,
            "folder": self.home / "knowledge",
            "knowledge": small_knowledge,
            "key": b"k" * 32,
            "clock": lambda: self.now,
            "ready": ready,
            "daily_counts": daily_counts,
            "publisher": self.desk.publisher,
            "draft": self.desk.draft,
            "status": lambda: status(self.desk),
            "refresh": self.refresh,
            "preview": lambda folder: [sys.executable, "-c", PREVIEW, str(folder)],
            "inbox": InboxAccess(KeptInbox(), no_base, Ignoring(b"k" * 32), 90, no_answer),
            "public_url": public_url,
            "monotonic": lambda: self.seconds,
            "hasher": CHEAP,
            **self.more,
        }
        deps = scripted_deps(ScriptedGuide(), WebSettings(public_url=public_url))
        return build_web(replace(deps, routes=admin_routes(AdminDependencies(**values))))

    def clerk(self, app: Starlette | None = None, url: str = URL) -> Clerk:
        """Return a browser that is not signed in."""
        transport = httpx.ASGITransport(app or self.app())
        return Clerk(httpx.AsyncClient(transport=transport, base_url=url))

    async def signed_in(self, app: Starlette | None = None) -> Clerk:
        """Return a browser that is signed in as admin."""
        clerk = self.clerk(app)
        response = await clerk.sign_in()
        assert response.headers["location"] == "/admin", response.text
        return clerk

    def later(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)
        self.seconds += timedelta(**time).total_seconds()

    async def refresh(self) -> None:
        """Count the calls."""
        self.refreshed += 1

    def audit(self) -> list[dict[str, str]]:
        """Return the lines of the audit log."""
        file = self.home / "data" / "admin-audit.log"
        return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


@dataclass
class Clerk:
    """A browser of the admin page."""

    client: httpx.AsyncClient
    token: str = ""

    async def get(self, path: str = "", **options: Any) -> httpx.Response:
        """Open a page below /admin; remember its form token."""
        response = await self.client.get(f"/admin{path}", **options)
        found = _TOKEN.search(response.text)
        self.token = found[1] if found else self.token
        return response

    async def post(
        self,
        path: str,
        fields: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send a form with the last token, as a browser does from our own page."""
        origin = str(self.client.base_url).rstrip("/")
        own = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
        sent = {**own, "Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        content = urlencode({"token": self.token, **(fields or {})})
        kept = {name: value for name, value in sent.items() if value}
        return await self.client.post(f"/admin{path}", content=content, headers=kept)

    async def sign_in(self, user: str = "admin", password: str = PASSWORD) -> httpx.Response:
        """Fill in the form of the sign-in page."""
        await self.get("/sign-in")
        response = await self.post("/sign-in", {"user": user, "password": password})
        if response.status_code == 303:
            await self.get()
        return response

    async def field(self, path: str, name: str) -> str:
        """Open a page and return the value of a hidden field of it."""
        page = (await self.get(path)).text
        found = re.search(rf'name="{name}" value="([^"]*)"', page)
        assert found, page
        return found[1]
