"""Load the templates and static files of the pages; serve static files under hashed names."""

from __future__ import annotations

import gzip
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b, sha256
from importlib.resources import files
from importlib.resources.abc import Traversable

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.channels.web.rendering.reply_layout import link_parts
from bot.core.domain.knowledge import Knowledge

_MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "png": "image/png",
    "svg": "image/svg+xml",
}
# A style sheet that contains what it builds on: posters link it, other pages have it inline.
_JOINED = {"catalogue.css": ("base.css", "catalogue.css")}
_INLINE_STYLES, _INLINE_SCRIPT = ("base.css", "page.css", "catalogue.css"), "theme.js"


def environment(templates: Mapping[str, str]) -> Environment:
    """Return the templates by name, which escape what they show and name nothing undefined."""
    return Environment(
        loader=DictLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    gzipped: bytes
    media_type: str


class Assets:
    """The files of `templates/` and `static/`, read once.

    `policy` is the Content-Security-Policy of all pages. It allows files of this service and, by
    their hashes, the styles and the script that are inlined in pages.
    """

    def __init__(self, knowledge: Callable[[], Knowledge], public_url: str = "") -> None:
        self._knowledge = knowledge
        self._files: dict[str, _File] = {}
        self._urls: dict[str, str] = {}
        package = files("bot.channels.web")
        static = {e.name: e.read_bytes() for e in package.joinpath("static").iterdir()}
        joined = {
            name: b"".join(static[part] for part in parts) for name, parts in _JOINED.items()
        }
        for name, content in {**static, **joined}.items():
            self._add_static(name, content)
        templates = dict(_templates(package.joinpath("templates")))
        self._templates = environment(templates)
        self._templates.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
        self._templates.filters["link_parts"] = link_parts
        self._templates.globals["asset"] = self.url
        self._templates.globals["inline"] = self._inline
        self._templates.globals["public_url"] = public_url
        styles = " ".join(map(self._policy_hash, _INLINE_STYLES))
        self.policy = (
            f"default-src 'self'; script-src 'self' {self._policy_hash(_INLINE_SCRIPT)}; "
            f"style-src 'self' {styles}; img-src 'self' data: blob:; "
            "connect-src 'self'; form-action 'self'; object-src 'none'; base-uri 'none'; "
            "frame-ancestors 'none'"
        )

    def render(self, template: str, **values: object) -> str:
        """Return the filled template; every value is escaped. Templates call `say` for phrases."""
        say = self._knowledge().say
        return self._templates.get_template(template).render(say=say, **values)

    def url(self, name: str) -> str:
        """Return the path of a static file, which names its content."""
        return self._urls[name]

    async def serve(self, request: Request) -> Response:
        """Handle GET /static/<name>.<hash>.<extension>."""
        file = self._files.get(request.path_params["name"])
        if not file:
            raise HTTPException(404, self._knowledge().say("web_no_file"))
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable",
            "Vary": "Accept-Encoding",
        }
        # Compressed once at start: compressing on each request would cost as much as two turns.
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return Response(file.gzipped, headers=headers, media_type=file.media_type)
        return Response(file.content, headers=headers, media_type=file.media_type)

    def _add_static(self, plain_name: str, content: bytes) -> None:
        name, extension = _hashed(plain_name, content), plain_name.rpartition(".")[2]
        gzipped = gzip.compress(content, 9, mtime=0)
        self._files[name] = _File(content, gzipped, _MEDIA_TYPES[extension])
        self._urls[plain_name] = f"/static/{name}"

    def _inline(self, name: str) -> Markup:
        """Return a static file as part of the page. The first paint waits for it, and a round trip
        of a slow phone takes 0.2 s."""
        return Markup(self._file(name).content.decode())  # noqa: S704 - our own file, never input

    def _policy_hash(self, name: str) -> str:
        digest = sha256(self._file(name).content).digest()
        return f"'sha256-{b64encode(digest).decode()}'"

    def _file(self, name: str) -> _File:
        return self._files[self._urls[name].rpartition("/")[2]]


def _templates(folder: Traversable, above: str = "") -> Iterator[tuple[str, str]]:
    """Return the text of each template of a folder and its subfolders, by its path."""
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _templates(entry, f"{above}{entry.name}/")
        else:
            yield f"{above}{entry.name}", entry.read_text("utf-8")


def static_path(name: str) -> str:
    """Return the path under which a static file is served."""
    content = files("bot.channels.web").joinpath("static", name).read_bytes()
    return f"/static/{_hashed(name, content)}"


def _hashed(name: str, content: bytes) -> str:
    """Return the name of a file with a digest of its content."""
    stem, _, extension = name.rpartition(".")
    return f"{stem}.{blake2b(content, digest_size=6).hexdigest()}.{extension}"
