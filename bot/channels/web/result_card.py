"""The result card, `GET /r/<token>`: a page to read, print, save and share."""

from __future__ import annotations

import asyncio
import gzip
from collections import OrderedDict
from collections.abc import Sequence
from datetime import date

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.channels.web.dependencies import WebDependencies
from bot.channels.web.http.address import own_origin
from bot.channels.web.http.qr_code import qr_code
from bot.channels.web.http.responses import GZIP_LEVEL, html_response
from bot.channels.web.http.signing import SharedResult, read_result, session_id_of
from bot.channels.web.page_queue import PageQueue
from bot.channels.web.rendering.assets import Assets
from bot.channels.web.rendering.plan_items import plan_of
from bot.core.domain.knowledge import Knowledge
from bot.core.domain.replies import Card
from bot.core.domain.session import Profile
from bot.core.responses.phrasebook import Phrasebook
from bot.errors import StoreError

# Compressed pages of about 12 kB.
MAX_PAGES = 128


class ResultCard:
    """Shows the result of a signed profile with today's knowledge.

    A page takes about 12 ms, half of it for the QR code, so it is built in a thread and kept.
    """

    def __init__(self, deps: WebDependencies, assets: Assets, queue: PageQueue) -> None:
        self._deps = deps
        self._assets = assets
        self._queue = queue
        self._pages: OrderedDict[tuple[object, ...], bytes] = OrderedDict()

    async def show(self, request: Request) -> Response:
        """Handle GET /r/<token>."""
        knowledge = self._deps.knowledge()
        token = request.path_params["token"]
        shared = read_result(self._deps.key, token, knowledge.slots)
        if not shared:
            raise HTTPException(404, knowledge.say("web_bad_result"))
        today = self._deps.today()
        origin = own_origin(request, self._deps.settings.public_url)
        url = f"{origin}/r/{token}" if origin else ""
        own_profile = await self._own_profile(request)
        has_conversation, is_own = own_profile is not None, own_profile == shared.profile
        key = (token, knowledge.version, today, origin, has_conversation, is_own)
        if key not in self._pages:
            async with self._queue.place():
                if key not in self._pages:  # another request may have built it meanwhile
                    # Not in the thread: the caches of the evaluation are not made for two threads.
                    cards = self._deps.result_card(shared.profile, today)
                    self._pages[key] = await asyncio.to_thread(
                        self._packed_page,
                        shared,
                        cards,
                        knowledge,
                        today,
                        url,
                        has_conversation,
                        is_own,
                    )
                    if len(self._pages) > MAX_PAGES:
                        self._pages.popitem(last=False)
        packed = self._pages[key]
        self._pages.move_to_end(key)
        headers = {"X-Robots-Tag": "noindex", "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            return html_response(packed, headers={**headers, "Content-Encoding": "gzip"})
        return html_response(gzip.decompress(packed), headers=headers)

    def _packed_page(
        self,
        shared: SharedResult,
        cards: Sequence[Card],
        knowledge: Knowledge,
        today: date,
        url: str,
        has_conversation: bool,
        is_own: bool,
    ) -> bytes:
        """Return the page, compressed. Without a `url` it has no QR code."""
        page = self._assets.render(
            "card.html",
            cards=cards,
            plan=plan_of(cards, Phrasebook(knowledge, today), knowledge, shared.profile),
            answers=_answers(shared, knowledge),
            sources=_sources(knowledge, today),
            day=shared.day,
            today=today,
            version=shared.version,
            version_now=knowledge.version,
            url=url,
            qr=qr_code(url, knowledge.say("web_card_qr_name")) if url else "",
            has_conversation=has_conversation,
            is_own=is_own,
        )
        return gzip.compress(page.encode("utf-8", "replace"), GZIP_LEVEL)

    async def _own_profile(self, request: Request) -> Profile | None:
        """Return the profile of the visitor, or None without a conversation."""
        session_id = session_id_of(self._deps.key, request.cookies)
        try:
            session = await self._deps.session_view(f"web:{session_id}") if session_id else None
        except StoreError:  # the card itself needs no store
            session = None
        return session.profile if session else None


def _sources(knowledge: Knowledge, today: date) -> list[str]:
    """Return lines that name each policy and its age."""
    phrases = Phrasebook(knowledge, today)
    return [
        line
        for policy in knowledge.policies.values()
        for line in phrases.policy_summary(policy).split("\n")
    ]


def _answers(shared: SharedResult, knowledge: Knowledge) -> list[tuple[str, str]]:
    """Return name and answers of each question, without questions that no longer exist."""
    return [
        (slot.name, "、".join(slot.label(choice) for choice in shared.profile[slot.id]))
        for slot in knowledge.slots.values()
        if slot.id in shared.profile
    ]
