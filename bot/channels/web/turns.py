"""One turn over HTTP, the same for the page and the API: rates, the guide, figures, the log."""

from __future__ import annotations

from math import ceil

from starlette.exceptions import HTTPException
from starlette.requests import Request

from bot.channels.common.logging import TurnLog, log_fault
from bot.channels.web.dependencies import WebDependencies
from bot.channels.web.http.rate_limit import RateLimit, address_key
from bot.channels.web.http.signing import conv_hash, turn_id
from bot.core.domain.session import Utterance
from bot.errors import GuideBusy, StoreError
from bot.service.ports import Answered, Incoming

POLITE = "您发得有点快，请歇几秒再发；刚才那句还没有处理。"
BUSY = "现在问的人多，请过几秒再发一次。"
NO_STORE = "服务暂时存不了对话，请稍后再试；急事请拨 12345。"


class Turns:
    """Takes a message to the guide and puts what can go wrong into HTTP words."""

    def __init__(self, deps: WebDependencies) -> None:
        self._deps = deps
        self._metrics = deps.metrics
        self._log = TurnLog()
        self._users = RateLimit(deps.settings.user_per_minute)
        self._addresses = RateLimit(deps.settings.address_per_minute)

    def admit_address(self, request: Request, channel: str) -> None:
        """Raises HTTPException 429 when this network sends too much."""
        host = request.client.host if request.client else ""
        self._admit(self._addresses, address_key(host), channel)

    async def answer(
        self, channel: str, conv: str, said: Utterance, message_id: str, *, counted: bool = True
    ) -> Answered:
        """The durable turn. Raises HTTPException: 429 too fast, 503 too busy or no store."""
        deps = self._deps
        if counted:
            self._admit(self._users, conv, channel)
        start = deps.steady()
        incoming = Incoming(conv, message_id, said, deps.clock())
        try:
            answered = await deps.guide.answer(incoming)
        except GuideBusy:
            self._metrics.refused(channel, "busy")
            raise HTTPException(503, BUSY, {"Retry-After": "2"}) from None
        except StoreError as error:
            self._metrics.refused(channel, "store")
            log_fault("store", error, channel=channel)
            raise HTTPException(503, NO_STORE, {"Retry-After": "5"}) from None
        seconds = deps.steady() - start
        outcome = answered.outcome or "none"
        self._metrics.turn(channel, outcome, seconds)
        who, turn = conv_hash(deps.key, conv), turn_id(deps.key, incoming)
        self._log.turn(channel, turn, who, outcome, seconds, duplicate=answered.duplicate)
        return answered

    def _admit(self, limit: RateLimit, key: str, channel: str) -> None:
        refusal = limit.take(key, self._deps.steady())
        if refusal:
            self._metrics.refused(channel, "rate")
            # One polite notice; whoever goes on regardless gets the bare status.
            said = POLITE if refusal.first else ""
            raise HTTPException(429, said, {"Retry-After": str(ceil(refusal.seconds))})
