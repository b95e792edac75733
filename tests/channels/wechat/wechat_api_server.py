"""A server with the methods of the platform's API that the client calls."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


class WeChatApiServer:
    """Records calls. `faults` maps a path to the errcodes of its next responses."""

    def __init__(self) -> None:
        self.tokens = 0
        self.menus: list[Any] = []
        self.messages: list[Any] = []
        self.faults: dict[str, list[int]] = {}
        self.raw: list[bytes] = []

    def routes(self) -> list[Route]:
        """Return the routes of the server."""
        return [
            Route("/cgi-bin/stable_token", self._token, methods=["POST"]),
            Route("/cgi-bin/menu/create", self._menu, methods=["POST"]),
            Route("/cgi-bin/message/custom/send", self._send, methods=["POST"]),
        ]

    async def _token(self, request: Request) -> JSONResponse:
        data = await request.json()
        assert data["grant_type"] == "client_credential"
        if data["secret"] != "top-secret":
            return JSONResponse({"errcode": 40125, "errmsg": "invalid appsecret"})
        self.tokens += 1
        return JSONResponse({"access_token": f"token-{self.tokens}", "expires_in": 7200})

    async def _menu(self, request: Request) -> JSONResponse:
        return await self._keep(request, self.menus)

    async def _send(self, request: Request) -> JSONResponse:
        return await self._keep(request, self.messages)

    async def _keep(self, request: Request, where: list[Any]) -> JSONResponse:
        if self.faults.get(request.url.path):
            return JSONResponse({"errcode": self.faults[request.url.path].pop(0), "errmsg": "x"})
        if request.query_params["access_token"] != f"token-{self.tokens}":
            return JSONResponse({"errcode": 40001, "errmsg": "invalid credential"})
        self.raw.append(await request.body())
        where.append(json.loads(self.raw[-1]))
        return JSONResponse({"errcode": 0, "errmsg": "ok"})
