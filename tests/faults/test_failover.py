"""The primary dies or hangs, its standby takes over, and nothing that was promised is lost.

FAULT_FAILOVERS says how often under load (2 by default, 20 by hand: with -s for the figures).
"""

from __future__ import annotations

import asyncio
import math
import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.app.server import store_url
from bot.config import Settings
from bot.errors import StoreUnavailable
from bot.storage import open_store
from bot.storage.postgres.store import PostgresStore
from tests.echo_dialogue import message, note, noted
from tests.faults.harness import Client, Ledger, nursery
from tests.faults.mutants import CredulousStore, DriversStore
from tests.faults.replica_pair import Pair, pair

FAILOVERS = int(os.environ.get("FAULT_FAILOVERS", "2"))
FOUNDERS = 300
AT_ONCE = 40


@pytest.fixture(scope="module")
def servers(request: pytest.FixtureRequest) -> Iterator[Pair]:
    """A primary, and another server that has yet to join it. Every test ends with a fail-over."""
    if request.config.getoption("--no-postgres"):
        pytest.skip("--no-postgres")
    with pair() as made:
        yield made


@dataclass
class Load:
    """Founders who each send two quick messages to one of two replicas; a quarter of them are
    heard twice, the second time by the other replica. What fails is delivered again."""

    clients: list[Client]
    ledger: Ledger
    rng: random.Random
    failed: int = 0
    answered_at: list[list[float]] = field(default_factory=lambda: [[], []])

    async def run(self, convs: list[str]) -> None:
        """All of them, some at once."""
        queue = iter(convs)

        async def some() -> None:
            for conv in queue:
                await self._founder(conv)

        await asyncio.gather(*(some() for _ in range(AT_ONCE)))

    async def _founder(self, conv: str) -> None:
        told = self.ledger.told.setdefault(conv, ["1", "2"])
        place = self.rng.randrange(2)
        # The second does not wait for the answer to the first.
        await asyncio.gather(*(self._deliver(place, conv, message_id) for message_id in told))
        if self.rng.random() < 0.25:
            await self._deliver(1 - place, conv, self.rng.choice(told))

    async def _deliver(self, place: int, conv: str, message_id: str) -> None:
        while not await self.clients[place].tell(self.ledger, conv, message_id):
            self.failed += 1
            await asyncio.sleep(0.005)
        self.answered_at[place].append(time.monotonic())


@dataclass(frozen=True)
class Figures:
    """Seconds from the death and from the call to promote until both replicas answered again."""

    silent: float
    back: float


async def fail_over(servers: Pair, load: Load, convs: list[str]) -> Figures:
    """One fail-over in mid-load; returns once all of the load has been acknowledged."""
    start = len(load.ledger.acks)
    work = asyncio.create_task(load.run(convs))
    await load.ledger.reached(start + load.rng.randint(len(convs) // 4, len(convs)))
    # What the primary says from now on, its standby never hears.
    await servers.part()
    await asyncio.sleep(0.05)
    died = time.monotonic()
    servers.kill()
    promoting = time.monotonic()
    await servers.promote()
    async with asyncio.timeout(30):
        await work
    first = [[at for at in times if at > died] for times in load.answered_at]
    back = max(min(times, default=math.inf) for times in first)
    return Figures(back - died, back - promoting)


async def failed_over(
    servers: Pair,
    folder: Path,
    kind: str = "PostgresStore",
    *,
    times: int = 1,
    synchronous: bool = True,
) -> tuple[Ledger, list[Figures]]:
    """The ledger and the figures of some fail-overs, back and forth."""
    ledger, figures = Ledger(), []
    await servers.join(synchronous=synchronous)
    await (await open_store(servers.url)).close()
    await servers.ask(servers.primary, "TRUNCATE outbox")
    async with nursery(folder) as born:
        processes = [await born.start(kind, servers.url) for _ in range(2)]
        clients = [await process.connect() for process in processes]
        load = Load(clients, ledger, random.Random(7))
        for process in processes:
            (await process.connect()).take_replies(ledger)
        for number in range(times):
            if number:
                await servers.join(synchronous=synchronous)
            convs = [f"telegram:{kind}-{synchronous}-{number}-{n}" for n in range(FOUNDERS)]
            figures.append(await fail_over(servers, load, convs))
            for conv in convs:
                ledger.state(conv, *await clients[number % 2].peek(conv))
            print(f"fail-over {number + 1}: {figures[-1]}, deliveries failed {load.failed}")
        if not ledger.faults:
            await ledger.settled()
    return ledger, figures


async def test_a_fail_over_under_load_loses_nothing(servers: Pair, tmp_path: Path) -> None:
    ledger, figures = await failed_over(servers, tmp_path, times=FAILOVERS)
    slowest, repeats = max(f.back for f in figures), ledger.repeats()
    print(
        f"fail-overs {FAILOVERS}, acknowledged {len(ledger.acks)}, "
        f"back after at most {slowest:.2f} s, repeated replies {repeats}"
    )
    assert ledger.faults == []
    assert ledger.turns == len(ledger.acks) == FAILOVERS * FOUNDERS * 2
    assert slowest < 2.0
    assert repeats <= 2 * FAILOVERS, "one in the hands of each of the two senders"


async def test_acknowledging_before_the_commit_is_caught(servers: Pair, tmp_path: Path) -> None:
    ledger, _ = await failed_over(servers, tmp_path, "AcknowledgeFirstPostgresStore")
    assert ledger.faults != []


async def test_a_standby_for_which_nobody_waits_is_caught(servers: Pair, tmp_path: Path) -> None:
    ledger, _ = await failed_over(servers, tmp_path, synchronous=False)
    assert ledger.faults != []


async def answers_after_a_hang(servers: Pair, kind: type[PostgresStore]) -> bool:
    """Whether the store finds the new primary while the old one takes connections in silence."""
    await servers.join()
    store = kind(servers.url, command_seconds=0.4, retry_seconds=1.5)
    await store.open()
    # Several connections, of which none will be told.
    convs = [f"web:{kind.__name__}-{n}" for n in range(4)]
    await asyncio.gather(*(store.apply([message(conv, "1")], note) for conv in convs))
    servers.hang()
    turn = asyncio.create_task(store.apply([message(convs[0], "2")], note))
    await servers.promote()
    try:
        await turn
        return noted(await store.peek(convs[0])) == ["1", "2"]
    except StoreUnavailable:
        return False
    finally:
        await store.close()


async def test_a_primary_that_hangs_is_left(servers: Pair) -> None:
    assert await answers_after_a_hang(servers, PostgresStore)


async def test_waiting_for_a_primary_that_hangs_is_caught(servers: Pair) -> None:
    assert not await answers_after_a_hang(servers, DriversStore)


async def kept_what_it_acknowledged(servers: Pair, kind: type[PostgresStore]) -> tuple[bool, bool]:
    """Whether a turn that only the primary has was acknowledged, and whether it was kept."""
    await servers.join()
    store = kind(servers.url, command_seconds=0.3, retry_seconds=1.0)
    await store.open()
    conv = f"web:{kind.__name__}"
    await store.apply([message(conv, "1")], note)
    await servers.part()
    turn = asyncio.create_task(store.apply([message(conv, "2")], note))
    # Cut off while it waits for the standby, a commit counts on the primary, and is seen there.
    waits = "SELECT max(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    while not (backend := await servers.ask(servers.primary, waits)):
        assert not turn.done()
    await servers.ask(servers.primary, f"SELECT pg_terminate_backend({backend})")
    [told] = await asyncio.gather(turn, return_exceptions=True)
    servers.kill()
    await servers.promote()
    kept = noted(await store.peek(conv)) == ["1", "2"]
    [answered] = await store.apply([message(conv, "2")], note)
    assert answered.duplicate == kept
    await store.close()
    return not isinstance(told, StoreUnavailable), kept


async def test_what_only_the_primary_has_is_not_acknowledged(servers: Pair) -> None:
    assert await kept_what_it_acknowledged(servers, PostgresStore) == (False, False)


async def test_believing_the_primary_is_caught(servers: Pair) -> None:
    assert await kept_what_it_acknowledged(servers, CredulousStore) == (True, False)


async def test_the_url_in_the_settings_finds_the_one_that_takes_writes(servers: Pair) -> None:
    await servers.join()
    for ports in (servers.ports, reversed(servers.ports)):
        url = servers.url_of(*ports)
        for given in (url, url.partition("?")[0]):
            store = await open_store(store_url(Settings(store=given)))
            await store.check()
            await store.close()
