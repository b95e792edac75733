"""What search engines, phones and programs look for at fixed addresses: `/robots.txt`,
`/sitemap.xml`, `/manifest.webmanifest` and `/llms.txt`."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote
from xml.sax.saxutils import escape

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.channels.web.catalogue.page_cache import PageCache
from bot.channels.web.dependencies import WebDependencies
from bot.channels.web.http.address import own_origin
from bot.channels.web.rendering.assets import Assets
from bot.core.domain.json_codec import dump
from bot.core.domain.knowledge import Knowledge
from bot.core.responses.phrasebook import Phrasebook

_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
# Messages, the redirect of a visitor, and the list once for every combination of filters.
_NOT_CRAWLED = ("/chat", "/card", "/supports?")
_CRAWLED = ("/supports?page=",)
# The colours of base.css and mark.svg.
_BACKGROUND, _THEME = "#f5f1f4", "#8f2670"
# Icons by the side in pixels. Systems cut the maskable one to a shape of their own.
_ICONS = (("icon-192.png", 192, "any"), ("icon-512.png", 512, "any maskable"))


class Discovery:
    """The files at fixed addresses. Their links need the address of the service: the setting
    `public_url`, or on a local network the address that was opened."""

    def __init__(self, deps: WebDependencies, assets: Assets, cache: PageCache) -> None:
        self._deps = deps
        self._assets = assets
        self._cache = cache

    def routes(self) -> list[BaseRoute]:
        """Return the routes of the files."""
        return [
            Route("/robots.txt", self.robots),
            Route("/sitemap.xml", self.sitemap),
            Route("/manifest.webmanifest", self.manifest),
            Route("/llms.txt", self.llms),
        ]

    async def robots(self, request: Request) -> Response:
        """Handle GET /robots.txt."""
        origin = self._origin(request)
        lines = ["User-agent: *", *(f"Allow: {path}" for path in _CRAWLED)]
        lines += [f"Disallow: {path}" for path in _NOT_CRAWLED]
        if origin:
            lines += ["", f"Sitemap: {origin}/sitemap.xml"]
        text = "\n".join(lines) + "\n"
        return await self._cache.response(request, ("robots", origin), lambda: text, "text/plain")

    async def sitemap(self, request: Request) -> Response:
        """Handle GET /sitemap.xml: 404 if the address of the service is not known."""
        knowledge, origin = self._deps.knowledge(), self._origin(request)
        if not origin:
            raise HTTPException(404, knowledge.say("catalogue_no_address"))
        key = ("sitemap", knowledge.version, origin)
        return await self._cache.response(
            request, key, lambda: sitemap(knowledge, origin), "application/xml"
        )

    async def manifest(self, request: Request) -> Response:
        """Handle GET /manifest.webmanifest, by which phones add the page to the home screen."""
        knowledge = self._deps.knowledge()
        return await self._cache.response(
            request,
            ("manifest", knowledge.version),
            lambda: self._manifest(knowledge),
            "application/manifest+json",
        )

    async def llms(self, request: Request) -> Response:
        """Handle GET /llms.txt: the contents of this site for language models (llmstxt.org)."""
        knowledge, today = self._deps.knowledge(), self._deps.today()
        origin = self._origin(request)
        key = ("llms", knowledge.version, today, origin)
        phrases = Phrasebook(knowledge, today)
        return await self._cache.response(
            request, key, lambda: llms_text(phrases, origin), "text/plain"
        )

    def _origin(self, request: Request) -> str:
        return own_origin(request, self._deps.settings.public_url)

    def _manifest(self, knowledge: Knowledge) -> str:
        say = knowledge.say
        return dump(
            {
                "id": "/",
                "name": say("web_title"),
                "short_name": say("web_name"),
                "description": say("web_description"),
                "lang": "zh-CN",
                "start_url": "/",
                "scope": "/",
                "display": "standalone",
                "background_color": _BACKGROUND,
                "theme_color": _THEME,
                "icons": [
                    {
                        "src": self._assets.url(name),
                        "sizes": f"{side}x{side}",
                        "type": "image/png",
                        "purpose": purpose,
                    }
                    for name, side, purpose in _ICONS
                ],
                "shortcuts": [{"name": say("catalogue_all"), "url": "/supports"}],
            }
        )


def sitemap(knowledge: Knowledge, origin: str) -> str:
    """Return the addresses of all pages of the catalogue as a sitemap."""
    paths = ["/", "/supports", *_paths(knowledge)]
    urls = "".join(f"<url><loc>{escape(origin + path)}</loc></url>\n" for path in paths)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f'{head}<urlset xmlns="{_SITEMAP}">\n{urls}</urlset>\n'


def _paths(knowledge: Knowledge) -> Iterator[str]:
    yield from (f"/supports/{quote(support)}" for support in knowledge.supports)
    yield from (f"/policies/{quote(policy)}" for policy in knowledge.policies)
    yield from (f"/bureaus/{quote(bureau)}" for bureau in knowledge.bureaus)


def llms_text(phrases: Phrasebook, origin: str) -> str:
    """Return what this site is, how to quote from it, and its pages, as Markdown. Without an
    `origin` the links are paths."""
    say, knowledge = phrases.say, phrases.knowledge
    lines = [f"# {say('web_title')}", "", f"> {say('web_description')}", "", say("llms_about")]
    lines += ["", f"## {say('catalogue_papers')}", ""]
    for policy in knowledge.policies.values():
        summary = phrases.policy_summary(policy).replace("\n", " ")
        lines.append(f"- [{policy.title}]({origin}/policies/{quote(policy.id)}): {summary}")
    lines += ["", f"## {say('catalogue_all')}", ""]
    lines += [
        f"- [{phrases.title(support)}]({origin}/supports/{quote(support.id)}): {support.summary}"
        for support in knowledge.supports.values()
    ]
    lines += ["", f"## {say('llms_data')}", ""]
    lines += [
        f"- [JSON]({origin}/api/v1/supports): {say('llms_json')}",
        f"- [CSV]({origin}/api/v1/supports.csv): {say('llms_csv')}",
        f"- [OpenAPI]({origin}/api/v1/openapi.json): {say('llms_openapi')}",
    ]
    return "\n".join(lines) + "\n"
