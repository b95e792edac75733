"""The chat in a frame of another site: its page, its script, its session, its headers.

A frame of another site gets no cookies of the page. The conversation has a token of its own: the
page carries it and sends it with every message. Where the browser keeps cookies for each embedding
site (`Partitioned`), a cookie brings the conversation back after a reload.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.channels.web.dependencies import WebDependencies
from bot.channels.web.http.signing import read_frame_token, sign_frame_token
from bot.channels.web.rendering.assets import Assets

FRAME_PATH, SCRIPT_PATH = "/embed", "/static/embed.js"
COOKIE = "__Host-lct-embed"
FIELD = "embed"
_NO_ANCESTORS = "frame-ancestors 'none'"


@dataclass(frozen=True)
class Embedding:
    """Where the chat may be embedded; without origins, nowhere."""

    deps: WebDependencies
    assets: Assets

    @property
    def allowed(self) -> bool:
        """Whether any site may embed the chat."""
        return bool(self.deps.settings.embed_origins)

    def refuse_unless_allowed(self) -> None:
        """Raise HTTPException 404 if no site may embed the chat."""
        if not self.allowed:
            raise HTTPException(404, self.deps.knowledge().say("web_no_embed"))

    async def script(self, request: Request) -> Response:
        """Handle GET /static/embed.js: the button and the frame for another site."""
        self.refuse_unless_allowed()
        say = self.deps.knowledge().say
        texts = {
            "open": say("web_embed_open"),
            "close": say("web_embed_close"),
            "title": say("web_title"),
        }
        body = self.assets.render("embed.js", texts=texts)
        headers = {
            "Cache-Control": "public, max-age=3600",
            # Else the browsers of other sites would not run it.
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Content-Security-Policy": self.assets.policy,
        }
        return Response(body, headers=headers, media_type="text/javascript")

    def frame_headers(self) -> dict[str, str]:
        """Return the headers of a page that the allowed sites may show in a frame."""
        ancestors = f"frame-ancestors {' '.join(self.deps.settings.embed_origins)}"
        return {"Content-Security-Policy": self.assets.policy.replace(_NO_ANCESTORS, ancestors)}

    def session_of_frame(self, request: Request) -> str | None:
        """Return the session of a frame that is loaded again, or None."""
        return read_frame_token(self.deps.key, request.cookies.get(COOKIE, ""))

    def session_of_message(self, data: Mapping[str, Any]) -> str | None:
        """Return the session of a message from a frame; None for one that carries no valid
        token."""
        token = data.get(FIELD)
        return read_frame_token(self.deps.key, token) if isinstance(token, str) else None

    def token(self, session_id: str) -> str:
        """Return the token of a session."""
        return sign_frame_token(self.deps.key, session_id)

    def set_cookie(self, response: Response, session_id: str, *, secure: bool) -> None:
        """Set the cookie that finds the session again after a reload of the frame. Browsers take
        it over HTTPS only; it is read for the page of the frame and never for a message, so that
        no other site can send one with it."""
        if secure:
            days = self.deps.settings.cookie_days
            # Starlette sets Partitioned from Python 3.14 on.
            response.headers.append(
                "set-cookie",
                f"{COOKIE}={self.token(session_id)}; Max-Age={days * 86_400}; Path=/; HttpOnly; "
                "Secure; SameSite=None; Partitioned",
            )


def is_from_frame(data: Mapping[str, Any]) -> bool:
    """Return whether a message comes from a frame, with a valid token or not."""
    return bool(data.get(FIELD))
