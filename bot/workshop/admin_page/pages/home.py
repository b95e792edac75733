"""What is live, what was refused, what is due: the first page."""

from __future__ import annotations

from datetime import datetime

from starlette.responses import Response

from bot.workshop.admin_page.dependencies import AdminDependencies
from bot.workshop.admin_page.desk import told
from bot.workshop.admin_page.gate import Visit

MOST_DUE = 100


class Home:
    """The page after signing in."""

    def __init__(self, deps: AdminDependencies) -> None:
        self._deps = deps

    async def show(self, visit: Visit) -> Response:
        """Handle GET."""
        ready, detail = await self._deps.ready()
        status = await told(self._deps.status)
        place = self._deps.knowledge().locality
        problems = list(detail.get("knowledge_problems", ()))
        worse = status.effects is not None and status.effects.regressions > 0
        to_do = (problems, status.due, status.rescued, status.draft_problem)
        return visit.page(
            "home.html",
            version=detail.get("knowledge", ""),
            ready=ready,
            store=detail.get("store", ""),
            problems=problems,
            problem_count=detail.get("knowledge_problem_count", 0),
            workshop=status,
            local=self._local,
            due=status.due[:MOST_DUE],
            more=max(0, len(status.due) - MOST_DUE),
            paused=place.paused,
            suspended=len(place.suspended),
            quiet=ready and not (any(to_do) or worse or place.paused or place.suspended),
        )

    def _local(self, moment: datetime) -> str:
        return f"{self._deps.local(moment):%Y-%m-%d %H:%M}"
