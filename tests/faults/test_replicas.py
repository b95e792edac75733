"""Several processes: the 600 updates, a hundred deliveries of one, quick messages in order.

PostgreSQL has them over one database; SQLite has one owner, whom all reach over its socket.
FAULT_USERS: how many users send two quick messages (300 by default, 10,000 by hand).
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

from tests.faults.harness import GONE, Client, Ledger, Nursery, Process, all_of, nursery

USERS = int(os.environ.get("FAULT_USERS", "300"))
UPDATES = [(f"telegram:{n % 40}", str(n)) for n in range(600)]


@dataclass(frozen=True)
class Fleet:
    """How to start serving processes over one store. `replicas`: how many may run at once."""

    born: Nursery
    kind: str
    address: str
    replicas: int

    async def start(self) -> list[Process]:
        """As many as may run at once."""
        return [await self.born.start(self.kind, self.address) for _ in range(self.replicas)]

    async def outbox(self) -> int:
        """How many replies wait."""
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
    client: Client, ledger: Ledger, seed: int, updates: list[tuple[str, str]]
) -> None:
    """All updates, shuffled, a quarter of them twice, eight at a time."""
    rng = random.Random(seed)
    mine = updates + rng.sample(updates, len(updates) // 4)
    rng.shuffle(mine)
    queue = iter(mine)

    async def some() -> None:
        for conv, message_id in queue:
            await client.tell(ledger, conv, message_id)

    await asyncio.gather(*(some() for _ in range(8)))


async def shuffled(fleet: Fleet, updates: list[tuple[str, str]]) -> tuple[Ledger, int, int]:
    """The ledger, the turns and the waiting replies after all updates and two kills."""
    ledger = Ledger()
    processes = await fleet.start()
    clients = [await processes[n % fleet.replicas].connect() for n in range(4)]
    work = [asyncio.create_task(deliver(c, ledger, n, updates)) for n, c in enumerate(clients)]
    for round_ in range(2):
        await ledger.reached((round_ + 1) * len(updates) // 4)
        processes[-1 - round_ % fleet.replicas].kill()
        if fleet.replicas == 1:
            await all_of(work)
            await processes[0].gone()
            processes = await fleet.start()
            clients = [await processes[0].connect() for _ in range(4)]
            work = [
                asyncio.create_task(deliver(c, ledger, n, updates)) for n, c in enumerate(clients)
            ]
    await all_of(work)
    await deliver(clients[0], ledger, 99, updates)
    turns = 0
    for conv in sorted({conv for conv, _ in updates}):
        message_ids, stepped = await clients[0].peek(conv)
        turns += stepped
        if sorted(message_ids) != sorted(m for c, m in updates if c == conv):
            ledger.faults.append(f"{conv}: kept {message_ids}")
    waiting = await fleet.outbox()
    return ledger, turns, waiting


@pytest.fixture(params=["sqlite", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which store."""
    return str(request.param)


@pytest.fixture
def address(request: pytest.FixtureRequest, kind: str, tmp_path: Path) -> str:
    """Where it is."""
    if kind == "sqlite":
        return str(tmp_path / "bot.db")
    return str(request.getfixturevalue("postgres_url"))


def fleet_of(born: Nursery, kind: str, address: str, replicas: int) -> Fleet:
    """A fleet over a sound store."""
    if kind == "sqlite":
        return Fleet(born, "SqliteStore", address, 1)
    return Fleet(born, "PostgresStore", address, replicas)


async def test_six_hundred_updates_make_six_hundred_turns(
    kind: str, address: str, tmp_path: Path
) -> None:
    async with nursery(tmp_path) as born:
        ledger, turns, waiting = await shuffled(fleet_of(born, kind, address, 4), UPDATES)
    assert ledger.faults == []
    assert (len(ledger.acks), turns, waiting) == (600, 600, 600)


async def test_a_store_without_row_locks_is_caught(postgres_url: str, tmp_path: Path) -> None:
    async with nursery(tmp_path) as born:
        ledger, turns, _ = await shuffled(
            Fleet(born, "NoRowLockStore", postgres_url, 4), UPDATES[:200]
        )
    assert (ledger.faults, turns) != ([], 200)


async def test_a_store_without_dedupe_is_caught(tmp_path: Path) -> None:
    async with nursery(tmp_path) as born:
        fleet = Fleet(born, "NoDedupeStore", str(tmp_path / "bot.db"), 1)
        ledger, turns, waiting = await shuffled(fleet, UPDATES[:200])
    assert turns > 200
    assert waiting > 200
    assert ledger.faults != []


async def test_a_hundred_deliveries_are_one_turn(kind: str, address: str, tmp_path: Path) -> None:
    ledger = Ledger()
    async with nursery(tmp_path) as born:
        fleet = fleet_of(born, kind, address, 2)
        for _ in range(2):
            processes = await fleet.start()
            clients = [await process.connect() for process in processes]
            many = [clients[n % len(clients)] for n in range(100)]
            assert all([await client.tell(ledger, "telegram:serial", "1") for client in many])
            assert all(
                await asyncio.gather(*(c.tell(ledger, "telegram:parallel", "1") for c in many))
            )
            for conv in ("telegram:serial", "telegram:parallel"):
                assert await clients[0].peek(conv) == (["1"], 1)
            assert await fleet.outbox() == 2
            for process in processes:
                process.kill()
                await process.gone()
    assert ledger.faults == []


async def test_two_quick_messages_stay_in_order(kind: str, address: str, tmp_path: Path) -> None:
    ledger = Ledger()
    async with nursery(tmp_path) as born:
        fleet = fleet_of(born, kind, address, 2)
        clients = [await process.connect() for process in await fleet.start()]

        async def user(number: int) -> None:
            client, conv = clients[number % len(clients)], f"telegram:{number}"
            ledger.told[conv] = ["1", "2"]
            both = [client.tell(ledger, conv, m) for m in ("1", "2")]
            assert all(await asyncio.gather(*both))
            other = clients[(number + 1) % len(clients)]
            ledger.state(conv, *await other.peek(conv))

        for start in range(0, USERS, 100):
            await asyncio.gather(*(user(n) for n in range(start, min(USERS, start + 100))))
    assert ledger.faults == []
    assert ledger.turns == 2 * USERS


async def test_the_harness_notices_a_dead_process(tmp_path: Path) -> None:
    async with nursery(tmp_path) as born:
        process = await born.start("SqliteStore", str(tmp_path / "bot.db"))
        client = await process.connect()
        process.kill()
        with pytest.raises(GONE):
            await client.tell(Ledger(), "telegram:a", "1")
