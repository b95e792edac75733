"""The JSON API `/api/v1`: the same objects as `ask --jsonl` and `chat --jsonl`."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from hashlib import sha256
from importlib.resources import files
from ipaddress import IPv6Address, ip_address
from typing import Any

import yaml
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.channels.common.http_body import read_body
from bot.channels.web.dependencies import WebDependencies
from bot.channels.web.http.request_parsing import (
    JSON_TYPE,
    clean,
    content_type,
    message_id,
    read_json,
    text_field,
    user_name,
    utterance,
)
from bot.channels.web.http.responses import json_response
from bot.channels.web.turns import Turns

_PROXY_HEADERS = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


class Api:
    """Answers single questions, and conversations under the caller's own user names."""

    def __init__(self, deps: WebDependencies, turns: Turns) -> None:
        self._deps = deps
        self._turns = turns
        self._document = openapi_document(deps.settings.public_url)

    async def ask(self, request: Request) -> Response:
        """Handle POST /api/v1/ask {"text"[, "id"]}."""
        knowledge = self._deps.knowledge()
        data = await self._read(request)
        text = clean(text_field(data, "text", knowledge), self._deps.settings.text_chars)
        if not text:
            raise HTTPException(422, knowledge.say("web_text_empty"))
        question_id = data.get("id")
        if isinstance(question_id, bool) or not isinstance(question_id, str | int | None):
            raise HTTPException(422, knowledge.say("web_bad_id"))
        return json_response({"id": question_id, "text": text, **self._deps.ask(text)})

    async def chat(self, request: Request) -> Response:
        """Handle POST /api/v1/chat {"user", "text" | "choice"[, "message_id"]}."""
        knowledge = self._deps.knowledge()
        data = await self._read(request, self._authorize)
        user = user_name(data, knowledge)
        said = utterance(data, self._deps.settings.text_chars, knowledge)
        mid = message_id(data, self._deps.new_id, knowledge)
        # The prefix keeps callers out of the conversations of page visitors.
        answered = await self._turns.answer("api", f"api:{user}", said, mid)
        return json_response({"user": user, **answered.record})

    async def document(self, request: Request) -> Response:
        """Handle GET /api/v1/openapi.json."""
        return json_response(self._document)

    def _authorize(self, request: Request) -> None:
        """Raises HTTPException 401 for a caller who may not continue conversations: user names can
        be guessed."""
        token = self._deps.settings.api_token
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        # Hashed, because a comparison of texts of different length tells the length.
        if (
            token
            and scheme.lower() == "bearer"
            and hmac.compare_digest(
                sha256(given.strip().encode()).digest(), sha256(token.encode()).digest()
            )
        ):
            return
        if not is_local(request):
            detail = self._deps.knowledge().say("web_needs_token")
            raise HTTPException(401, detail, {"WWW-Authenticate": "Bearer"})

    async def _read(
        self, request: Request, authorize: Callable[[Request], None] = lambda request: None
    ) -> dict[str, Any]:
        # A page of another site cannot send this type without a CORS preflight, which is never
        # granted here.
        knowledge = self._deps.knowledge()
        # First: it also bounds what is refused, and guesses of the token.
        await self._turns.admit_address(request, "api")
        if content_type(request) != JSON_TYPE:
            raise HTTPException(415, knowledge.say("web_json_type"))
        authorize(request)
        settings = self._deps.settings
        body = await read_body(request, settings.body_bytes, settings.body_seconds, knowledge)
        return dict(read_json(body, knowledge))


def is_local(request: Request) -> bool:
    """Return whether the caller is a process on this machine.

    With a header of a proxy it is not. The address that such a header states can be made up by the
    visitor if all proxies are trusted. A proxy on this machine that is not trusted, or states no
    address, has the address of this machine itself.
    """
    if any(name in request.headers for name in _PROXY_HEADERS):
        return False
    try:
        address = ip_address(request.client.host if request.client else "")
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback


def openapi_document(public_url: str) -> dict[str, Any]:
    """Return the content of openapi.yaml, with the public address if there is one."""
    text = files("bot.channels.web").joinpath("openapi.yaml").read_text("utf-8")
    document: dict[str, Any] = yaml.safe_load(text)
    if public_url:
        document["servers"] = [{"url": public_url}]
    return document
