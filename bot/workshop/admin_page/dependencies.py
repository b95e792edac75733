"""What the admin page gets from the application."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.knowledge import Knowledge
from bot.service.count_port import DailyCount
from bot.service.inbox_port import Inbox
from bot.workshop.effects.answers import Answer
from bot.workshop.inbox.ignoring import Ignoring
from bot.workshop.publishing import Publisher
from bot.workshop.status import Status

DATA = "data"


@dataclass(frozen=True, slots=True)
class InboxAccess:
    """What the page of questions that were not answered well needs.

    store        holds the entries, and the questions to ignore
    live         returns the live knowledge, whose caches belong to the event loop
    ignoring     hashes questions
    days         how far back entries are read
    answer       answers a question from the knowledge of a folder, in another process; blocks.
                 Raises KnowledgeError
    """

    store: Inbox
    live: Callable[[], KnowledgeBase]
    ignoring: Ignoring
    days: int
    answer: Callable[[str, Path], Answer]


@dataclass(frozen=True, slots=True)
class AdminDependencies:
    """Everything that `admin_routes` needs.

    home         the folder of the program's own data; accounts, sessions and log lie in its `data`
    folder       the knowledge folder that is served
    knowledge    returns the live knowledge
    key          signs cookies and form tokens
    clock        returns the present time, with its zone
    ready        returns whether turns can be served, and details (`WebDependencies.ready`)
    daily_counts returns the counts from a day (YYYY-MM-DD) on
    publisher    publishes into the live folder
    draft        the folder of the draft
    status       returns what is live, what was refused and what is due
    refresh      takes over what is live now, without waiting for the watch of the folder
    preview      returns the command that talks to the knowledge of a folder (`Preview.command`)
    inbox        the questions that were not answered well
    public_url   the address under which the page is reached, "" if it is not set
    body_seconds how long a form may take to arrive
    monotonic    returns seconds of a monotonic clock
    hasher       hashes passwords; None for argon2id with the parameters of RFC 9106
    """

    home: Path
    folder: Path
    knowledge: Callable[[], Knowledge]
    key: bytes
    clock: Callable[[], datetime]
    ready: Callable[[], Awaitable[tuple[bool, Mapping[str, Any]]]]
    daily_counts: Callable[[str], Awaitable[Sequence[DailyCount]]]
    publisher: Publisher
    draft: Path
    status: Callable[[], Awaitable[Status]]
    refresh: Callable[[], Awaitable[None]]
    preview: Callable[[Path], Sequence[str]]
    inbox: InboxAccess
    public_url: str = ""
    body_seconds: float = 20.0
    monotonic: Callable[[], float] = time.perf_counter
    hasher: PasswordHasher | None = None

    @property
    def data(self) -> Path:
        """The folder of accounts, sessions and log."""
        return self.home / DATA

    def local(self, moment: datetime) -> datetime:
        """Return a time in the zone of the city."""
        return moment.astimezone(ZoneInfo(self.knowledge().locality.time_zone))
