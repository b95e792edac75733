"""The guide: batches, order, a bounded queue, and which callers get an error."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

import pytest

from bot.errors import GuideBusy, StoreFull
from bot.service.guide import BATCH_SIZE, Guide
from bot.service.ports import Answered, Incoming, Step
from bot.storage.sqlite.store import SqliteStore
from tests.echo_dialogue import NOW, PlannedBugError, echo_step, message, recorded_ids


class WatchedStore(SqliteStore):
    """A real store in memory that records its batches and waits until `gate` is set.

    It raises StoreFull while `full`, or for a batch with the message `full_for`.
    """

    def __init__(self) -> None:
        super().__init__(":memory:")
        self.batches: list[list[tuple[str, str]]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.full = False
        self.full_for: tuple[str, str] | None = None

    async def apply(self, batch: Sequence[Incoming], step: Step) -> list[Answered]:
        self.batches.append([(i.conv, i.message_id) for i in batch])
        await self.gate.wait()
        if self.full or self.full_for in self.batches[-1]:
            raise StoreFull("磁盘已满")
        return await super().apply(batch, step)


@pytest.fixture
async def store() -> AsyncIterator[WatchedStore]:
    watched = WatchedStore()
    await watched.open()
    yield watched
    await watched.close()


@pytest.fixture
async def guide(store: WatchedStore) -> AsyncIterator[Guide]:
    async with Guide(store, echo_step, queue_limit=200, clock=lambda: NOW) as running:
        yield running
        store.gate.set()


async def queued(
    guide: Guide, *messages: Incoming
) -> tuple[list[asyncio.Task[Answered]], asyncio.Task[Answered]]:
    """Return the answers to these messages as tasks, queued behind one that is being processed,
    and the task of that one."""
    blocker = asyncio.create_task(guide.answer(message("web:blocker", "1")))
    await asyncio.sleep(0.01)
    tasks = [asyncio.create_task(guide.answer(m)) for m in messages]
    await asyncio.sleep(0)
    return tasks, blocker


async def test_an_answer_is_durable_when_it_arrives(guide: Guide, store: WatchedStore) -> None:
    answered = await guide.answer(message("web:a", "1"))
    assert answered.replies[0].text == "1：你好"
    assert recorded_ids(await store.peek("web:a")) == ["1"]
    assert (await guide.answer(message("web:a", "1"))).duplicate


async def test_waiting_messages_form_one_batch(guide: Guide, store: WatchedStore) -> None:
    store.gate.clear()
    tasks, _ = await queued(guide, *(message(f"web:{n}", "1") for n in range(10)))
    store.gate.set()
    await asyncio.gather(*tasks)
    assert [len(batch) for batch in store.batches] == [1, 10]


async def test_a_batch_has_a_maximum_size(guide: Guide, store: WatchedStore) -> None:
    store.gate.clear()
    tasks, _ = await queued(guide, *(message(f"web:{n}", "1") for n in range(BATCH_SIZE + 6)))
    store.gate.set()
    await asyncio.gather(*tasks)
    assert [len(batch) for batch in store.batches] == [1, BATCH_SIZE, 6]


async def test_a_conversation_keeps_its_order_and_has_one_message_per_batch(
    guide: Guide, store: WatchedStore
) -> None:
    store.gate.clear()
    burst = [message("web:a", str(n)) for n in range(5)]
    tasks, _ = await queued(guide, *burst, message("web:b", "1"))
    store.gate.set()
    await asyncio.gather(*tasks)
    assert recorded_ids(await store.peek("web:a")) == ["0", "1", "2", "3", "4"]
    assert store.batches[1] == [("web:a", "0"), ("web:b", "1")], (
        "b must not wait for all messages of a"
    )


async def test_a_hundred_concurrent_deliveries_of_a_message_make_one_turn(
    guide: Guide, store: WatchedStore
) -> None:
    answered = await asyncio.gather(*(guide.answer(message("web:a", "1")) for _ in range(100)))
    assert sum(not a.duplicate for a in answered) == 1
    assert len({str(a.record) for a in answered}) == 1
    assert recorded_ids(await store.peek("web:a")) == ["1"]


async def test_a_full_queue_rejects_a_message_immediately(store: WatchedStore) -> None:
    async with Guide(store, echo_step, queue_limit=3, clock=lambda: NOW) as guide:
        store.gate.clear()
        tasks, blocker = await queued(guide, message("web:a", "1"), message("web:b", "1"))
        assert guide.waiting == 3
        with pytest.raises(GuideBusy, match="稍后"):
            await asyncio.wait_for(guide.answer(message("web:c", "1")), 0.05)
        store.gate.set()
        await asyncio.gather(*tasks, blocker)
        assert guide.waiting == 0
        await guide.answer(message("web:c", "1"))
    assert recorded_ids(await store.peek("web:c")) == ["1"]


async def test_an_exception_of_one_step_fails_only_its_own_caller(
    guide: Guide, store: WatchedStore
) -> None:
    store.gate.clear()
    tasks, _ = await queued(
        guide, message("web:a", "1"), message("web:b", "1", "burst"), message("web:c", "1")
    )
    store.gate.set()
    first, failed, last = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(failed, PlannedBugError)
    assert [isinstance(a, Answered) and a.duplicate for a in (first, last)] == [False, False]
    assert recorded_ids(await store.peek("web:b")) == []
    assert (await guide.answer(message("web:b", "2"))).replies[0].text == "1：你好"


async def test_a_full_disk_fails_the_waiting_messages_and_no_later_ones(
    guide: Guide, store: WatchedStore
) -> None:
    store.gate.clear()
    tasks, blocker = await queued(guide, message("web:a", "1"), message("web:b", "1"))
    store.full = True
    store.gate.set()
    errors = await asyncio.gather(blocker, *tasks, return_exceptions=True)
    assert [str(error) for error in errors] == ["磁盘已满"] * 3
    assert len({id(error) for error in errors}) == 3
    store.full = False
    assert not (await guide.answer(message("web:a", "1"))).duplicate


async def test_messages_queued_behind_a_failed_one_fail_too(
    guide: Guide, store: WatchedStore
) -> None:
    store.gate.clear()
    tasks, blocker = await queued(guide, *(message("web:a", number) for number in "123"))
    store.full_for = ("web:a", "1")
    store.gate.set()
    errors = await asyncio.gather(*tasks, return_exceptions=True)
    assert [str(error) for error in errors] == ["磁盘已满"] * 3
    await blocker
    assert guide.waiting == 0
    store.full_for = None
    again = [guide.answer(message("web:a", number)) for number in "123"]
    assert [a.duplicate for a in await asyncio.gather(*again)] == [False] * 3
    assert recorded_ids(await store.peek("web:a")) == ["1", "2", "3"]


async def test_a_cancelled_caller_does_not_affect_other_messages(
    guide: Guide, store: WatchedStore
) -> None:
    store.gate.clear()
    tasks, _ = await queued(guide, message("web:a", "1"), message("web:b", "1"))
    tasks[0].cancel()
    await asyncio.sleep(0)
    store.gate.set()
    assert not (await tasks[1]).duplicate
    assert (await guide.answer(message("web:a", "1"))).duplicate, (
        "the message must have been processed"
    )


async def test_stop_answers_the_accepted_messages_and_rejects_new_ones(
    store: WatchedStore,
) -> None:
    guide = Guide(store, echo_step, queue_limit=200, clock=lambda: NOW)
    with pytest.raises(GuideBusy):
        await guide.answer(message("web:a", "0"))
    await guide.start()
    store.gate.clear()
    tasks, _ = await queued(guide, *(message("web:a", str(n)) for n in range(5)))
    stopping = asyncio.create_task(guide.stop())
    await asyncio.sleep(0)
    with pytest.raises(GuideBusy, match="停止"):
        await guide.answer(message("web:b", "1"))
    store.gate.set()
    await stopping
    assert all(task.done() for task in tasks)
    assert len(recorded_ids(await store.peek("web:a"))) == 5


async def test_a_stopped_guide_can_start_again(store: WatchedStore) -> None:
    guide = Guide(store, echo_step, clock=lambda: NOW)
    for number in range(2):
        async with guide:
            await guide.answer(message("web:a", str(number)))
    assert recorded_ids(await store.peek("web:a")) == ["0", "1"]


async def test_idle_conversations_expire_by_the_clock(guide: Guide, store: WatchedStore) -> None:
    for days in (40, 20, 5):
        sent = NOW - timedelta(days=days)
        await guide.answer(message(f"web:{days}", "1", "unknown", at=sent))
    idle, seen, unanswered = (timedelta(days=days) for days in (30, 10, 50))
    assert await guide.expire(idle=idle, seen=seen, unanswered=unanswered) == 1 + 2
    assert await store.peek("web:40") is None
    assert recorded_ids(await store.peek("web:20")) == ["1"]
    shorter = timedelta(days=15)
    assert await guide.expire(idle=idle, seen=seen, unanswered=shorter) == 2, "two old texts"


async def test_nothing_expires_while_the_clock_is_in_doubt(store: WatchedStore) -> None:
    times = [NOW]
    year = timedelta(days=365)
    idle = timedelta(days=30)
    async with Guide(store, echo_step, clock=lambda: times[-1]) as guide:
        await guide.answer(message("web:a", "1"))

        async def expire_at(moment: datetime) -> int:
            times.append(moment)
            return await guide.expire(idle=idle, seen=idle, unanswered=idle)

        assert await expire_at(NOW + year) == 0
        assert "先不删除" in guide.clock_doubt
        # What is said meanwhile has the wrong time, and must not make the clock credible.
        await guide.answer(message("web:b", "1", at=NOW + year))
        assert await expire_at(NOW + year + timedelta(hours=2)) == 0
        assert await expire_at(NOW + timedelta(hours=3)) == 0
        assert guide.clock_doubt == ""
        assert await store.peek("web:a") is not None
        assert await expire_at(NOW + timedelta(days=40)) == 0
        assert await expire_at(NOW + timedelta(days=41)) == 2
        assert guide.clock_doubt == ""
        assert await store.peek("web:a") is None
