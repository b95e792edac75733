"""The Starlette application: chat page, result card, API and operators' endpoints."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Scope

from bot.channels.common.logging import log_fault
from bot.channels.web.api import Api
from bot.channels.web.catalogue.discovery import Discovery
from bot.channels.web.catalogue.open_data import OpenData
from bot.channels.web.catalogue.page_cache import PageCache
from bot.channels.web.catalogue.pages import Catalogue
from bot.channels.web.chat_page import ChatPage
from bot.channels.web.dependencies import WebDependencies
from bot.channels.web.embed import FRAME_PATH, SCRIPT_PATH, Embedding
from bot.channels.web.health import HealthEndpoints
from bot.channels.web.http.responses import (
    GZIP_LEVEL,
    MINIMUM_GZIP_BYTES,
    Guard,
    html_response,
    json_response,
)
from bot.channels.web.page_queue import PageQueue
from bot.channels.web.rendering.assets import Assets
from bot.channels.web.result_card import ResultCard
from bot.channels.web.statistics.page import StatisticsPage
from bot.channels.web.turns import Turns, store_unavailable
from bot.core.domain.knowledge import Knowledge
from bot.core.domain.phrases import phrase_id
from bot.errors import StoreError

_TITLES = {
    400: phrase_id("web_error_400"),
    401: phrase_id("web_error_401"),
    403: phrase_id("web_error_403"),
    404: phrase_id("web_error_404"),
    405: phrase_id("web_error_405"),
    408: phrase_id("web_error_408"),
    413: phrase_id("web_error_413"),
    415: phrase_id("web_error_415"),
    422: phrase_id("web_error_422"),
    429: phrase_id("web_error_429"),
    500: phrase_id("web_error"),
    503: phrase_id("web_error_503"),
}
_SHOWS_KNOWLEDGE = ("/r/", "/supports", "/policies", "/bureaus")
_STARLETTE_DETAILS = ("Not Found", "Method Not Allowed")


def build_web(deps: WebDependencies) -> Starlette:
    """Return the application. Its lifespan runs `deps.on_start` and `deps.on_stop`."""
    assets = Assets(deps.knowledge, deps.settings.public_url)
    turns, pages = Turns(deps), PageQueue(deps.knowledge)
    routes = _routes(deps, assets, turns, pages)
    message_paths = {
        route.path
        for route in routes
        if isinstance(route, Route) and "POST" in (route.methods or ())
    }

    async def refuse_read(scope: Scope) -> Response | None:
        # The handlers of messages count them, each by the limits of its channel.
        is_message = scope["method"] == "POST" and scope["path"] in message_paths
        if is_message:
            return None
        refusal = await turns.refuse_read(scope) or await pages.refuse()
        return refusal or _paused(scope, assets, deps.knowledge())

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await deps.on_start()
        try:
            yield
        finally:
            await deps.on_stop()

    async def http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
        return _error_response(request, error, assets, deps.knowledge())

    async def store_error(request: Request, error: Exception) -> Response:
        log_fault("store", error, channel="web")
        knowledge = deps.knowledge()
        return _error_response(request, store_unavailable(knowledge), assets, knowledge)

    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(Guard, policy=assets.policy, knowledge=deps.knowledge, refuse=refuse_read),
            Middleware(GZipMiddleware, minimum_size=MINIMUM_GZIP_BYTES, compresslevel=GZIP_LEVEL),
        ],
        exception_handlers={HTTPException: http_error, StoreError: store_error},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app


def _paused(scope: Scope, assets: Assets, knowledge: Knowledge) -> Response | None:
    """Return status 503 for a page that shows what the knowledge says, while the bot is paused."""
    if not (knowledge.locality.paused and scope["path"].startswith(_SHOWS_KNOWLEDGE)):
        return None
    title, text = knowledge.say("web_error_503"), knowledge.say("paused")
    return html_response(assets.render("note.html", title=title, text=text), 503)


def _routes(
    deps: WebDependencies, assets: Assets, turns: Turns, pages: PageQueue
) -> list[BaseRoute]:
    embedding = Embedding(deps, assets)
    page = ChatPage(deps, assets, turns, pages, embedding)
    card = ResultCard(deps, assets, pages)
    api, health = Api(deps, turns), HealthEndpoints(deps)
    return [
        # Starlette tries routes in order, so the busiest come first.
        Route("/api/v1/chat", api.chat, methods=["POST"]),
        Route("/chat", page.chat, methods=["POST"]),
        *deps.routes,
        Route("/", page.show),
        Route("/card", page.card),
        Route("/r/{token}", card.show),
        *Catalogue(deps, assets, pages, PageCache(pages)).routes(),
        Route(SCRIPT_PATH, embedding.script),
        Route(FRAME_PATH, page.show_in_frame),
        Route("/static/{name}", assets.serve),
        Route("/api/v1/ask", api.ask, methods=["POST"]),
        Route("/api/v1/openapi.json", api.document),
        *_data_routes(deps, assets, PageCache(pages)),
        Route("/healthz", health.healthz),
        Route("/readyz", health.readyz),
        Route("/metrics", health.metrics),
    ]


def _data_routes(deps: WebDependencies, assets: Assets, cache: PageCache) -> list[BaseRoute]:
    """Return the routes of what programs read. Their cache is their own, so that many combinations
    of filters do not evict them."""
    return [
        *OpenData(deps, cache).routes(),
        *Discovery(deps, assets, cache).routes(),
        *StatisticsPage(deps, assets, cache).routes(),
    ]


def _error_response(
    request: Request, error: HTTPException, assets: Assets, knowledge: Knowledge
) -> Response:
    """Return the reason in Chinese: a page for browsers, JSON for scripts."""
    status, headers = error.status_code, error.headers
    title = knowledge.say_id(_TITLES[status if status in _TITLES else 500])
    from_router = error.detail in _STARLETTE_DETAILS
    wants_page = "text/html" in request.headers.get("accept", "")
    if wants_page and not request.url.path.startswith("/api/"):
        text = "" if from_router else error.detail
        page = assets.render(
            "note.html", title=title, text=text or knowledge.say("web_error_home")
        )
        return html_response(page, status, headers)
    detail = error.detail
    if from_router:
        detail = _routing_error(status, headers, knowledge) or f"{title}。"
    return json_response({"error": detail}, status, headers)


def _routing_error(status: int, headers: Mapping[str, str] | None, knowledge: Knowledge) -> str:
    """Return help for API callers whose path or method does not exist."""
    if status == 405 and headers and "Allow" in headers:
        return knowledge.say("web_methods", methods=headers["Allow"])
    return knowledge.say("web_no_path") if status == 404 else ""
