"""Several processes: 600 messages, a hundred deliveries of one message, and message order.

With PostgreSQL several processes share a database; with SQLite all clients use one process.
FAULT_USERS: how many users send two messages at once (default 300; 10,000 for a thorough run).
"""

from __future__ import annotations

import asyncio
import os
import random
from dataclasses import dataclass
from pathlib import Path

import aiosqlite
import asyncpg
import pytest

from tests.faults.support.harness import (
    CONNECTION_LOST,
    Client,
    DeliveryLog,
    Process,
    ProcessStarter,
    process_starter,
    wait_for_all,
)

USERS = int(os.environ.get("FAULT_USERS", "300"))
UPDATES = [(f"telegram:{n % 40}", str(n)) for n in range(600)]


@dataclass(frozen=True)
class Fleet:
    """How to start serving processes over one store. `replicas`: how many run at the same time."""

    starter: ProcessStarter
    kind: str
    address: str
    replicas: int

    async def start(self) -> list[Process]:
        """Start the processes."""
        return [await self.starter.start(self.kind, self.address) for _ in range(self.replicas)]

    async def outbox(self) -> int:
        """Return the number of unsent replies."""
        sql = "SELECT count(*) FROM outbox"
        if self.replicas == 1:
            async with aiosqlite.connect(self.address) as db:
                return int(next(iter(await db.execute_fetchall(sql)))[0])
        connection = await asyncpg.connect(self.address)
        try:
            return int(await connection.fetchval(sql))
        finally:
            await connection.close()


async def deliver(
    client: Client, log: DeliveryLog, seed: int, updates: list[tuple[str, str]]
) -> None:
    """Deliver all messages in random order, a quarter of them twice, eight at a time."""
    rng = random.Random(seed)
    messages = updates + rng.sample(updates, len(updates) // 4)
    rng.shuffle(messages)
    queue = iter(messages)

    async def worker() -> None:
        for conv, message_id in queue:
            await client.deliver(log, conv, message_id)

    await asyncio.gather(*(worker() for _ in range(8)))


async def shuffled(fleet: Fleet, updates: list[tuple[str, str]]) -> tuple[DeliveryLog, int, int]:
    """Return the log, the turns and the unsent replies after all messages and two kills."""
    log = DeliveryLog()
    processes = await fleet.start()
    clients = [await processes[n % fleet.replicas].connect() for n in range(4)]
    work = [asyncio.create_task(deliver(c, log, n, updates)) for n, c in enumerate(clients)]
    for round_ in range(2):
        await log.wait_for_acknowledgements((round_ + 1) * len(updates) // 4)
        processes[-1 - round_ % fleet.replicas].kill()
        if fleet.replicas == 1:
            await wait_for_all(work)
            await processes[0].wait_for_end()
            processes = await fleet.start()
            clients = [await processes[0].connect() for _ in range(4)]
            work = [
                asyncio.create_task(deliver(c, log, n, updates)) for n, c in enumerate(clients)
            ]
    await wait_for_all(work)
    await deliver(clients[0], log, 99, updates)
    turns = 0
    for conv in sorted({conv for conv, _ in updates}):
        message_ids, stepped = await clients[0].peek(conv)
        turns += stepped
        if sorted(message_ids) != sorted(m for c, m in updates if c == conv):
            log.faults.append(f"{conv}: stored {message_ids}")
    waiting = await fleet.outbox()
    return log, turns, waiting


@pytest.fixture(params=["sqlite", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    """Return which store to use."""
    return str(request.param)


@pytest.fixture
def address(request: pytest.FixtureRequest, kind: str, tmp_path: Path) -> str:
    """Return its path or URL."""
    if kind == "sqlite":
        return str(tmp_path / "bot.db")
    return str(request.getfixturevalue("postgres_url"))


def fleet_of(starter: ProcessStarter, kind: str, address: str, replicas: int) -> Fleet:
    """Return a fleet over a correct store."""
    if kind == "sqlite":
        return Fleet(starter, "SqliteStore", address, 1)
    return Fleet(starter, "PostgresStore", address, replicas)


async def test_six_hundred_messages_make_six_hundred_turns(
    kind: str, address: str, tmp_path: Path
) -> None:
    async with process_starter(tmp_path) as starter:
        log, turns, waiting = await shuffled(fleet_of(starter, kind, address, 4), UPDATES)
    assert log.faults == []
    assert (len(log.acknowledged), turns, waiting) == (600, 600, 600)


async def test_a_store_without_row_locks_is_detected(postgres_url: str, tmp_path: Path) -> None:
    async with process_starter(tmp_path) as starter:
        log, turns, _ = await shuffled(
            Fleet(starter, "NoRowLockStore", postgres_url, 4), UPDATES[:200]
        )
    assert (log.faults, turns) != ([], 200)


async def test_a_store_without_deduplication_is_detected(tmp_path: Path) -> None:
    async with process_starter(tmp_path) as starter:
        fleet = Fleet(starter, "NoDedupeStore", str(tmp_path / "bot.db"), 1)
        log, turns, waiting = await shuffled(fleet, UPDATES[:200])
    assert turns > 200
    assert waiting > 200
    assert log.faults != []


async def test_a_hundred_deliveries_are_one_turn(kind: str, address: str, tmp_path: Path) -> None:
    log = DeliveryLog()
    async with process_starter(tmp_path) as starter:
        fleet = fleet_of(starter, kind, address, 2)
        for _ in range(2):
            processes = await fleet.start()
            clients = [await process.connect() for process in processes]
            senders = [clients[n % len(clients)] for n in range(100)]
            assert all([await client.deliver(log, "telegram:serial", "1") for client in senders])
            assert all(
                await asyncio.gather(*(c.deliver(log, "telegram:parallel", "1") for c in senders))
            )
            for conv in ("telegram:serial", "telegram:parallel"):
                assert await clients[0].peek(conv) == (["1"], 1)
            assert await fleet.outbox() == 2
            for process in processes:
                process.kill()
                await process.wait_for_end()
    assert log.faults == []


async def test_two_messages_sent_at_once_stay_in_order(
    kind: str, address: str, tmp_path: Path
) -> None:
    log = DeliveryLog()
    async with process_starter(tmp_path) as starter:
        fleet = fleet_of(starter, kind, address, 2)
        clients = [await process.connect() for process in await fleet.start()]

        async def user(number: int) -> None:
            client, conv = clients[number % len(clients)], f"telegram:{number}"
            log.delivered[conv] = ["1", "2"]
            both = [client.deliver(log, conv, m) for m in ("1", "2")]
            assert all(await asyncio.gather(*both))
            other = clients[(number + 1) % len(clients)]
            log.check_session(conv, *await other.peek(conv))

        for start in range(0, USERS, 100):
            await asyncio.gather(*(user(n) for n in range(start, min(USERS, start + 100))))
    assert log.faults == []
    assert log.turns == 2 * USERS


async def test_the_harness_notices_a_dead_process(tmp_path: Path) -> None:
    async with process_starter(tmp_path) as starter:
        process = await starter.start("SqliteStore", str(tmp_path / "bot.db"))
        client = await process.connect()
        process.kill()
        with pytest.raises(CONNECTION_LOST):
            await client.deliver(DeliveryLog(), "telegram:a", "1")
