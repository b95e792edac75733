"""A strict Bot API server for tests, over real sockets.

Every call is checked against the published interface (data/telegram_bot_api.json); calls that do
not match are listed in `violations`.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

SPEC = json.loads(
    (Path(__file__).parents[1] / "data" / "telegram_bot_api.json").read_text("utf-8")
)
TOKEN = "123456789:AAFakeTokenFakeTokenFakeTokenFakeTok"
SECRET = "hook-secret_1"
BOT: dict[str, Any] = {
    "id": 123456789,
    "is_bot": True,
    "first_name": "柳创通",
    "username": "LiuchuangBot",
}
USER = {"id": 42, "is_bot": False, "first_name": "小柳"}


@dataclass(frozen=True)
class Call:
    """A call to the server, with decoded JSON parameters."""

    method: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Fault:
    """A response other than ok. `status` 0: never respond."""

    status: int
    description: str = ""
    retry_after: int = 0

    def response(self) -> Response:
        body: dict[str, Any] = {
            "ok": False, "error_code": self.status, "description": self.description,
        }  # fmt: skip
        if self.retry_after:
            body["parameters"] = {"retry_after": self.retry_after}
        return JSONResponse(body, self.status)


@dataclass
class BotApi:
    """The server. `fault` returns how a call fails, or None."""

    calls: list[Call] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    updates: list[Any] = field(default_factory=list)
    fault: Callable[[Call], Fault | None] = lambda _: None
    messages: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    offsets: list[int] = field(default_factory=list)

    def routes(self) -> list[Route]:
        """Return the routes of the server."""
        return [Route("/bot{token}/{method}", self._call, methods=["POST"])]

    def calls_of(self, method: str) -> list[Mapping[str, Any]]:
        """Return the parameters of each successful call of a method."""
        return [call.data for call in self.calls if call.method == method]

    def texts(self, chat: int) -> list[str]:
        """Return the texts that were sent to a chat, in order."""
        return [m["text"] for m in self.calls_of("sendMessage") if m["chat_id"] == chat]

    async def until(self, ready: Callable[[], bool], seconds: float = 120.0) -> None:
        """Return when `ready()` is true. Raises TimeoutError after `seconds`."""
        async with asyncio.timeout(seconds):
            while not ready():
                self.changed.clear()
                await self.changed.wait()

    def push(self, *updates: Any) -> None:
        """Add updates to be fetched."""
        self.updates += updates
        self.changed.set()

    async def _call(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        data = {name: decode(value) for name, value in form.items()}
        call = Call(request.path_params["method"], data)
        if request.path_params["token"] != TOKEN:
            return Fault(401, "Unauthorized").response()
        if fault := self.fault(call):
            self.changed.set()
            if not fault.status:
                await asyncio.sleep(30)
            return fault.response()
        wrong = violations(call, form)
        self.violations += wrong
        if wrong:
            return Fault(400, f"Bad Request: {wrong[0]}").response()
        result = await self._result(call)
        if call.method != "getUpdates":
            self.calls.append(call)
        self.changed.set()
        return JSONResponse({"ok": True, "result": result})

    async def _result(self, call: Call) -> Any:
        if call.method == "getMe":
            return BOT
        if call.method == "getUpdates":
            return await self._fetch(int(call.data.get("offset", 0)), call.data.get("timeout", 0))
        if call.method == "sendMessage":
            self.messages += 1
            chat = {"id": call.data["chat_id"], "type": "private"}
            return {"message_id": self.messages, "date": 0, "chat": chat, "text": "…"}
        return True

    async def _fetch(self, offset: int, hold: float) -> list[Any]:
        self.offsets.append(offset)
        self.changed.set()
        self.updates = [u for u in self.updates if number(u) >= offset]
        if not self.updates:
            try:
                async with asyncio.timeout(hold):
                    while not self.updates:
                        self.changed.clear()
                        await self.changed.wait()
            except TimeoutError:
                pass
        return self.updates[:100]


def number(update: Any) -> int:
    """Return the number of an update, or one that is never confirmed."""
    return update.get("update_id", 2**62) if isinstance(update, dict) else 2**62


def decode(value: str) -> Any:
    """Return a form value decoded from JSON, or the text if it is not JSON."""
    try:
        return json.loads(value)
    except ValueError:
        return value


def violations(call: Call, form: Mapping[str, str]) -> list[str]:
    """Return how a call differs from the published interface."""
    method = SPEC["methods"].get(call.method)
    if method is None:
        return [f"no method {call.method}"]
    known = {f["name"]: f for f in method["fields"]}
    found = [f"{call.method}: unknown {name}" for name in form if name not in known]
    for name, spec in known.items():
        if name in form:
            if not any(fits(kind, call.data[name], form[name]) for kind in spec["types"]):
                found.append(f"{call.method}.{name}: not {spec['types']}: {form[name]!r}")
        elif spec["required"]:
            found.append(f"{call.method}: {name} is missing")
    return found + limits(call, form)


def fits(kind: str, value: Any, text: str | None = None) -> bool:
    """Return whether a value has a type of the interface."""
    if kind.startswith("Array of "):
        return isinstance(value, list) and all(fits(kind[9:], item) for item in value)
    simple: dict[str, Any] = {"Integer": int, "Boolean": bool, "Float": (int, float)}
    if kind == "String":
        return text is not None or isinstance(value, str)
    if kind in simple:
        return isinstance(value, simple[kind]) and (kind == "Boolean" or value is not True)
    if kind == "MenuButton":
        return value in ({"type": "commands"}, {"type": "default"})
    spec = SPEC["types"].get(kind)
    if spec is None or not isinstance(value, dict):
        return False
    fields = {f["name"]: f for f in spec["fields"]}
    return (
        value.keys() <= fields.keys()
        and all(name in value for name, f in fields.items() if f["required"])
        and all(any(fits(k, v) for k in fields[n]["types"]) for n, v in value.items())
    )


def limits(call: Call, form: Mapping[str, str]) -> list[str]:
    """Return violations of limits that the interface states in words."""
    found = []
    if call.method in ("sendMessage", "editMessageText"):
        size = len(form.get("text", "").encode("utf-16-le")) // 2
        if not 1 <= size <= 4096 or not form["text"].strip():
            found.append(f"message text has {size} units")
        found += entity_faults(call.data.get("entities") or (), size)
    markup = call.data.get("reply_markup") or {}
    if sum(map(len, markup.get("inline_keyboard", ()))) > 100:
        found.append("more than 100 buttons")
    for row in markup.get("inline_keyboard", ()):
        if not 1 <= len(row) <= 8:
            found.append(f"{len(row)} buttons in a row")
        for button in row:
            data = button.get("callback_data")
            if data is not None and not 1 <= len(data.encode()) <= 64:
                found.append("BUTTON_DATA_INVALID")
            if "url" in button and not button["url"].startswith(("http://", "https://", "tg://")):
                found.append("BUTTON_URL_INVALID")
            if (data is None) == ("url" not in button):
                found.append("a button needs exactly one action")
    return found


def entity_faults(entities: Sequence[Mapping[str, Any]], size: int) -> list[str]:
    """Return how entities leave a text of `size` UTF-16 units or break the rules of nesting."""
    found = ["more than 100 entities"] if len(entities) > 100 else []
    ranges = [(e["offset"], e["offset"] + e["length"], e["type"]) for e in entities]
    for start, end, kind in ranges:
        if not 0 <= start < end <= size:
            found.append(f"entity {kind} at {start}–{end} of {size}")
    for n, (start, end, kind) in enumerate(ranges):
        for other_start, other_end, other in ranges[n + 1 :]:
            apart = other_start >= end or other_end <= start
            inside = start <= other_start and other_end <= end
            if not (apart or inside):
                found.append(f"entities {kind} and {other} cross")
            if not apart and kind == other:
                found.append(f"entity {kind} within itself")
    return found


def message(update_id: int, text: str, user: int = 42, **more: Any) -> dict[str, Any]:
    """Return an update with a text message in a private chat."""
    return {
        "update_id": update_id,
        "message": {
            "message_id": update_id,
            "date": int(time.time()),
            "chat": {"id": user, "type": "private"},
            "from": USER | {"id": user},
            "text": text,
        }
        | more,
    }


def press(update_id: int, data: str, user: int = 42, **more: Any) -> dict[str, Any]:
    """Return an update with a pressed button."""
    shown = {
        "message_id": 7,
        "date": int(time.time()),
        "chat": {"id": user, "type": "private"},
        "reply_markup": {
            "inline_keyboard": [
                [{"text": "还在想", "callback_data": "a:stage:idea"}],
                [{"text": "原文", "url": "https://a.cn/1"}],
            ]
        },
    }
    shown |= more.pop("shown", {})
    query = {"id": f"q{update_id}", "from": USER | {"id": user}, "chat_instance": "1"}
    return {
        "update_id": update_id,
        "callback_query": query | {"message": shown, "data": data} | more,
    }


def edit(
    update_id: int, message_id: int, text: str, user: int = 42, **more: Any
) -> dict[str, Any]:
    """Return an update with a message that was edited or got a reaction."""
    update = message(update_id, text, user, **({"edit_date": int(time.time())} | more))
    edited = update.pop("message") | {"message_id": message_id}
    return update | {"edited_message": edited}
