"""Fill the templates of the admin page; build its responses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from importlib.resources import files

from starlette.responses import Response

from bot.channels.web.http.responses import html_response, text_response
from bot.channels.web.rendering.assets import environment, static_path
from bot.core.domain.knowledge import Knowledge

# No script, and nothing from elsewhere.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {"Cache-Control": "no-store", "Content-Security-Policy": POLICY}
STYLE = "admin.css"


class Layout:
    """The templates and the style sheet, read once."""

    def __init__(self, knowledge: Callable[[], Knowledge]) -> None:
        self._knowledge = knowledge
        package = files("bot.workshop.admin_page")
        self._style = package.joinpath("static", STYLE).read_bytes()
        digest = blake2b(self._style, digest_size=6).hexdigest()
        templates = {
            entry.name: entry.read_text("utf-8")
            for entry in package.joinpath("templates").iterdir()
            if entry.name.endswith((".html", ".svg"))
        }
        self._templates = environment(templates)
        self._templates.globals.update(
            style=f"/admin/{STYLE}?{digest}", icon=static_path("mark.svg")
        )

    def page(
        self,
        template: str,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> Response:
        """Return the filled template as a response; every value is escaped."""
        product = self._knowledge().locality.product
        text = self._templates.get_template(template).render(product=product, **values)
        return html_response(text, status, {**HEADERS, **(headers or {})})

    def style(self) -> Response:
        """Return the style sheet; its address changes with its content."""
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return text_response(self._style, "text/css", headers=headers)
