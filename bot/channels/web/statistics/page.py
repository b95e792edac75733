"""The numbers page `/stats`: what people asked, by week and month, without a person or a text."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.channels.web.catalogue.open_data import BYTE_ORDER_MARK, OPEN_HEADERS
from bot.channels.web.catalogue.page_cache import PageCache
from bot.channels.web.dependencies import WebDependencies
from bot.channels.web.rendering.assets import Assets
from bot.channels.web.statistics.figures import (
    MOST_NAMES,
    OUTCOMES,
    STEP,
    Figures,
    Per,
    figures,
    periods,
)
from bot.channels.web.statistics.plots import Plot, Series, stacked_bars
from bot.core.domain.json_codec import dump
from bot.core.domain.knowledge import Knowledge, OutOfScopeTopic, Support
from bot.core.domain.phrases import phrase_id

PATH, JSON_PATH, TABLE_PATH = "/stats", "/api/v1/stats", "/api/v1/stats.csv"
# Seconds that figures are kept before they are read again.
KEPT_SECONDS = 600.0
_LABELS = {
    "started": phrase_id("stats_started"),
    "answer": phrase_id("stats_answer"),
    "clarify": phrase_id("stats_clarify"),
    "out_of_scope": phrase_id("stats_out_of_scope"),
    "unknown": phrase_id("stats_unknown"),
    "support": phrase_id("stats_support"),
    "topic": phrase_id("stats_topic"),
}
_COLUMNS = {
    "kind": phrase_id("stats_kind"),
    "id": phrase_id("data_id"),
    "name": phrase_id("data_title"),
    "first": phrase_id("stats_first"),
    "last": phrase_id("stats_last"),
    "count": phrase_id("stats_count"),
}
_PERS = tuple(per.value for per in Per)


class StatisticsPage:
    """Shows the figures as a page, JSON and CSV. All three are the same for every visitor."""

    def __init__(self, deps: WebDependencies, assets: Assets, cache: PageCache) -> None:
        self._deps = deps
        self._assets = assets
        self._cache = cache
        self._kept: dict[Per, tuple[float, Figures]] = {}
        self._reading = asyncio.Lock()

    def routes(self) -> list[BaseRoute]:
        """Return the routes; none without the setting, so that the paths do not exist."""
        if self._deps.count_sums is None:
            return []
        return [
            Route(PATH, self.show),
            Route(JSON_PATH, self.data),
            Route(TABLE_PATH, self.table),
        ]

    async def show(self, request: Request) -> Response:
        """Handle GET /stats[?per=week|month]; another period counts as a week."""
        asked = request.query_params.get("per", "")
        known = await self._figures(Per(asked) if asked in _PERS else Per.WEEK)
        knowledge = self._deps.knowledge()
        return await self._cache.response(
            request, ("page", knowledge.version, known), lambda: self._page(known, knowledge)
        )

    async def data(self, request: Request) -> Response:
        """Handle GET /api/v1/stats[?per=week|month]. Raises HTTPException 422 for another
        period."""
        known, knowledge = await self._figures(self._per(request)), self._deps.knowledge()
        return await self._cache.response(
            request,
            ("json", knowledge.version, known),
            lambda: dump(record(known, knowledge)),
            "application/json",
            OPEN_HEADERS,
        )

    async def table(self, request: Request) -> Response:
        """Handle GET /api/v1/stats.csv[?per=week|month]. Raises HTTPException 422 for another
        period."""
        known, knowledge = await self._figures(self._per(request)), self._deps.knowledge()
        return await self._cache.response(
            request,
            ("csv", knowledge.version, known),
            lambda: table(known, knowledge),
            "text/csv",
            {**OPEN_HEADERS, "Content-Disposition": 'attachment; filename="stats.csv"'},
        )

    def _per(self, request: Request) -> Per:
        asked = request.query_params.get("per", Per.WEEK)
        if asked not in _PERS:
            raise HTTPException(422, self._deps.knowledge().say("stats_bad_period"))
        return Per(asked)

    async def _figures(self, per: Per) -> Figures:
        """Return the figures. They are read one period after another, and kept for a while: turns
        use the same store."""
        add_up = self._deps.count_sums
        assert add_up is not None  # noqa: S101 - there is no route without it
        async with self._reading:
            now = self._deps.monotonic()
            if per not in self._kept or now - self._kept[per][0] >= KEPT_SECONDS:
                wanted = periods(self._deps.today(), per)
                sums = [
                    (each, await add_up(each.first.isoformat(), each.end.isoformat()))
                    for each in wanted
                ]
                self._kept[per] = (now, figures(per, sums))
            return self._kept[per][1]

    def _page(self, known: Figures, knowledge: Knowledge) -> str:
        return self._assets.render(
            "statistics.html",
            figures=known,
            supports=_named(known.supports, knowledge.supports),
            topics=_named(known.topics, knowledge.signposts),
            labels={name: knowledge.say_id(label) for name, label in _LABELS.items()},
            outcomes=OUTCOMES,
            plot=_plot(known, knowledge),
            step=str(STEP),
        )


def record(known: Figures, knowledge: Knowledge) -> dict[str, Any]:
    """Return the figures as plain values for JSON. None: less than `rounded_to`."""
    return {
        "per": known.per.value,
        "rounded_to": STEP,
        "periods": [
            {
                "first": row.period.first.isoformat(),
                "last": row.period.last.isoformat(),
                "started": row.started or None,
                **{
                    name: number or None
                    for name, number in zip(OUTCOMES, row.outcomes, strict=True)
                },
            }
            for row in known.rows
        ],
        "supports": [
            {"id": each, "title": title, "count": number}
            for each, title, number in _named(known.supports, knowledge.supports)
        ],
        "topics": [
            {"id": each, "title": title, "count": number}
            for each, title, number in _named(known.topics, knowledge.signposts)
        ],
    }


def table(known: Figures, knowledge: Knowledge) -> str:
    """Return the figures as CSV, with a byte order mark and Chinese column names. What is less
    than STEP has no row."""
    text = io.StringIO()
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text)
    writer.writerow([knowledge.say_id(name) for name in _COLUMNS.values()])
    for row in known.rows:
        numbers = {"started": row.started, **dict(zip(OUTCOMES, row.outcomes, strict=True))}
        for name, number in numbers.items():
            if number:
                said = knowledge.say_id(_LABELS[name])
                writer.writerow([said, "", "", row.period.first, row.period.last, number])
    names = {
        "support": _named(known.supports, knowledge.supports),
        "topic": _named(known.topics, knowledge.signposts),
    }
    for kind, listed in names.items():
        for each, title, number in listed:
            span = (known.rows[0].period.first, known.rows[-1].period.last)
            writer.writerow([knowledge.say_id(_LABELS[kind]), each, title, *span, number])
    return text.getvalue()


def _named(
    counted: Sequence[tuple[str, int]], known: Mapping[str, Support | OutOfScopeTopic]
) -> list[tuple[str, str, int]]:
    """Return id, title and figure of what is asked for most. What the knowledge no longer has is
    left out."""
    return [(each, known[each].title, n) for each, n in counted if each in known][:MOST_NAMES]


def _plot(known: Figures, knowledge: Knowledge) -> Plot:
    """Return the plot of the outcomes, with a place for each period."""
    return stacked_bars(
        [row.period.first for row in known.rows],
        [
            Series(name, knowledge.say_id(_LABELS[name]), [row.outcomes[n] for row in known.rows])
            for n, name in enumerate(OUTCOMES)
        ],
    )
