"""The catalogue: all supports, one page a support, a policy, a bureau, and posters to print.

Everything is read-only and the same for every visitor, so pages are rendered once for each
knowledge version and day.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from itertools import groupby
from typing import NamedTuple
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.channels.web.catalogue.filters import (
    BACKGROUND,
    CLOSED,
    GENERAL,
    NAMED,
    OFFERED,
    OPEN,
    UNNAMED,
    Filters,
    choices,
    listed,
    page_number,
    read_filters,
)
from bot.channels.web.catalogue.page_cache import PageCache
from bot.channels.web.catalogue.paper_pages import bureau_page, papers, policy_page
from bot.channels.web.catalogue.structured_data import government_service, legislation
from bot.channels.web.catalogue.support_page import support_page
from bot.channels.web.dependencies import WebDependencies
from bot.channels.web.http.address import own_origin
from bot.channels.web.http.qr_code import qr_code
from bot.channels.web.http.responses import html_response, json_response
from bot.channels.web.page_queue import PageQueue
from bot.channels.web.rendering.assets import Assets
from bot.core.dialogue.single_turn import Found
from bot.core.domain.knowledge import IDENTITY, NEEDS, Knowledge, Support
from bot.core.domain.phrases import phrase_id
from bot.core.responses.phrasebook import Phrasebook

# Supports on one page of the list, and titles that the search box suggests without scripts: such
# a page stays below 30 kB.
PAGE_SIZE = 36
MAX_SUGGESTED = 100
# Supports that are suggested for what somebody has typed.
MAX_TYPED = 8
_GROUPS = {
    NAMED: phrase_id("catalogue_group_named", "who"),
    UNNAMED: phrase_id("catalogue_group_unnamed", "who"),
    OFFERED: phrase_id("catalogue_group_offered", "who"),
    GENERAL: phrase_id("catalogue_group_general", "who"),
    BACKGROUND: phrase_id("catalogue_group_background", "who"),
}


class _Item(NamedTuple):
    """A row of the list: title, summary, whom to ask, and the heading of its group."""

    id: str
    title: str
    summary: str
    whom: str
    group: str


class Catalogue:
    """The pages below `/supports`, `/policies` and `/bureaus`."""

    def __init__(
        self, deps: WebDependencies, assets: Assets, queue: PageQueue, cache: PageCache
    ) -> None:
        self._deps = deps
        self._assets = assets
        self._queue = queue
        self._cache = cache

    def routes(self) -> list[BaseRoute]:
        """Return the routes of the catalogue."""
        return [
            Route("/supports", self.index),
            Route("/supports-suggest", self.suggest),
            Route("/supports/{id}", self.support),
            Route("/supports/{id}/poster", self.poster),
            Route("/policies/{id}", self.policy),
            Route("/bureaus/{id}", self.bureau),
        ]

    async def index(self, request: Request) -> Response:
        """Handle GET /supports[?q=…&who=…&need=…&bureau=…&paper=…&status=…&page=…]."""
        knowledge = self._deps.knowledge()
        filters = read_filters(request.query_params, knowledge)
        if filters.q:
            # What somebody searched for is not kept.
            found = self._deps.find(filters.q)
            async with self._queue.place():
                page = await asyncio.to_thread(self._index_page, knowledge, filters, found)
            return html_response(page, headers={"X-Robots-Tag": "noindex"})
        return await self._page(
            request, ("index", filters), lambda: self._index_page(knowledge, filters, None)
        )

    async def suggest(self, request: Request) -> Response:
        """Handle GET /supports-suggest?q=…: the supports that what is typed so far may mean."""
        knowledge = self._deps.knowledge()
        text = read_filters(request.query_params, knowledge).q
        found = self._deps.find(text) if text else Found()
        named = [s.id for s in knowledge.supports.values() if text and text in s.title]
        # Part of a word says little: only what the dialogue would answer from is suggested.
        ids = dict.fromkeys([*named, *(found.supports if found.sure else ())])
        phrases = Phrasebook(knowledge, self._deps.today())
        shown = [knowledge.supports[each] for each in list(ids)[:MAX_TYPED]]
        supports = [{"id": each.id, "title": phrases.title(each)} for each in shown]
        headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
        return json_response({"supports": supports}, headers=headers)

    async def support(self, request: Request) -> Response:
        """Handle GET /supports/<id>."""
        knowledge, today = self._deps.knowledge(), self._deps.today()
        support = self._support(request, knowledge)

        def render() -> str:
            page = support_page(knowledge, support, today)
            origin = self._deps.settings.public_url
            data = government_service(page, knowledge, origin)
            return self._assets.render("catalogue/support.html", page=page, data=data)

        return await self._page(request, ("support", support.id), render)

    async def poster(self, request: Request) -> Response:
        """Handle GET /supports/<id>/poster: a sheet to print, with a QR code of the page if the
        address of the service is known."""
        knowledge, today = self._deps.knowledge(), self._deps.today()
        support = self._support(request, knowledge)
        origin = own_origin(request, self._deps.settings.public_url)
        url = f"{origin}/supports/{quote(support.id)}" if origin else ""

        def render() -> str:
            code = qr_code(url, knowledge.say("catalogue_poster_code")) if url else ""
            page = support_page(knowledge, support, today)
            return self._assets.render("catalogue/poster.html", page=page, url=url, code=code)

        headers = {"X-Robots-Tag": "noindex"}
        return await self._page(request, ("poster", support.id, origin), render, headers)

    async def policy(self, request: Request) -> Response:
        """Handle GET /policies/<id>[?page=…]."""
        knowledge, today = self._deps.knowledge(), self._deps.today()
        policy = knowledge.policies.get(request.path_params["id"])
        if policy is None:
            raise HTTPException(404, knowledge.say("catalogue_no_policy"))
        known, number = policy, page_number(request.query_params)

        def render() -> str:
            page = policy_page(knowledge, known, number, today)
            data = legislation(page, self._deps.settings.public_url)
            return self._assets.render("catalogue/policy.html", page=page, data=data)

        return await self._page(request, ("policy", policy.id, number), render)

    async def bureau(self, request: Request) -> Response:
        """Handle GET /bureaus/<name>; another name of the bureau leads to the printed one."""
        knowledge, today = self._deps.knowledge(), self._deps.today()
        name = request.path_params["id"]
        bureau = knowledge.bureau(name)
        if bureau is None:
            raise HTTPException(404, knowledge.say("catalogue_no_bureau"))
        if bureau.name != name:
            return RedirectResponse(f"/bureaus/{quote(bureau.name)}", 301)
        known = bureau

        def render() -> str:
            page = bureau_page(knowledge, known, today)
            return self._assets.render("catalogue/bureau.html", page=page)

        return await self._page(request, ("bureau", bureau.name), render)

    async def _page(
        self,
        request: Request,
        key: tuple[Hashable, ...],
        render: Callable[[], str],
        headers: dict[str, str] | None = None,
    ) -> Response:
        whole = (self._deps.knowledge().version, self._deps.today(), *key)
        return await self._cache.response(request, whole, render, headers=headers)

    def _support(self, request: Request, knowledge: Knowledge) -> Support:
        support = knowledge.supports.get(request.path_params["id"])
        if support is None:
            raise HTTPException(404, knowledge.say("catalogue_no_support"))
        return support

    def _index_page(self, knowledge: Knowledge, filters: Filters, found: Found | None) -> str:
        today = self._deps.today()
        phrases = Phrasebook(knowledge, today)
        every = listed(knowledge, filters, found.supports if found else None, today)
        last = max(1, -(-len(every) // PAGE_SIZE))
        number = min(filters.page, last)
        shown = every[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
        who = choices(knowledge, IDENTITY).get(filters.who, "")
        items = [
            _Item(
                each.support.id,
                phrases.title(each.support),
                each.support.summary,
                phrases.contact(each.support),
                knowledge.say_id(_GROUPS[each.group], who=who) if each.group else "",
            )
            for each in shown
        ]
        return self._assets.render(
            "catalogue/index.html",
            filters=filters,
            menus=_menus(knowledge),
            groups=[(group, list(these)) for group, these in groupby(items, lambda i: i.group)],
            chosen=filters._asdict(),
            count=len(every),
            page=number,
            pages=last,
            sure=found is None or found.sure,
            titles=[s.title for s in list(knowledge.supports.values())[:MAX_SUGGESTED]],
            policies=tuple(knowledge.policies.values()),
            bureaus=tuple(knowledge.bureaus),
            papers=papers(knowledge, set(knowledge.policies), today),
        )


def _menus(knowledge: Knowledge) -> list[tuple[str, str, dict[str, str]]]:
    """Return the menus of the filters: name, label and values with their labels."""
    say = knowledge.say
    policies = {policy.id: policy.name for policy in knowledge.policies.values()}
    states = {OPEN: say("catalogue_status_open"), CLOSED: say("catalogue_status_closed")}
    return [
        ("who", say("catalogue_who"), choices(knowledge, IDENTITY)),
        ("need", say("catalogue_need"), choices(knowledge, NEEDS)),
        ("bureau", say("catalogue_bureau"), {name: name for name in knowledge.bureaus}),
        ("paper", say("catalogue_paper"), policies),
        ("status", say("catalogue_status"), states),
    ]
