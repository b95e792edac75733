"""Run one turn for the page or the API: rate limits, the guide, metrics, the log."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from bot.channels.common.logging import TurnLog, log_fault
from bot.channels.common.rate_limit import RateLimit
from bot.channels.web.dependencies import WebDependencies
from bot.channels.web.http.address import address_key
from bot.channels.web.http.responses import text_response
from bot.channels.web.http.signing import conv_hash, turn_id
from bot.core.domain.knowledge import Knowledge
from bot.core.domain.session import Utterance
from bot.errors import GuideBusy, StoreError
from bot.service.ports import Answered, Incoming

MAX_PAUSED = 1_000


class Turns:
    """Passes messages to the guide and turns its errors into HTTP errors."""

    def __init__(self, deps: WebDependencies) -> None:
        self._deps = deps
        self._metrics = deps.metrics
        self._log = TurnLog()
        self._users = RateLimit(deps.settings.user_per_minute)
        self._addresses = RateLimit(deps.settings.address_per_minute)
        self._reads = RateLimit(deps.settings.address_reads_per_minute)
        self._paused = 0

    async def admit_address(self, request: Request, channel: str) -> None:
        """Raises HTTPException 429, after a pause, when the network of the client sends too
        much."""
        host = request.client.host if request.client else ""
        try:
            self._admit(self._addresses, address_key(host), channel)
        except HTTPException:
            await self._pause()
            raise

    async def refuse_read(self, scope: Scope) -> Response | None:
        """Return status 429, after a pause, when the network of the client reads too many pages,
        else None. Messages are counted by `admit_address`."""
        client = scope.get("client")
        host = client[0] if client else ""
        refusal = self._reads.take(address_key(host), self._deps.monotonic())
        if not refusal:
            return None
        self._metrics.refused("web", "rate")
        await self._pause()
        # Plain text: a page would cost as much as what is refused.
        text = self._deps.knowledge().say("web_too_many_reads")
        return text_response(text, "text/plain", 429, {"Retry-After": str(refusal.seconds)})

    async def answer(
        self,
        channel: str,
        conv: str,
        utterance: Utterance,
        message_id: str,
        *,
        limited: bool = True,
    ) -> Answered:
        """Return the durable turn; `limited` counts it against the rate of the user.

        Raises HTTPException: 429 too fast, 503 too busy or the store fails.
        """
        deps = self._deps
        if limited:
            self._admit(self._users, conv, channel)
        start = deps.monotonic()
        incoming = Incoming(conv, message_id, utterance, deps.clock())
        try:
            answered = await deps.guide.answer(incoming)
        except GuideBusy:
            self._metrics.refused(channel, "busy")
            raise HTTPException(
                503, deps.knowledge().say("web_busy"), {"Retry-After": "2"}
            ) from None
        except StoreError as error:
            self._metrics.refused(channel, "store")
            log_fault("store", error, channel=channel)
            raise store_unavailable(deps.knowledge()) from None
        seconds = deps.monotonic() - start
        outcome = answered.outcome or "none"
        self._metrics.turn(channel, outcome, seconds)
        who, turn = conv_hash(deps.key, conv), turn_id(deps.key, incoming)
        self._log.turn(channel, turn, who, outcome, seconds, duplicate=answered.duplicate)
        return answered

    async def _pause(self) -> None:
        """Wait before a refusal: a client that asks again at once would otherwise take as much
        time as the limit saves. While many wait, the next ones are refused at once."""
        if self._paused >= MAX_PAUSED:
            return
        self._paused += 1
        try:
            await asyncio.sleep(self._deps.settings.refusal_seconds)
        finally:
            self._paused -= 1

    def _admit(self, limit: RateLimit, key: str, channel: str) -> None:
        refusal = limit.take(key, self._deps.monotonic())
        if refusal:
            self._metrics.refused(channel, "rate")
            detail = self._deps.knowledge().say("web_too_fast") if refusal.first else ""
            raise HTTPException(429, detail, {"Retry-After": str(refusal.seconds)})


def store_unavailable(knowledge: Knowledge) -> HTTPException:
    """Return the error for a store that fails."""
    return HTTPException(503, knowledge.say("web_no_store"), {"Retry-After": "5"})
