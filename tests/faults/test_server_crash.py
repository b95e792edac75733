"""PostgreSQL stopped hard under load, with two replicas of which one is killed.

FAULT_CRASHES says how often (2 by default, 50 by hand). The server is always one of our own: a
TEST_PG_URL's is not ours to crash.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from contextlib import suppress
from pathlib import Path

from tests.faults.harness import GONE, Client, Ledger, Nursery, Process, nursery
from tests.postgres import Server

CRASHES = int(os.environ.get("FAULT_CRASHES", "2"))
TALKS = 8


class Replicas:
    """Two replicas over one server; a message goes to any, and to the other if that is dead."""

    def __init__(self, born: Nursery, url: str, ledger: Ledger, rng: random.Random) -> None:
        self._born = born
        self._url = url
        self._ledger = ledger
        self._rng = rng
        self.processes: dict[int, Process] = {}
        self.clients: dict[int, Client] = {}

    async def start(self, place: int) -> None:
        """Start the replica of this place, new or in place of a dead one."""
        process = await self._born.start("PostgresStore", self._url)
        client, sender = await process.connect(), await process.connect()
        sender.take_replies(self._ledger)
        self.processes[place] = process
        self.clients[place] = client

    async def tell(self, conv: str, message_id: str) -> None:
        """Deliver until it is acknowledged."""
        while True:
            with suppress(*GONE):
                client = self._rng.choice(list(self.clients.values()))
                if await client.tell(self._ledger, conv, message_id):
                    return
            await asyncio.sleep(0.005)

    async def talk(self, conv: str, stop: asyncio.Event) -> None:
        """One founder, who now and then is heard twice."""
        told = self._ledger.told.setdefault(conv, [])
        while not stop.is_set():
            told.append(str(len(told)))
            await self.tell(conv, told[-1])
            if self._rng.random() < 0.25:
                await self.tell(conv, self._rng.choice(told))


async def crash(server: Server, replicas: Replicas, ledger: Ledger, victim: int) -> float:
    """Stop the server hard and kill a replica; the seconds until all talks go on."""
    await asyncio.to_thread(server.stop)
    replicas.processes[victim].kill()
    await asyncio.to_thread(server.start)
    back = time.monotonic()
    # Well beyond the two seconds: the test itself says when it was too slow.
    await asyncio.wait_for(ledger.reached(len(ledger.acks) + TALKS), 20)
    return time.monotonic() - back


async def test_a_server_crash_loses_nothing(own_server: Server, tmp_path: Path) -> None:
    rng, ledger, slowest = random.Random(5), Ledger(), 0.0
    async with nursery(tmp_path) as born:
        replicas = Replicas(born, own_server.url("postgres"), ledger, rng)
        await asyncio.gather(replicas.start(0), replicas.start(1))
        for number in range(CRASHES):
            stop = asyncio.Event()
            convs = [f"telegram:{number}-{n}" for n in range(TALKS)]
            talks = [asyncio.create_task(replicas.talk(conv, stop)) for conv in convs]
            await asyncio.sleep(rng.uniform(0.1, 0.3))
            slowest = max(slowest, await crash(own_server, replicas, ledger, number % 2))
            await replicas.start(number % 2)
            await asyncio.sleep(0.1)
            stop.set()
            await asyncio.gather(*talks)
            for conv in convs:
                ledger.state(conv, *await replicas.clients[0].peek(conv))
        await ledger.settled()
    repeats = ledger.repeats()
    print(
        f"crashes {CRASHES}, acknowledged {len(ledger.acks)}, back after at most {slowest:.2f} s, "
        f"repeated replies {repeats}"
    )
    assert ledger.faults == []
    assert slowest < 2.0
    assert repeats <= 3 * CRASHES, "a killed sender, and two that the server left in mid-reply"
