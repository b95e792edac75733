"""WeChat's turns: retries join the turn in flight, late answers wait, long ones have pages."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from bot.channels.common.guide_port import Answers
from bot.channels.common.logging import log_crash, log_fault
from bot.channels.wechat.messages import WeChatMessage, read
from bot.channels.wechat.pagination import Notes, Shown, pages, wants_more
from bot.core.domain.session import Utterance
from bot.errors import ChannelError, PolicyBotError
from bot.service.ports import Incoming

BUSY = "现在问的人比较多，请过一分钟再发一次。"
BROKEN = "刚才没有处理好，请再发一次。"
FLIGHTS = 2_000

# (openid, text) → sent to the user outside of a reply; raises ChannelError.
Push = Callable[[str, str], Awaitable[None]]


@dataclass(slots=True)
class _Flight:
    """A turn that runs, and how many requests wait for it."""

    task: asyncio.Task[str]
    waiting: int = 0


class Turns:
    """What is said to a message, within a time budget. Keeps in memory only what runs, and of
    that at most `FLIGHTS`."""

    def __init__(
        self,
        guide: Answers,
        notes: Notes,
        now: Callable[[], datetime],
        *,
        text_chars: int = 500,
        tappable: bool = False,
        push: Push | None = None,
    ) -> None:
        self._guide = guide
        self._notes = notes
        self._now = now
        self._text_chars = text_chars
        self._tappable = tappable
        self._push = push
        self._flights: dict[tuple[str, str], _Flight] = {}
        self._last: dict[str, asyncio.Task[str]] = {}

    async def reply(self, message: WeChatMessage, budget: float) -> str:
        """The text to show, or "" for none: nothing to say, or not within `budget` seconds.

        A late answer is not lost: it is pushed, or comes with the user's next message.
        """
        utterance = read(message, self._text_chars)
        if utterance is None:
            return ""
        key = (f"wechat:{message.user}", message.id)
        flight = self._flights.get(key)
        if flight is None:
            if len(self._flights) >= FLIGHTS:
                return BUSY
            flight = self._start(key, utterance)
        flight.waiting += 1
        try:
            done, _ = await asyncio.wait({flight.task}, timeout=budget)
        finally:
            flight.waiting -= 1
        return flight.task.result() if done else ""

    async def stop(self) -> None:
        """Wait for what runs."""
        while tasks := [flight.task for flight in self._flights.values()]:
            await asyncio.wait(tasks)

    def _start(self, key: tuple[str, str], utterance: Utterance) -> _Flight:
        conv, message_id = key
        before = self._last.get(conv)
        task = asyncio.create_task(self._fly(conv, message_id, utterance, before))
        self._flights[key] = _Flight(task)
        self._last[conv] = task

        def landed(task: asyncio.Task[str]) -> None:
            del self._flights[key]
            if self._last.get(conv) is task:
                del self._last[conv]

        task.add_done_callback(landed)
        return self._flights[key]

    async def _fly(
        self,
        conv: str,
        message_id: str,
        utterance: Utterance,
        before: asyncio.Task[str] | None,
    ) -> str:
        """One turn; never raises. Turns of one user follow each other."""
        if before:
            await asyncio.wait({before})
        flight = self._flights[conv, message_id]
        try:
            shown = await self._turn(conv, message_id, utterance)
            # No await between this look and the end: whoever waits now gets the page.
            if shown.page and not flight.waiting:
                await self._too_late(conv, shown)
                return ""
        except PolicyBotError as error:
            log_fault("wechat_turn_failed", error)
            return BUSY
        except Exception as error:
            log_crash("wechat_turn_failed", error)
            return BROKEN
        return shown.page

    async def _turn(self, conv: str, message_id: str, utterance: Utterance) -> Shown:
        before = Shown.load(await self._notes.note(conv))
        if before.by == message_id and not before.owed:
            return before  # a retry gets what its first try got
        if before.rest and (before.by == message_id or wants_more(utterance.text)):
            shown = before.turn(message_id)
        else:
            incoming = Incoming(conv, message_id, utterance, self._now())
            answered = await self._guide.answer(incoming)
            if answered.duplicate and before.by:  # the note is for a newer message
                return Shown.of(message_id, pages(answered.replies, tappable=self._tappable))
            owed = before.whole()
            texts = pages(answered.replies, tappable=self._tappable, before=owed)
            shown = Shown.of(message_id, texts)
            if not (shown.rest or owed):
                if before.by:
                    await self._notes.keep(conv, "")
                return shown
        await self._notes.keep(conv, shown.dump())
        return shown

    async def _too_late(self, conv: str, shown: Shown) -> None:
        """Nobody waits any more for this page."""
        if self._push:
            try:
                await self._push(conv.partition(":")[2], shown.page)
            except ChannelError as error:
                log_fault("wechat_push_failed", error)
            else:
                return
        owed = Shown(shown.by, "", (shown.page, *shown.rest), owed=True)
        await self._notes.keep(conv, owed.dump())
