"""The chat page: `GET /`, `POST /chat` (from its script, or as an HTML form), `GET /card`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.channels.common.http_body import read_body
from bot.channels.web.confirmations import confirmations, menu_labels, needs_confirmation
from bot.channels.web.dependencies import Record, WebDependencies
from bot.channels.web.embed import FIELD, Embedding, is_from_frame
from bot.channels.web.http.request_parsing import (
    FORM_TYPE,
    JSON_TYPE,
    content_type,
    message_id,
    read_form,
    read_json,
    utterance,
)
from bot.channels.web.http.responses import html_response, json_response
from bot.channels.web.http.signing import (
    COOKIE,
    SECURE_COOKIE,
    SharedResult,
    conv_hash,
    has_cookie,
    session_id_of,
    short_result,
    sign_cookie,
)
from bot.channels.web.page_queue import PageQueue
from bot.channels.web.rendering.assets import Assets
from bot.channels.web.turn_view import digest, profile_of, view_of
from bot.channels.web.turns import Turns
from bot.core.domain.replies import Reply
from bot.core.domain.session import Option, Profile, Session, Utterance

GREETING_ID = "greeting"
# The field of a form on another page of this service, which begins or continues the conversation.
ENTRY = "entry"
START = Utterance(choice="c:start")


class ChatPage:
    """Shows the page and answers its messages in the conversation of its cookie."""

    def __init__(
        self,
        deps: WebDependencies,
        assets: Assets,
        turns: Turns,
        pages: PageQueue,
        embedding: Embedding,
    ) -> None:
        self._deps = deps
        self._embedding = embedding
        self._pages = pages
        self._assets = assets
        self._turns = turns

    async def show(self, request: Request) -> Response:
        """Handle GET /: show the latest turn, or to a new visitor the greeting."""
        session_id = self._session_id(request)
        if ENTRY in request.query_params and not session_id:
            return html_response(self._without_cookies())
        return await self._show(request, session_id, framed=False)

    async def show_in_frame(self, request: Request) -> Response:
        """Handle GET /embed: the same page for a frame of another site, in a conversation of its
        own."""
        self._embedding.refuse_unless_allowed()
        return await self._show(request, self._embedding.session_of_frame(request), framed=True)

    async def _show(self, request: Request, session_id: str | None, *, framed: bool) -> Response:
        session: Session | None = None
        record: Record | None = None
        if session_id:
            session = await self._deps.session_view(f"web:{session_id}")
            record = await self._deps.last(f"web:{session_id}") if session else None
        session_id = session_id or self._deps.new_id()
        first = session is None
        async with self._pages.place():
            if session is None:
                record = self._deps.greet()
            view = self._view(record or self._pending_question(session or Session()))
            page = self._assets.render(
                "chat.html",
                view=view,
                first=first,
                session=conv_hash(self._deps.key, session_id),
                message_id=self._deps.new_id()[:24],
                text_chars=self._deps.settings.text_chars,
                menu=menu_labels(self._deps.knowledge()),
                confirmations=confirmations(self._deps.knowledge()),
                embed=self._embedding.token(session_id) if framed else "",
            )
        # A cached page would come back with its old state: its script would begin the conversation
        # again.
        headers = {"Cache-Control": "no-store, private"}
        if framed:
            headers |= self._embedding.frame_headers()
        response = html_response(page, headers=headers)
        self._set_cookie(request, response, session_id, framed=framed)
        return response

    async def chat(self, request: Request) -> Response:
        """Handle POST /chat: JSON from the script, or an HTML form."""
        await self._turns.admit_address(request, "web")
        self._refuse_other_sites(request)
        knowledge = self._deps.knowledge()
        kind = content_type(request)
        if kind not in (JSON_TYPE, FORM_TYPE):
            raise HTTPException(415, knowledge.say("web_body_type"))
        settings = self._deps.settings
        body = await read_body(request, settings.body_bytes, settings.body_seconds, knowledge)
        if kind == JSON_TYPE:
            return await self._answer_script(request, read_json(body, knowledge))
        return await self._answer_form(request, read_form(body, knowledge))

    async def card(self, request: Request) -> Response:
        """Handle GET /card: redirect to the result card of this conversation."""
        session_id = self._session_id(request)
        session = await self._deps.session_view(f"web:{session_id}") if session_id else None
        if not (session and session.profile):
            say = self._deps.knowledge().say
            return html_response(self._note(say("web_no_result_title"), say("web_no_result")), 404)
        return RedirectResponse(self._card_path(session.profile), 303)

    async def _answer_script(self, request: Request, data: Mapping[str, Any]) -> Response:
        knowledge = self._deps.knowledge()
        said = utterance(data, self._deps.settings.text_chars, knowledge)
        mid = message_id(data, self._deps.new_id, knowledge)
        framed = is_from_frame(data)
        session_id = self._session_of(request, data) or self._deps.new_id()
        greeting, record = await self._turn(session_id, said, mid, data)
        forgotten = await self._is_forgotten(session_id, record)
        if forgotten:
            session_id = self._deps.new_id()
        view = {**self._view(record), "session": conv_hash(self._deps.key, session_id)}
        if greeting:
            view["greeting"] = self._view(greeting)
        if framed:
            view["embed"] = self._embedding.token(session_id)
        elif not has_cookie(request.cookies):  # every page sets one
            view["notice"] = knowledge.say("web_no_cookies")
        if forgotten:
            view["forgotten"] = True
            # Users who only tap need a way to begin again.
            label = knowledge.say("web_begin")
            view["replies"][-1]["choices"] = [{"id": START.choice, "label": label}]
        response = json_response(view)
        self._set_cookie(request, response, session_id, framed=framed)
        return response

    async def _answer_form(self, request: Request, form: Mapping[str, str]) -> Response:
        framed = is_from_frame(form)
        if not any(form.get(name, "").strip() for name in ("choice", "text")):
            # Submitted without a tick, or not confirmed: back to the question.
            if framed:
                return await self._show(request, self._session_of(request, form), framed=True)
            return RedirectResponse("/", 303)
        knowledge = self._deps.knowledge()
        said = utterance(form, self._deps.settings.text_chars, knowledge)
        if needs_confirmation(said, form):
            return self._confirm(said, form, framed=framed)
        # The browser's Back shows an old page, which posts its old id with another answer.
        own_id = message_id(form, self._deps.new_id, knowledge)
        mid = f"{own_id}-{digest(said.choice or said.text)}"
        session_id = self._session_of(request, form) or self._deps.new_id()
        _, record = await self._turn(session_id, said, mid, form)
        if framed:
            # Without a redirect: where the frame has no cookie, it would begin a new conversation.
            erased = await self._is_forgotten(session_id, record)
            return await self._show(request, None if erased else session_id, framed=True)
        # A visitor who asks from another page of this service has no cookie yet.
        enters = form.get(ENTRY) == "1"
        response: Response = RedirectResponse(f"/?{ENTRY}=1" if enters else "/", 303)
        if await self._is_forgotten(session_id, record):
            session_id = self._deps.new_id()
            text = "\n".join(reply["text"] for reply in record["replies"])
            response = html_response(self._note(knowledge.say("web_name"), text))
        elif not (enters or has_cookie(request.cookies)):
            # The page would begin the conversation again without saying why.
            text = "\n".join(reply["text"] for reply in record["replies"])
            response = html_response(self._without_cookies(f"{text}\n\n"))
        self._set_cookie(request, response, session_id, framed=False)
        return response

    async def _turn(
        self, session_id: str, said: Utterance, mid: str, data: Mapping[str, Any]
    ) -> tuple[Record | None, Record]:
        """Return the record of the greeting, if this is the first message, and of the answer."""
        conv = f"web:{session_id}"
        greeting: Record | None = None
        if data.get("first") in (True, "1"):
            begun = await self._turns.answer("web", conv, START, GREETING_ID, limited=False)
            greeting = begun.record
        answered = await self._turns.answer("web", conv, said, mid)
        return greeting, answered.record

    async def _is_forgotten(self, session_id: str, record: Record) -> bool:
        """Return whether this turn erased the conversation. The record rules most turns out, so
        that the store is rarely read."""
        if record["mode"] != "idle" or record["profile"]:
            return False
        return await self._deps.session_view(f"web:{session_id}") is None

    def _confirm(self, said: Utterance, form: Mapping[str, str], *, framed: bool) -> Response:
        names = ("message_id", "first", "embed", "choice")
        fields = [(name, form[name]) for name in names if name in form]
        page = self._assets.render(
            "confirm.html",
            confirmation=confirmations(self._deps.knowledge())[said.choice],
            fields=fields,
            embed=form[FIELD] if framed else "",
        )
        return html_response(page, headers=self._embedding.frame_headers() if framed else None)

    def _without_cookies(self, text: str = "") -> str:
        """Return a text with the note that the browser refuses cookies."""
        say = self._deps.knowledge().say
        return self._note(say("web_name"), text + say("web_no_cookies"))

    def _note(self, title: str, text: str) -> str:
        return self._assets.render("note.html", title=title, text=text)

    def _session_id(self, request: Request) -> str | None:
        return session_id_of(self._deps.key, request.cookies)

    def _session_of(self, request: Request, data: Mapping[str, Any]) -> str | None:
        """Return the session of a message: that of its token if it comes from a frame."""
        if is_from_frame(data):
            return self._embedding.session_of_message(data)
        return self._session_id(request)

    def _set_cookie(
        self, request: Request, response: Response, session_id: str, *, framed: bool
    ) -> None:
        public = self._deps.settings.public_url
        secure = request.url.scheme == "https" or public.startswith("https://")
        if framed:
            self._embedding.set_cookie(response, session_id, secure=secure)
            return
        response.set_cookie(
            SECURE_COOKIE if secure else COOKIE,
            sign_cookie(self._deps.key, session_id),
            max_age=self._deps.settings.cookie_days * 86_400,
            httponly=True,
            samesite="lax",
            secure=secure,
        )
        if secure and COOKIE in request.cookies:
            response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax")

    def _refuse_other_sites(self, request: Request) -> None:
        """Raises HTTPException 403 for a request that a page of another site made with the cookie
        of the visitor."""
        site = request.headers.get("sec-fetch-site")
        # Old browsers send neither the first nor, in forms, the second.
        origin = request.headers.get("origin") or request.headers.get("referer")
        allowed = site in (None, "same-origin", "none")
        if allowed and site is None and origin is not None:
            # urlsplit raises for a malformed IPv6 host
            host = origin.partition("://")[2].partition("/")[0].lower()
            own_hosts = {request.headers.get("host", "").lower()}
            own_hosts.add(urlsplit(self._deps.settings.public_url).netloc.lower())
            allowed = bool(host) and host in own_hosts
        if not allowed:
            raise HTTPException(403, self._deps.knowledge().say("web_other_site"))

    def _view(self, record: Record) -> dict[str, Any]:
        path = self._card_path(profile_of(record)) if record.get("findings") else ""
        return view_of(record, self._deps.knowledge(), path)

    def _pending_question(self, session: Session) -> Record:
        """Return a record with the pending question, for a session whose latest record has
        expired."""
        knowledge = self._deps.knowledge()
        slot = knowledge.slots.get(session.pending)
        text = slot.question if slot else knowledge.say("web_welcome_back")
        choices = (
            [Option(f"a:{slot.id}:{c.id}", c.label) for c in slot.choices]
            if slot
            else [
                Option(choice, menu_labels(knowledge)[choice]) for choice in ("c:results", "c:me")
            ]
        )
        reply = Reply(text, tuple(choices), multiple=bool(slot and slot.multiple))
        return {"replies": [reply.dump()], "question": session.pending or None}

    def _card_path(self, profile: Profile) -> str:
        if not profile:
            return ""
        knowledge = self._deps.knowledge()
        shared = SharedResult(profile, self._deps.today(), knowledge.version)
        return f"/r/{short_result(self._deps.key, shared, knowledge.slots)}"
