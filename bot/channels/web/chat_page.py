"""The chat page: `GET /`, `POST /chat` (from its script, or as an ordinary form), `GET /card`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.channels.common.http_body import read_body
from bot.channels.web.assets import Assets
from bot.channels.web.confirmations import ASKED_FIRST, MENU, Ask, asked_first
from bot.channels.web.dependencies import Record, WebDependencies
from bot.channels.web.http.request_parsing import (
    FORM_TYPE,
    JSON_TYPE,
    content_type,
    message_id,
    read_form,
    read_json,
    utterance,
)
from bot.channels.web.http.responses import json_answer, packed
from bot.channels.web.http.signing import (
    COOKIE,
    Shared,
    conv_hash,
    read_cookie,
    sign_cookie,
    sign_result,
)
from bot.channels.web.reply_layout import with_cards
from bot.channels.web.turns import Turns
from bot.core.domain.replies import Reply
from bot.core.domain.session import Option, Profile, Session, Utterance

GREETING_ID = "greeting"
START = Utterance(choice="c:start")


class ChatPage:
    """The page, and the conversation behind its cookie."""

    def __init__(self, deps: WebDependencies, assets: Assets, turns: Turns) -> None:
        self._deps = deps
        self._assets = assets
        self._turns = turns

    async def show(self, request: Request) -> Response:
        """GET /: where this conversation stands, or the greeting and the first question."""
        session_id = self._known(request)
        session: Session | None = None
        record: Record | None = None
        if session_id:
            session = await self._deps.session_view(f"web:{session_id}")
            record = await self._deps.last(f"web:{session_id}") if session else None
        session_id = session_id or self._deps.new_id()
        first = session is None
        if session is None:
            record = self._deps.greet()
        view = self._view(record or self._standing(session or Session()))
        page = self._assets.page(
            "chat.html",
            view=view,
            first=first,
            session=conv_hash(self._deps.key, session_id),
            message_id=self._deps.new_id()[:24],
            text_chars=self._deps.settings.text_chars,
            menu=MENU,
            asked_first=ASKED_FIRST,
        )
        # Going back must not show the page of before: its script would start the talk anew.
        fresh = {"Cache-Control": "no-store, private"}
        response = packed(request, page, "text/html", headers=fresh)
        self._set_cookie(request, response, session_id)
        return response

    async def say(self, request: Request) -> Response:
        """POST /chat: JSON from the page's script, or a form where there is no script."""
        self._refuse_strangers(request)
        kind = content_type(request)
        if kind not in (JSON_TYPE, FORM_TYPE):
            raise HTTPException(415, "只收 JSON 或普通表单。")
        settings = self._deps.settings
        self._turns.admit_address(request, "web")
        body = await read_body(request, settings.body_bytes, settings.body_seconds)
        data: Mapping[str, Any] = read_json(body) if kind == JSON_TYPE else read_form(body)
        if kind == FORM_TYPE and not any(
            data.get(part, "").strip() for part in ("choice", "text")
        ):
            return RedirectResponse("/", 303)  # 选好了 with nothing ticked: back to the question
        said = utterance(data, settings.text_chars)
        if kind == FORM_TYPE and (ask := asked_first(said, data)):
            return self._ask(request, ask, data)
        mid = message_id(data, self._deps.new_id)
        if kind == FORM_TYPE:
            # A page that was gone back to posts its old id with another answer.
            mid += f"-{_digest(said.choice or said.text)}"
        session_id = self._known(request) or self._deps.new_id()
        conv = f"web:{session_id}"
        greeting: Record | None = None
        if data.get("first") in (True, "1"):
            begun = await self._turns.answer("web", conv, START, GREETING_ID, counted=False)
            greeting = begun.record
        answered = await self._turns.answer("web", conv, said, mid)
        record = answered.record
        forgotten = await self._is_forgotten(conv, record)
        if forgotten:
            session_id = self._deps.new_id()
        if kind == FORM_TYPE:
            response: Response = (
                self._farewell(request, record) if forgotten else RedirectResponse("/", 303)
            )
        else:
            view = {**self._view(record), "session": conv_hash(self._deps.key, session_id)}
            if greeting:
                view["greeting"] = self._view(greeting)
            if forgotten:
                view["forgotten"] = True
                # Who only taps has to get on from here too.
                view["replies"][-1]["choices"] = [{"id": START.choice, "label": "开始"}]
            response = json_answer(request, view)
        self._set_cookie(request, response, session_id)
        return response

    async def card(self, request: Request) -> Response:
        """GET /card: to the result card of this conversation."""
        session_id = self._known(request)
        session = await self._deps.session_view(f"web:{session_id}") if session_id else None
        if not (session and session.profile):
            text = "先回答一两个问题，再来看结果卡。"
            page = self._assets.page("note.html", title="还没有结果", text=text)
            return packed(request, page, "text/html", 404)
        return RedirectResponse(self._card_path(session.profile), 303)

    def _known(self, request: Request) -> str | None:
        return read_cookie(self._deps.key, request.cookies.get(COOKIE, ""))

    def _set_cookie(self, request: Request, response: Response, session_id: str) -> None:
        public = self._deps.settings.public_url
        response.set_cookie(
            COOKIE,
            sign_cookie(self._deps.key, session_id),
            max_age=self._deps.settings.cookie_days * 86_400,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https" or public.startswith("https://"),
        )

    def _refuse_strangers(self, request: Request) -> None:
        """Raises HTTPException 403 for a post that another site made with our visitor's cookie."""
        site = request.headers.get("sec-fetch-site")
        origin = request.headers.get("origin")
        allowed = site in (None, "same-origin", "none")
        if allowed and site is None and origin is not None:
            host = origin.partition("://")[2].lower()  # urlsplit chokes on a half-written one
            ours = {request.headers.get("host", "").lower()}
            ours.add(urlsplit(self._deps.settings.public_url).netloc.lower())
            allowed = bool(host) and host in ours
        if not allowed:
            raise HTTPException(403, "请在柳创通的页面里发送。")

    async def _is_forgotten(self, conv: str, record: Record) -> bool:
        """Whether this turn erased the conversation (only then is there no session after it)."""
        if record["mode"] != "idle" or record["profile"]:
            return False
        return await self._deps.session_view(conv) is None

    def _ask(self, request: Request, ask: Ask, form: Mapping[str, Any]) -> Response:
        kept = [(name, form[name]) for name in ("message_id", "first", "choice") if name in form]
        page = self._assets.page("sure.html", ask=ask, fields=kept)
        return packed(request, page, "text/html")

    def _farewell(self, request: Request, record: Record) -> Response:
        text = "\n".join(reply["text"] for reply in record["replies"])
        return packed(
            request, self._assets.page("note.html", title="柳创通", text=text), "text/html"
        )

    def _view(self, record: Record) -> dict[str, Any]:
        """What the page shows of a turn."""
        slots = self._deps.knowledge().slots
        slot = slots.get(record.get("question") or "")
        replies = [with_cards(dict(reply)) for reply in record["replies"]]
        typed = self._deps.knowledge().phrases.get("pick_many", "")
        for reply in replies:
            # How to type several: here they are ticked, and the way to that says so itself.
            if reply.get("multiple") and typed:
                reply["text"] = reply["text"].removesuffix(f"\n{typed}")
            if reply.get("multiple") and slot and slot.none_choice:
                reply["solo"] = f"a:{slot.id}:{slot.none_choice}"
            if reply.get("multiple") and slot and (known := _profile(record).get(slot.id)):
                # Asked again to be changed: what holds now is ticked already.
                reply["ticked"] = [f"a:{slot.id}:{choice}" for choice in known]
        return {
            "replies": replies,
            "asking": slot.question if slot else "",
            "card": self._card_path(_profile(record)) if record.get("findings") else "",
            "mark": _digest(json.dumps(replies)),
        }

    def _standing(self, session: Session) -> Record:
        """A stand-in for a record that is no longer kept: the question that waits."""
        slot = self._deps.knowledge().slots.get(session.pending)
        text = slot.question if slot else "欢迎回来，您的回答都还在。想接着了解什么？"
        choices = (
            [Option(f"a:{slot.id}:{c.id}", c.label) for c in slot.choices]
            if slot
            else [Option("c:results", "看结果"), Option("c:me", "我的信息")]
        )
        reply = Reply(text, tuple(choices), multiple=bool(slot and slot.multiple))
        return {"replies": [reply.dump()], "question": session.pending or None}

    def _card_path(self, profile: Profile) -> str:
        if not profile:
            return ""
        version = self._deps.knowledge().version
        shared = Shared(profile, self._deps.clock().date(), version)
        return f"/r/{sign_result(self._deps.key, shared)}"


def _profile(record: Record) -> Profile:
    return {slot: tuple(choices) for slot, choices in record["profile"].items()}


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=6).hexdigest()
