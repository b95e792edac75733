"""Answer WeChat messages within the time of a passive reply.

Retries of a message join its running turn. An answer that is too late is pushed, or precedes the
answer to the next message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from bot.channels.common.guide_port import GuidePort
from bot.channels.common.logging import log_crash, log_fault
from bot.channels.common.phrases import LivePhrases
from bot.channels.wechat.articles import result_article
from bot.channels.wechat.messages import PlaceReader, WeChatMessage, no_place, parse_utterance
from bot.channels.wechat.pagination import (
    NoteStore,
    PageState,
    asks_for_large_text,
    is_more_request,
    paginate,
)
from bot.core.domain.session import Utterance
from bot.errors import ChannelError, PolicyBotError
from bot.service.ports import Answered, Incoming

MAX_RUNNING = 2_000
_MORE_PAGES = "c:more"

# Sends (openid, text) as a customer-service message. Raises ChannelError.
Push = Callable[[str, str], Awaitable[None]]


@dataclass(slots=True)
class _RunningTurn:
    """A turn, and the number of requests that wait for its reply."""

    task: asyncio.Task[str]
    waiting: int = 0


class PassiveReplies:
    """Answers messages within a time budget. Keeps at most `MAX_RUNNING` turns in memory.

    `picture`: the address of the picture of results; without it they are texts. `district_in`
    reads the place of a location.
    """

    def __init__(
        self,
        guide: GuidePort,
        notes: NoteStore,
        phrases: LivePhrases,
        now: Callable[[], datetime],
        *,
        text_chars: int = 500,
        tappable: bool = False,
        picture: str = "",
        district_in: PlaceReader = no_place,
        push: Push | None = None,
    ) -> None:
        self._guide = guide
        self._notes = notes
        self._phrases = phrases
        self._now = now
        self._text_chars = text_chars
        self._tappable = tappable
        self._picture = picture
        self._district_in = district_in
        self._push = push
        self._running: dict[tuple[str, str], _RunningTurn] = {}
        self._last_task: dict[str, asyncio.Task[str]] = {}

    async def reply(self, message: WeChatMessage, budget: float) -> str:
        """Return the reply, or "" if there is none within `budget` seconds.

        A later answer is pushed, or precedes the answer to the next message.
        """
        utterance = parse_utterance(message, self._text_chars, self._district_in)
        if utterance is None:
            return ""
        if asks_for_large_text(utterance.text):
            return self._phrases().say("wechat_large_text")
        key = (f"wechat:{message.user}", message.id)
        turn = self._running.get(key)
        if turn is None:
            if len(self._running) >= MAX_RUNNING:
                return self._phrases().say("wechat_busy")
            turn = self._start(key, utterance)
        turn.waiting += 1
        try:
            done, _ = await asyncio.wait({turn.task}, timeout=budget)
        finally:
            turn.waiting -= 1
        return turn.task.result() if done else ""

    def is_running(self, message: WeChatMessage) -> bool:
        """Return whether this message is being answered."""
        return (f"wechat:{message.user}", message.id) in self._running

    async def stop(self) -> None:
        """Wait for the running turns."""
        while tasks := [turn.task for turn in self._running.values()]:
            await asyncio.wait(tasks)

    def _start(self, key: tuple[str, str], utterance: Utterance) -> _RunningTurn:
        conv, message_id = key
        previous = self._last_task.get(conv)
        task = asyncio.create_task(self._run(conv, message_id, utterance, previous))
        self._running[key] = _RunningTurn(task)
        self._last_task[conv] = task

        def finished(task: asyncio.Task[str]) -> None:
            del self._running[key]
            if self._last_task.get(conv) is task:
                del self._last_task[conv]

        task.add_done_callback(finished)
        return self._running[key]

    async def _run(
        self,
        conv: str,
        message_id: str,
        utterance: Utterance,
        previous: asyncio.Task[str] | None,
    ) -> str:
        """Return the page to send. Turns of a user run one after another; never raises."""
        if previous:
            await asyncio.wait({previous})
        turn = self._running[conv, message_id]
        try:
            state = await self._answer(conv, message_id, utterance)
            # No await between this check and the return: a request that waits gets the page.
            if state.page and not turn.waiting:
                await self._deliver_late(conv, state)
                return ""
        except PolicyBotError as error:
            log_fault("wechat_turn_failed", error)
            return self._phrases().say("wechat_busy")
        except Exception as error:
            log_crash("wechat_turn_failed", error)
            return self._phrases().say("channel_failed")
        return state.page

    async def _answer(self, conv: str, message_id: str, utterance: Utterance) -> PageState:
        """Answer the message, or return the next page, and store the resulting state."""
        before = PageState.load(await self._notes.note(conv))
        same_message = before.message_id == message_id
        if same_message and not before.late:
            return before  # a retry gets the page of the first try
        if before.remaining and (same_message or is_more_request(utterance.text)):
            state = before.next(message_id)
            await self._keep(conv, state)
            return state
        answered = await self._guide.answer(Incoming(conv, message_id, utterance, self._now()))
        if answered.forgotten:
            # Everything is deleted: a late answer must neither be said nor stored again.
            return PageState.first(message_id, self._pages(answered, utterance))
        if answered.duplicate and before.message_id:
            # The stored state belongs to a newer message: leave it.
            return PageState.first(message_id, self._pages(answered, utterance))
        if before.late:
            # Another process may have erased the conversation since.
            before = PageState.load(await self._notes.note(conv))
        late_text = before.late_text(self._phrases())
        state = PageState.first(message_id, self._pages(answered, utterance, late_text))
        if state.remaining or late_text:
            await self._keep(conv, state)
        elif before.message_id:
            await self._keep(conv, PageState())
        return state

    def _pages(self, answered: Answered, utterance: Utterance, prefix: str = "") -> list[str]:
        """Return the pages of an answer. The first one of results is an article, except of a page
        that was asked for with 更多."""
        phrases = self._phrases()
        pages = paginate(answered.replies, phrases, tappable=self._tappable, prefix=prefix)
        more = is_more_request(utterance.text) or utterance.choice.startswith(_MORE_PAGES)
        article = result_article(answered.replies, self._picture, phrases)
        return pages if prefix or more or article is None else [article.page(), *pages]

    async def _deliver_late(self, conv: str, state: PageState) -> None:
        """Push a page that no request waits for, or store it for the next message."""
        late, state = state, state.as_text()
        if state != late:
            await self._keep(conv, state)
        if self._push:
            try:
                await self._push(conv.partition(":")[2], state.page)
            except ChannelError as error:
                log_fault("wechat_push_failed", error)
            except Exception as error:  # the page must not be lost with it
                log_crash("wechat_push_failed", error)
            else:
                return
        pages = (state.page, *state.remaining)
        await self._keep(conv, PageState(state.message_id, "", pages, True, state.source))

    async def _keep(self, conv: str, state: PageState) -> None:
        """Store the state, unless its conversation was erased since."""
        later = state.message_id if state.message_id != state.source else ""
        await self._notes.keep(conv, state.source, state.dump(), later)
