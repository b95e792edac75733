"""What is live, what was refused, what is due: the first page."""

from __future__ import annotations

from starlette.responses import Response

from bot.workshop.admin_page.dependencies import AdminDependencies
from bot.workshop.admin_page.gate import Visit


class Home:
    """The page after signing in."""

    def __init__(self, deps: AdminDependencies) -> None:
        self._deps = deps

    async def show(self, visit: Visit) -> Response:
        """Handle GET."""
        ready, detail = await self._deps.ready()
        return visit.page(
            "home.html",
            version=detail.get("knowledge", ""),
            ready=ready,
            store=detail.get("store", ""),
            problems=list(detail.get("knowledge_problems", ())),
            problem_count=detail.get("knowledge_problem_count", 0),
        )
