"""Followers get one message when other knowledge goes live."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.app import change_messages, composition
from bot.app.change_messages import keep_telling, tell_followers
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.session import Utterance
from bot.errors import GuideBusy
from bot.service.guide import Guide
from bot.service.ports import Incoming, OutboxItem, Store
from bot.storage.factory import open_store

NOW = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)
LOAN = "startup-guarantee-loan"


class Service:
    """A guide over a store in memory; `base` is the knowledge that is live."""

    def __init__(self, store: Store, base: KnowledgeBase) -> None:
        self.store, self.base, self.count = store, base, 0
        step = composition.step_over(lambda: self.base)
        self.guide = Guide(store, step, clock=lambda: NOW)

    async def say(self, conv: str, *messages: str) -> None:
        """Send messages of a user and take the replies out of the outbox."""
        for message in messages:
            self.count += 1
            tapped = message[1:2] == ":"
            said = Utterance("" if tapped else message, message if tapped else "")
            push = conv.startswith("telegram:")
            await self.guide.answer(Incoming(conv, f"m{self.count}", said, NOW, push=push))
        await self.sent()

    async def tell(self) -> int:
        return await tell_followers(self.store, self.guide, self.base, lambda: NOW)

    async def sent(self) -> list[OutboxItem]:
        """Return what is sent from the outbox, in order."""
        found = []
        while items := await self.store.due("telegram", NOW + timedelta(seconds=1), 100):
            for item in items:
                await self.store.sent(item)
            found += items
        return found


@pytest.fixture
async def service(base: KnowledgeBase) -> AsyncIterator[Service]:
    store = await open_store(composition.MEMORY)
    service = Service(store, base)
    async with service.guide:
        yield service
    await store.close()


def published(base: KnowledgeBase, summary: str, version: str) -> KnowledgeBase:
    """Return the knowledge with another summary of the loan."""
    knowledge = base.knowledge
    loan = replace(knowledge.supports[LOAN], summary=summary)
    changed = replace(knowledge, version=version, supports={**knowledge.supports, LOAN: loan})
    return KnowledgeBase(changed, base.index, base.act_model)


async def test_followers_get_one_message_for_each_version(
    service: Service, base: KnowledgeBase
) -> None:
    await service.say("telegram:1", f"s:{LOAN}", "有变化告诉我")
    await service.say("telegram:2", f"s:{LOAN}")
    await service.say("web:3", f"s:{LOAN}", "有变化告诉我")
    assert await service.tell() == 0
    service.base = published(base, "新的说法。", "v2")
    assert await service.tell() == 1
    (item,) = await service.sent()
    assert item.conv == "telegram:1"
    assert "“创业担保贷款”的内容改了" in item.reply.text
    assert [o.id for o in item.reply.choices] == [f"s:{LOAN}", "c:unfollow"]
    # Not again for this version: not at the next start, not after it was undone and came again.
    assert await service.tell() == 0
    service.base = base
    assert await service.tell() == 1
    service.base = published(base, "新的说法。", "v2")
    assert await service.tell() == 0
    assert len(await service.sent()) == 1


async def test_who_has_no_news_is_left_alone(service: Service, base: KnowledgeBase) -> None:
    await service.say("telegram:1", f"s:{LOAN}", "有变化告诉我")
    before = await service.store.recent("telegram:1", 10)
    service.base = published(base, base.knowledge.supports[LOAN].summary, "v2")
    assert await service.tell() == 0
    assert await service.store.recent("telegram:1", 10) == before


@pytest.mark.parametrize("last", ["不用通知了", "c:forget_yes"])
async def test_who_left_hears_nothing(service: Service, base: KnowledgeBase, last: str) -> None:
    await service.say("telegram:1", f"s:{LOAN}", "有变化告诉我")
    await service.say("telegram:1", "忘记我" if last.startswith("c:") else "好")
    await service.say("telegram:1", last)
    assert await service.store.following("telegram") == []
    service.base = published(base, "新的说法。", "v2")
    assert await service.tell() == 0
    assert await service.sent() == []


@pytest.mark.parametrize("moment", ["read", "queued"])
async def test_who_leaves_meanwhile_is_not_written_back(
    service: Service, base: KnowledgeBase, moment: str
) -> None:
    """忘记我 comes after the session was read, or is queued before the message."""
    conv = "telegram:1"
    await service.say(conv, f"s:{LOAN}", "有变化告诉我")
    service.base = published(base, "新的说法。", "v2")
    leaving = Incoming(conv, "last", Utterance("忘记我"), NOW, push=True)

    class Leaving:
        async def answer(self, incoming: Incoming) -> object:
            if moment == "read":
                await service.guide.answer(leaving)
                return await service.guide.answer(incoming)
            left, told = await asyncio.gather(
                service.guide.answer(leaving), service.guide.answer(incoming)
            )
            assert left.forgotten
            return told

    sent = await tell_followers(
        service.store,
        Leaving(),  # type: ignore[arg-type]  # its answer is handed on
        service.base,
        lambda: NOW,
    )
    assert sent == 0
    assert await service.store.peek(conv) is None
    assert await service.store.recent(conv, 10) == []
    assert len(await service.sent()) == 1, "the farewell only"


async def test_it_is_tried_again_while_the_service_is_busy(
    service: Service, base: KnowledgeBase
) -> None:
    await service.say("telegram:1", f"s:{LOAN}", "有变化告诉我")
    service.base = published(base, "新的说法。", "v2")
    answer, tries = service.guide.answer, 0

    class Busy:
        async def answer(self, incoming: Incoming) -> object:
            nonlocal tries
            tries += 1
            if tries < 3:
                raise GuideBusy("忙")
            return await answer(incoming)

    telling = asyncio.create_task(
        keep_telling(
            service.store,
            Busy(),  # type: ignore[arg-type]  # its answer is handed on
            lambda: service.base,
            lambda: NOW,
            look_seconds=0,
            retry_seconds=0,
        )
    )
    found: list[OutboxItem] = []
    async with asyncio.timeout(20):
        while not found:
            await asyncio.sleep(0.01)
            found = await service.sent()
    service.base = published(base, "又是新的说法。", "v3")
    async with asyncio.timeout(20):
        while len(found) < 2:
            await asyncio.sleep(0.01)
            found += await service.sent()
    telling.cancel()
    with suppress(asyncio.CancelledError):
        await telling
    assert len(found) == 2
    assert change_messages.LOOK_SECONDS > 1
