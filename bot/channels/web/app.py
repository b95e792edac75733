"""The web: one Starlette app with the chat page, the API and what operators read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.channels.common.logging import log_fault
from bot.channels.web.api import Api
from bot.channels.web.assets import Assets
from bot.channels.web.chat_page import ChatPage
from bot.channels.web.dependencies import WebDependencies
from bot.channels.web.health import HealthEndpoints
from bot.channels.web.http.responses import Guard, json_answer, packed
from bot.channels.web.result_card import ResultCard
from bot.channels.web.turns import NO_STORE, Turns
from bot.errors import StoreError

_TITLES = {
    400: "这个请求读不懂",
    403: "不能这样发送",
    404: "没有这一页",
    405: "不能这样访问这一页",
    408: "传得太慢了",
    413: "内容太长了",
    415: "这种内容收不了",
    422: "内容不完整",
    429: "太快了",
    503: "暂时忙不过来",
}
_STARLETTE_WORDS = ("Not Found", "Method Not Allowed")


def build_web(deps: WebDependencies) -> Starlette:
    """The app. Start and stop run in its lifespan: `deps.on_start` before the first request,
    `deps.on_stop` after the last.
    """
    assets = Assets()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await deps.on_start()
        try:
            yield
        finally:
            await deps.on_stop()

    async def refuse(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
        return _refusal(request, error, assets)

    async def unkept(request: Request, error: Exception) -> Response:
        log_fault("store", error, channel="web")
        return _refusal(request, HTTPException(503, NO_STORE, {"Retry-After": "5"}), assets)

    app = Starlette(
        routes=_routes(deps, assets),
        middleware=[Middleware(Guard, policy=assets.policy)],
        exception_handlers={HTTPException: refuse, StoreError: unkept},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app


def _routes(deps: WebDependencies, assets: Assets) -> list[BaseRoute]:
    turns = Turns(deps)
    page, card = ChatPage(deps, assets, turns), ResultCard(deps, assets)
    api, ops = Api(deps, turns), HealthEndpoints(deps)
    return [
        # The busiest first: they are tried in this order.
        Route("/api/v1/chat", api.chat, methods=["POST"]),
        Route("/chat", page.say, methods=["POST"]),
        *deps.routes,
        Route("/", page.show),
        Route("/card", page.card),
        Route("/r/{token}", card.show),
        Route("/static/{name}", assets.serve),
        Route("/api/v1/ask", api.ask, methods=["POST"]),
        Route("/api/v1/openapi.json", api.document),
        Route("/healthz", ops.healthz),
        Route("/readyz", ops.readyz),
        Route("/metrics", ops.metrics),
    ]


def _refusal(request: Request, error: HTTPException, assets: Assets) -> Response:
    """Why not, in Chinese: as JSON to scripts, as a plain page to people."""
    status = error.status_code
    title = _TITLES.get(status, "出了一点问题")
    own = error.detail not in _STARLETTE_WORDS
    headers = error.headers
    wants_page = "text/html" in request.headers.get("accept", "")
    if wants_page and not request.url.path.startswith("/api/"):
        text = (error.detail if own else "") or "回到柳创通首页，接着聊。"
        page = assets.page("note.html", title=title, text=text)
        return packed(request, page, "text/html", status, headers)
    said = error.detail if own else _told_to_scripts(status, headers) or f"{title}。"
    return json_answer(request, {"error": said}, status, headers)


def _told_to_scripts(status: int, headers: Mapping[str, str] | None) -> str:
    """What whoever writes a script needs to know, where the router alone refused."""
    if status == 405 and headers and "Allow" in headers:
        return f"这个地址只收 {headers['Allow']}。"
    return "没有这个地址；接口说明在 /api/v1/openapi.json。" if status == 404 else ""
