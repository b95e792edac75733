"""A guide over a knowledge folder that is watched, and people who talk with it all the while."""

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

SAID = (
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
class House:
    """A guide over a folder that is watched. `faults` are the turns that failed."""

    folder: Path
    live: Live[KnowledgeBase]
    guide: Guide
    store: Store
    faults: list[str] = field(default_factory=list)
    turns: int = 0
    slowest: float = 0.0

    async def says(self, conv: str, said: str) -> tuple[Reply, ...]:
        """A turn; a tap if it looks like one."""
        tapped = said[1:2] == ":"
        utterance = Utterance(choice=said) if tapped else Utterance(text=said)
        began = time.perf_counter()
        incoming = Incoming(conv, str(next(_numbers)), utterance, composition.now())
        replies = (await self.guide.answer(incoming)).replies
        self.slowest = max(self.slowest, time.perf_counter() - began)
        self.turns += 1
        return replies

    async def talk(self, conv: str, holds: Callable[[str], bool]) -> None:
        """One founder, who says this and that until cancelled; `holds` judges each reply."""
        dice = random.Random(conv)
        while True:
            said = dice.choice(SAID)
            try:
                text = "\n".join(reply.text for reply in await self.says(conv, said))
            except Exception as error:
                self.faults.append(f"{said}: {error!r}")
                await asyncio.sleep(0.01)
                continue
            if not (text.strip() and holds(text)):
                self.faults.append(f"{said}: {text}")

    async def until(self, ready: Callable[[], bool], seconds: float = 30.0) -> None:
        """Return when this holds."""
        async with asyncio.timeout(seconds):
            while not ready():  # noqa: ASYNC110 - what is awaited happens in other objects
                await asyncio.sleep(0.01)


@asynccontextmanager
async def house(folder: Path, home: Path) -> AsyncIterator[House]:
    """Everything running, as `serve` wires it, with the checks in a thread."""
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
        yield House(folder, live, guide, store)
        assert not watching.done()


@asynccontextmanager
async def under_load(
    held: House, holds: Callable[[str], bool] = bool, people: int = 6
) -> AsyncIterator[None]:
    """People talk all the while; at the end none of their turns has failed."""
    talks = [asyncio.create_task(held.talk(f"api:{n}", holds)) for n in range(people)]
    try:
        yield
    finally:
        for talk in talks:
            talk.cancel()
        await asyncio.wait(talks)
    assert held.turns > 50
    assert held.faults == []
