"""Read the groups of questions that were not answered well, beside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.text.scrubbing import without_placeholders
from bot.errors import StoreError
from bot.service.inbox_port import StoredEntry
from bot.workshop.admin_page.dependencies import AdminDependencies
from bot.workshop.admin_page.gate import Refused
from bot.workshop.effects.answers import answer_to
from bot.workshop.inbox import report
from bot.workshop.inbox.groups import Group, find_group, read_groups

# The newest entries that are grouped: up to five seconds of work in a thread, if all texts differ.
MOST_ENTRIES = 1000
PAGE_GROUPS = 10


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """A group as the page shows it. `kind`, `channels`, `when`, `about` and `now` are words;
    `text` is the question to add; `near`: the ids of the supports that it is most like."""

    group: Group
    kind: str
    channels: str
    when: str
    text: str
    about: str
    now: str
    near: Sequence[str]


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of groups. `groups`, `entries`: how many there are on all pages. `cut`: whether older
    entries were left out."""

    shown: Sequence[ShownGroup]
    number: int
    pages: int
    groups: int
    entries: int
    cut: bool


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read for one request, with a knowledge base of its own: the caches of the live one
    are not safe for two threads."""

    base: KnowledgeBase
    stored: Sequence[StoredEntry]
    ignored: Mapping[str, datetime]
    today: date
    cut: bool


class Unanswered:
    """Reads the groups; one request at a time, so that they do not slow turns down together."""

    def __init__(self, deps: AdminDependencies) -> None:
        self._deps = deps
        self._access = deps.inbox
        self._lock = asyncio.Lock()

    async def listing(self, number: int, zone: tzinfo) -> Listing:
        """Return a page of groups (from 1), the last one if there are not so many. Raises
        Refused."""
        async with self._lock:
            read = await self._read()
            return await asyncio.to_thread(self._listing, read, number, zone)

    async def texts(self) -> tuple[str, ...]:
        """Return the question of each group, the most frequent first. Raises Refused."""
        async with self._lock:
            read = await self._read()
            groups = await asyncio.to_thread(self._groups, read)
        return tuple(group.text for group in groups)

    async def find(self, key: str) -> Group:
        """Return the group of a key. Raises Refused if it is no more."""
        async with self._lock:
            read = await self._read()
            groups = await asyncio.to_thread(self._groups, read)
        group = find_group(key, groups, self._access.ignoring)
        if group is None:
            raise Refused("这一组已经没有了：答得上来了，不再列出，或者过了期。", 409)
        return group

    async def ignore(self, group: Group) -> None:
        """Do not show the questions of a group again. Raises Refused."""
        hashes = {self._access.ignoring.hash_of(entry) for entry in group.entries}
        try:
            await self._access.store.ignore(hashes, self._deps.clock())
        except StoreError:
            raise Refused("现在存不了，这一组还会列出。过一会儿再点一次。", 503) from None

    async def _read(self) -> _Read:
        now, live = self._deps.clock(), self._access.live()
        try:
            stored = await self._access.store.entries(now - timedelta(days=self._access.days))
            ignored = await self._access.store.ignored()
        except StoreError:
            raise Refused("现在读不到没答好的问题，过一会儿再试。", 503) from None
        # A bot that is stopped answers nothing; the list is about what it knows.
        plain = live.knowledge.without_switches()
        base = KnowledgeBase(plain, live.index, live.act_model, ranker=live.ranker)
        today, cut = self._deps.local(now).date(), len(stored) > MOST_ENTRIES
        return _Read(base, stored[:MOST_ENTRIES], ignored, today, cut)

    def _groups(self, read: _Read) -> list[Group]:
        return read_groups(read.stored, read.base, read.today, self._access.ignoring, read.ignored)

    def _listing(self, read: _Read, number: int, zone: tzinfo) -> Listing:
        found = self._groups(read)
        pages = max(1, -(-len(found) // PAGE_GROUPS))
        number = max(1, min(number, pages))
        first = (number - 1) * PAGE_GROUPS
        shown = [_shown(group, read, zone) for group in found[first : first + PAGE_GROUPS]]
        count = sum(group.count for group in found)
        return Listing(shown, number, pages, len(found), count, read.cut)


def _shown(group: Group, read: _Read, zone: tzinfo) -> ShownGroup:
    text, base = without_placeholders(group.text), read.base
    return ShownGroup(
        group=group,
        kind=report.KINDS[group.kind],
        channels=report.channels(group),
        when=report.when(group, zone),
        text=text,
        about=report.about(group, base) if group.subject else "",
        now=report.told_now(answer_to(text, base, read.today), base) if text else "",
        near=report.near_supports(text, base) if text else (),
    )
