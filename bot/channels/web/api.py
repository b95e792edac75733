"""The JSON API `/api/v1`: the same objects as `ask --jsonl` and `chat --jsonl`."""

from __future__ import annotations

from importlib.resources import files
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
        data = await self._read(request)
        user = user_name(data, knowledge)
        said = utterance(data, self._deps.settings.text_chars, knowledge)
        mid = message_id(data, self._deps.new_id, knowledge)
        # The prefix keeps callers out of the conversations of page visitors.
        answered = await self._turns.answer("api", f"api:{user}", said, mid)
        return json_response({"user": user, **answered.record})

    async def document(self, request: Request) -> Response:
        """Handle GET /api/v1/openapi.json."""
        return json_response(self._document)

    async def _read(self, request: Request) -> dict[str, Any]:
        # A page of another site cannot send this type without a CORS preflight, which is never
        # granted here.
        knowledge = self._deps.knowledge()
        await self._turns.admit_address(request, "api")
        if content_type(request) != JSON_TYPE:
            raise HTTPException(415, knowledge.say("web_json_type"))
        settings = self._deps.settings
        body = await read_body(request, settings.body_bytes, settings.body_seconds, knowledge)
        return dict(read_json(body, knowledge))


def openapi_document(public_url: str) -> dict[str, Any]:
    """Return the content of openapi.yaml, with the public address if there is one."""
    text = files("bot.channels.web").joinpath("openapi.yaml").read_text("utf-8")
    document: dict[str, Any] = yaml.safe_load(text)
    if public_url:
        document["servers"] = [{"url": public_url}]
    return document
