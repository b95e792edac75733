"""What the web needs from the rest of the house, as ports and plain values."""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from prometheus_client import CollectorRegistry
from starlette.routing import BaseRoute

from bot.channels.web.http.metrics import Metrics
from bot.core.domain.knowledge import Knowledge
from bot.core.domain.replies import Card
from bot.core.domain.session import Profile, Session
from bot.service.ports import Answered, Incoming

Record = Mapping[str, Any]


class Guide(Protocol):
    """The one entry of a turn, as the web uses it."""

    async def answer(self, incoming: Incoming) -> Answered:
        """The durable turn. Raises GuideBusy or StoreError, and then nothing was kept."""


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Limits and addresses. A rate of 0 means no limit; `public_url` has no slash at its end."""

    public_url: str = ""
    body_bytes: int = 16_384
    body_seconds: float = 10.0
    text_chars: int = 500
    user_per_minute: int = 40
    address_per_minute: int = 600
    cookie_days: int = 180


async def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class WebDependencies:
    """Everything that `build_web` is given.

    `greet` is the record of a first turn that is kept nowhere (so a page view leaves no trace).
    `ask` gives design section 9's object. `last` is the record of the latest turn of a
    conversation while it is kept. `result_card` holds a profile against the knowledge.
    `ready` is (can we serve, detail for the admin: `store` is "ok" or what is wrong with it,
    `knowledge_problem_count` how much is wrong with a newer knowledge). `queue` is how many
    messages wait. `steady` is seconds of a clock that never jumps; `new_id` is 128 random bits
    in hex.
    """

    guide: Guide
    greet: Callable[[], Record]
    ask: Callable[[str], Record]
    session_view: Callable[[str], Awaitable[Session | None]]
    last: Callable[[str], Awaitable[Record | None]]
    knowledge: Callable[[], Knowledge]
    result_card: Callable[[Profile, date], Sequence[Card]]
    ready: Callable[[], Awaitable[tuple[bool, Mapping[str, Any]]]]
    clock: Callable[[], datetime]
    key: bytes
    settings: WebSettings = WebSettings()
    queue: Callable[[], int] = lambda: 0
    steady: Callable[[], float] = time.perf_counter
    new_id: Callable[[], str] = lambda: secrets.token_hex(16)
    metrics: Metrics = field(default_factory=lambda: Metrics(CollectorRegistry()))
    routes: Sequence[BaseRoute] = ()
    on_start: Callable[[], Awaitable[None]] = _nothing
    on_stop: Callable[[], Awaitable[None]] = _nothing
