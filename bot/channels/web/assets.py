"""The page's own files: named by their content, packed once, kept for a year by browsers."""

from __future__ import annotations

import gzip
from base64 import b64encode
from dataclasses import dataclass
from hashlib import blake2b, sha256
from importlib.resources import files

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.channels.web.http.responses import takes_gzip
from bot.channels.web.reply_layout import addresses, lines

_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_INLINED = (("page", "css"), ("look", "js"))


@dataclass(frozen=True, slots=True)
class _File:
    plain: bytes
    small: bytes
    media_type: str


class Assets:
    """The static files and the templates in `page/`, read once. `policy` is the content security
    policy of the pages: our own files, and by their hashes the two that stand in the page."""

    def __init__(self) -> None:
        self._files: dict[str, _File] = {}
        self._urls: dict[str, str] = {}
        templates: dict[str, str] = {}
        for entry in files("bot.channels.web").joinpath("page").iterdir():
            stem, _, kind = entry.name.rpartition(".")
            if kind == "html":
                templates[entry.name] = entry.read_text("utf-8")
            elif kind in _TYPES:
                plain = entry.read_bytes()
                name = f"{stem}.{blake2b(plain, digest_size=6).hexdigest()}.{kind}"
                self._files[name] = _File(plain, gzip.compress(plain, 9, mtime=0), _TYPES[kind])
                self._urls[entry.name] = f"/static/{name}"
        self._templates = Environment(
            loader=DictLoader(templates),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
        self._templates.filters["lines"] = lines
        self._templates.filters["addresses"] = addresses
        self._templates.globals["asset"] = self._urls.__getitem__
        self._templates.globals["inline"] = self._inlined
        inlined = {kind: self._policy_hash(f"{name}.{kind}") for name, kind in _INLINED}
        self.policy = (
            f"default-src 'self'; script-src 'self' {inlined['js']}; "
            f"style-src 'self' {inlined['css']}; img-src 'self' data: blob:; "
            "connect-src 'self'; form-action 'self'; object-src 'none'; base-uri 'none'; "
            "frame-ancestors 'none'"
        )

    def _inlined(self, name: str) -> Markup:
        """One of our own files to stand in the page itself: the first paint waits for it, and a
        round trip on a slow phone is a fifth of a second."""
        return Markup(self._file(name).plain.decode())  # noqa: S704 - our own file, never input

    def _policy_hash(self, name: str) -> str:
        digest = sha256(self._file(name).plain).digest()
        return f"'sha256-{b64encode(digest).decode()}'"

    def _file(self, name: str) -> _File:
        return self._files[self._urls[name].rpartition("/")[2]]

    def page(self, template: str, **values: object) -> str:
        """A template filled in; every value is escaped."""
        return self._templates.get_template(template).render(**values)

    async def serve(self, request: Request) -> Response:
        """GET /static/<name>.<hash>.<kind>"""
        file = self._files.get(request.path_params["name"])
        if not file:
            raise HTTPException(404, "没有这个文件。")
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable",
            "Vary": "Accept-Encoding",
        }
        if takes_gzip(request):
            headers["Content-Encoding"] = "gzip"
            return Response(file.small, headers=headers, media_type=file.media_type)
        return Response(file.plain, headers=headers, media_type=file.media_type)
