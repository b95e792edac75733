"""The ports and plain values that the web channel gets from the application."""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry
from starlette.routing import BaseRoute

from bot.channels.common.guide_port import GuidePort
from bot.channels.web.http.metrics import Metrics
from bot.core.dialogue.single_turn import Found
from bot.core.domain.knowledge import Knowledge
from bot.core.domain.replies import Card
from bot.core.domain.session import Profile, Session
from bot.service.count_port import CountKind

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Limits and addresses. A rate of 0 means no limit; a refusal of an address takes
    `refusal_seconds`; `public_url` has no path and no slash at its end. Without an `api_token`,
    only this machine may use `/api/v1/chat`. The sites of `embed_origins` may embed the chat."""

    public_url: str = ""
    body_bytes: int = 16_384
    body_seconds: float = 10.0
    text_chars: int = 500
    user_per_minute: int = 40
    address_per_minute: int = 600
    address_reads_per_minute: int = 3_000
    refusal_seconds: float = 1.0
    cookie_days: int = 180
    api_token: str = field(default="", repr=False)
    embed_origins: tuple[str, ...] = ()


async def _do_nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class WebDependencies:
    """Everything that `build_web` needs.

    guide         answers a message durably
    greet         returns the record of a first turn without storing it
    find          returns the supports that a text may be about
    ask           returns outcome, matches and reply of a question without a conversation
    session_view  returns the session of a conversation
    last          returns the record of the latest turn of a conversation, while it is stored
    knowledge     returns the live knowledge
    result_card   evaluates a profile and returns the cards of its result
    count_sums    returns sums of the daily counts (`CountStore.count_sums`) for the numbers page;
                  None: there is no such page
    ready         returns whether turns can be served, and details for the admin: `knowledge` (the
                  version), `store` ("ok" or the error), `store_bytes`, and for a newer knowledge
                  that was refused `knowledge_problem_count` and `knowledge_problems`
    clock         returns the present time, with its zone
    key           signs cookies and links
    queue         returns the number of waiting messages
    monotonic     returns seconds of a monotonic clock
    new_id        returns 128 random bits in hexadecimal
    routes        routes of other channels
    on_start      runs before the first request
    on_stop       runs after the last request
    """

    guide: GuidePort
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
    count_sums: Callable[[str, str], Awaitable[Mapping[tuple[CountKind, str], int]]] | None = None
    find: Callable[[str], Found] = lambda text: Found()
    queue: Callable[[], int] = lambda: 0
    monotonic: Callable[[], float] = time.perf_counter
    new_id: Callable[[], str] = lambda: secrets.token_hex(16)
    metrics: Metrics = field(default_factory=lambda: Metrics(CollectorRegistry()))
    routes: Sequence[BaseRoute] = ()
    on_start: Callable[[], Awaitable[None]] = _do_nothing
    on_stop: Callable[[], Awaitable[None]] = _do_nothing

    def today(self) -> date:
        """Return the day in the city."""
        zone = ZoneInfo(self.knowledge().locality.time_zone)
        return self.clock().astimezone(zone).date()
