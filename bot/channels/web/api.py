"""`/api/v1`: the same objects as `ask --jsonl` and `chat --jsonl` (design section 9)."""

from __future__ import annotations

from typing import Any

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
from bot.channels.web.http.responses import json_answer
from bot.channels.web.openapi import openapi
from bot.channels.web.turns import Turns


class Api:
    """Questions without a memory, and conversations under the caller's own user names."""

    def __init__(self, deps: WebDependencies, turns: Turns) -> None:
        self._deps = deps
        self._turns = turns

    async def ask(self, request: Request) -> Response:
        """POST /api/v1/ask {"text"[, "id"]}"""
        data = await self._data(request)
        text = clean(text_field(data, "text"), self._deps.settings.text_chars)
        if not text:
            raise HTTPException(422, "text 不能为空。")
        asked = data.get("id")
        if asked is not None and (isinstance(asked, bool) or not isinstance(asked, str | int)):
            raise HTTPException(422, "id 要是文字或整数。")
        return json_answer(request, {"id": asked, "text": text, **self._deps.ask(text)})

    async def chat(self, request: Request) -> Response:
        """POST /api/v1/chat {"user", "text" | "choice"[, "message_id"]}"""
        data = await self._data(request)
        user = user_name(data)
        said = utterance(data, self._deps.settings.text_chars)
        mid = message_id(data, self._deps.new_id)
        # A namespace of its own: no caller can name the conversation of a visitor of the page.
        answered = await self._turns.answer("api", f"api:{user}", said, mid)
        return json_answer(request, {"user": user, **answered.record})

    async def document(self, request: Request) -> Response:
        """GET /api/v1/openapi.json"""
        return json_answer(request, openapi(self._deps.settings))

    async def _data(self, request: Request) -> dict[str, Any]:
        # Another site's page cannot send this type without asking first, and we never say yes.
        if content_type(request) != JSON_TYPE:
            raise HTTPException(415, "Content-Type 要是 application/json。")
        self._turns.admit_address(request, "api")
        settings = self._deps.settings
        return dict(
            read_json(await read_body(request, settings.body_bytes, settings.body_seconds))
        )
