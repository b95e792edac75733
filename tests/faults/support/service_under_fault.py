"""A guide over a watched knowledge folder, and simulated users who send messages to it."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.app import composition
from bot.content.live.reload import Live, watch
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.replies import Reply
from bot.core.domain.session import Utterance
from bot.service.guide import Guide
from bot.service.ports import Incoming, Store
from bot.storage.factory import open_store

MESSAGES = (
    *(
        "开始",
        "结果",
        "场地补助有多少",
        "休学能保留学籍吗",
        "找谁",
        "原文",
        "谢谢",
        "1",
        "怎么离婚",
    ),
    *("a:identity:operator", "a:identity:student", "s:venue-grant", "f:why:venue-grant", "c:me"),
)


_numbers = itertools.count()


@dataclass
class WatchedService:
    """A guide over a watched folder. `faults`: the failed turns; `slowest`: seconds of a turn."""

    folder: Path
    live: Live[KnowledgeBase]
    guide: Guide
    store: Store
    faults: list[str] = field(default_factory=list)
    turns: int = 0
    slowest: float = 0.0

    async def send(self, conv: str, said: str) -> tuple[Reply, ...]:
        """Return the replies to a text, or to a choice if it looks like a choice id."""
        tapped = said[1:2] == ":"
        utterance = Utterance(choice=said) if tapped else Utterance(text=said)
        began = time.perf_counter()
        incoming = Incoming(conv, str(next(_numbers)), utterance, composition.now())
        replies = (await self.guide.answer(incoming)).replies
        self.slowest = max(self.slowest, time.perf_counter() - began)
        self.turns += 1
        return replies

    async def converse(self, conv: str, valid: Callable[[str], bool]) -> None:
        """Send random messages until cancelled; a reply that is not `valid` is a fault."""
        rng = random.Random(conv)
        while True:
            said = rng.choice(MESSAGES)
            try:
                text = "\n".join(reply.text for reply in await self.send(conv, said))
            except Exception as error:
                self.faults.append(f"{said}: {error!r}")
                await asyncio.sleep(0.01)
                continue
            if not (text.strip() and valid(text)):
                self.faults.append(f"{said}: {text}")

    async def until(self, ready: Callable[[], bool], seconds: float = 120.0) -> None:
        """Wait until `ready` is true."""
        async with asyncio.timeout(seconds):
            while not ready():  # noqa: ASYNC110 - there is no event for it
                await asyncio.sleep(0.01)


@asynccontextmanager
async def watched_service(folder: Path, home: Path) -> AsyncIterator[WatchedService]:
    """Yield a running service, wired as `serve` does, with the knowledge checks in a thread."""
    live = Live(
        composition.checked_base(folder, home), lambda: composition.checked_base(folder, home)
    )
    async with AsyncExitStack() as stack:
        store = await open_store(composition.MEMORY)
        stack.push_async_callback(store.close)
        guide = Guide(store, composition.step_over(live), clock=composition.now)
        await stack.enter_async_context(guide)
        watching = asyncio.create_task(watch(folder, live, 50, lambda *_: None))
        stack.push_async_callback(asyncio.wait, {watching})
        stack.callback(watching.cancel)
        await asyncio.sleep(0.2)
        yield WatchedService(folder, live, guide, store)
        assert not watching.done()


@asynccontextmanager
async def under_load(
    service: WatchedService, valid: Callable[[str], bool] = bool, user_count: int = 6
) -> AsyncIterator[None]:
    """Run users in the background; at the end none of their turns may have failed."""
    users = [asyncio.create_task(service.converse(f"api:{n}", valid)) for n in range(user_count)]
    try:
        yield
    finally:
        for user in users:
            user.cancel()
        await asyncio.wait(users)
    assert service.turns > 50
    assert service.faults == []
