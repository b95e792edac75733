"""A scripted network for PTB's request interface: no sockets, any failure on demand."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from telegram.request import BaseRequest, RequestData

from tests.channels.telegram.bot_api_server import BOT, Call, decode, violations

Answer = tuple[int, dict[str, Any]] | Exception


def refused(code: int, description: str, **parameters: Any) -> Answer:
    """Return the response to a refused call."""
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    return code, body | ({"parameters": parameters} if parameters else {})


class ScriptedRequest(BaseRequest):
    """Responds to calls according to `script` (None: success) and records successful calls."""

    def __init__(self, script: Callable[[Call], Answer | None] = lambda _: None) -> None:
        self.script = script
        self.tried: list[Call] = []
        self.granted: list[Call] = []
        self.violations: list[str] = []

    @property
    def read_timeout(self) -> float | None:
        return 5.0

    async def initialize(self) -> None:
        """Open nothing."""

    async def shutdown(self) -> None:
        """Close nothing."""

    def texts(self, chat: int) -> list[str]:
        """Return the texts that were sent to a chat, in order."""
        sent = [call.data for call in self.granted if call.method == "sendMessage"]
        return [data["text"] for data in sent if data["chat_id"] == chat]

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        form = request_data.json_parameters if request_data else {}
        data = {name: text if name == "text" else decode(text) for name, text in form.items()}
        call = Call(url.rpartition("/")[2], data)
        self.tried.append(call)
        self.violations += violations(call, form)
        answer = self.script(call)
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            self.granted.append(call)
            return 200, json.dumps({"ok": True, "result": self._result(call)}).encode()
        return answer[0], json.dumps(answer[1]).encode()

    def _result(self, call: Call) -> Any:
        if call.method == "getMe":
            return BOT
        if call.method == "sendMessage":
            chat = {"id": call.data["chat_id"], "type": "private"}
            return {"message_id": len(self.granted), "date": 0, "chat": chat}
        return True
