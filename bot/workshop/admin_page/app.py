"""The routes of the admin page."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.workshop.admin_page.dependencies import AdminDependencies
from bot.workshop.admin_page.gate import PATH, SIGN_IN, Gate
from bot.workshop.admin_page.layout import STYLE
from bot.workshop.admin_page.pages.home import Home
from bot.workshop.admin_page.pages.signing_in import SigningIn
from bot.workshop.admin_page.pages.statistics import Statistics


def admin_routes(deps: AdminDependencies) -> list[BaseRoute]:
    """Return the routes. All answer 404 until somebody has a password."""
    gate = Gate(deps)
    signing_in = SigningIn(gate)

    async def style(request: Request) -> Response:
        gate.require_accounts()
        return gate.layout.style()

    return [
        Route(PATH, gate.page(Home(deps).show)),
        Route(f"{PATH}/statistics", gate.page(Statistics(deps).show)),
        Route(SIGN_IN, signing_in.show),
        Route(SIGN_IN, signing_in.sign_in, methods=["POST"]),
        Route(f"{PATH}/{STYLE}", style),
        Route(f"{PATH}/sign-out", gate.change(signing_in.sign_out), methods=["POST"]),
        Route(
            f"{PATH}/sign-out-everywhere",
            gate.change(signing_in.sign_out_everywhere),
            methods=["POST"],
        ),
    ]
