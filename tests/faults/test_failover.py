"""Failover to the standby after the primary dies or stops answering: no acknowledged turn is lost.

FAULT_FAILOVERS: how often under load (default 2; use 20 and -s for the measured times).
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
from tests.echo_dialogue import echo_step, message, recorded_ids
from tests.faults.support.harness import Client, DeliveryLog, process_starter
from tests.faults.support.mutants import DriverFailoverStore, NoStandbyWaitStore
from tests.faults.support.replica_pair import ReplicaPair, replica_pair
from tests.machine_load import allowed

FAILOVERS = int(os.environ.get("FAULT_FAILOVERS", "2"))
USERS = 300
CONCURRENT = 40


@pytest.fixture(scope="module")
def servers(request: pytest.FixtureRequest) -> Iterator[ReplicaPair]:
    """Yield a primary and an unused server. Every test ends with a failover."""
    if request.config.getoption("--no-postgres"):
        pytest.skip("--no-postgres")
    with replica_pair() as pair:
        yield pair


@dataclass
class Load:
    """Users who each send two messages at once to one of two replicas. A quarter of them repeat
    one message to the other replica. Failed messages are delivered again.

    `answered_at`: the times of the answers of each replica.
    """

    clients: list[Client]
    log: DeliveryLog
    rng: random.Random
    failed: int = 0
    answered_at: list[list[float]] = field(default_factory=lambda: [[], []])

    async def run(self, convs: list[str]) -> None:
        """Run all users, CONCURRENT at a time."""
        queue = iter(convs)

        async def worker() -> None:
            for conv in queue:
                await self._user(conv)

        await asyncio.gather(*(worker() for _ in range(CONCURRENT)))

    async def _user(self, conv: str) -> None:
        delivered = self.log.delivered.setdefault(conv, ["1", "2"])
        place = self.rng.randrange(2)
        # The second message does not wait for the answer to the first.
        await asyncio.gather(*(self._deliver(place, conv, message_id) for message_id in delivered))
        if self.rng.random() < 0.25:
            await self._deliver(1 - place, conv, self.rng.choice(delivered))

    async def _deliver(self, place: int, conv: str, message_id: str) -> None:
        while not await self.clients[place].deliver(self.log, conv, message_id):
            self.failed += 1
            await asyncio.sleep(0.005)
        self.answered_at[place].append(time.monotonic())


@dataclass(frozen=True)
class Figures:
    """Seconds from the kill, and from the promotion, until both replicas answered again."""

    since_kill: float
    since_promotion: float


async def fail_over(servers: ReplicaPair, load: Load, convs: list[str]) -> Figures:
    """Fail over in the middle of the load; return once the whole load has been acknowledged."""
    start = len(load.log.acknowledged)
    work = asyncio.create_task(load.run(convs))
    await load.log.wait_for_acknowledgements(start + load.rng.randint(len(convs) // 4, len(convs)))
    # The standby does not get what the primary commits from now on.
    await servers.cut_replication()
    await asyncio.sleep(0.05)
    died = time.monotonic()
    servers.kill_primary()
    promoting = time.monotonic()
    await servers.promote_standby()
    async with asyncio.timeout(120):
        await work
    first = [[at for at in times if at > died] for times in load.answered_at]
    back = max(min(times, default=math.inf) for times in first)
    return Figures(back - died, back - promoting)


async def failed_over(
    servers: ReplicaPair,
    folder: Path,
    kind: str = "PostgresStore",
    *,
    times: int = 1,
    synchronous: bool = True,
) -> tuple[DeliveryLog, list[Figures]]:
    """Return the log and the measured times of some failovers, back and forth."""
    log, figures = DeliveryLog(), []
    await servers.add_standby(synchronous=synchronous)
    await (await open_store(servers.url)).close()
    await servers.query(servers.primary, "TRUNCATE outbox")
    async with process_starter(folder) as starter:
        processes = [await starter.start(kind, servers.url) for _ in range(2)]
        clients = [await process.connect() for process in processes]
        load = Load(clients, log, random.Random(7))
        for process in processes:
            (await process.connect()).receive_replies(log)
        for number in range(times):
            if number:
                await servers.add_standby(synchronous=synchronous)
            convs = [f"telegram:{kind}-{synchronous}-{number}-{n}" for n in range(USERS)]
            figures.append(await fail_over(servers, load, convs))
            for conv in convs:
                log.check_session(conv, *await clients[number % 2].peek(conv))
            print(f"failover {number + 1}: {figures[-1]}, deliveries failed {load.failed}")
        if not log.faults:
            await log.wait_for_replies()
    return log, figures


async def test_a_failover_under_load_loses_no_acknowledged_turn(
    servers: ReplicaPair, tmp_path: Path
) -> None:
    log, figures = await failed_over(servers, tmp_path, times=FAILOVERS)
    slowest, repeats = max(f.since_promotion for f in figures), log.repeated_replies()
    print(
        f"failovers {FAILOVERS}, acknowledged {len(log.acknowledged)}, "
        f"back after at most {slowest:.2f} s, repeated replies {repeats}"
    )
    assert log.faults == []
    assert log.turns == len(log.acknowledged) == FAILOVERS * USERS * 2
    assert slowest < allowed(2.0)
    assert repeats <= 2 * FAILOVERS, "one of each of the two senders"


async def test_acknowledging_before_the_commit_is_detected(
    servers: ReplicaPair, tmp_path: Path
) -> None:
    log, _ = await failed_over(servers, tmp_path, "AcknowledgeFirstPostgresStore")
    assert log.faults != []


async def test_an_asynchronous_standby_is_detected(servers: ReplicaPair, tmp_path: Path) -> None:
    log, _ = await failed_over(servers, tmp_path, synchronous=False)
    assert log.faults != []


async def answers_after_a_hang(servers: ReplicaPair, kind: type[PostgresStore]) -> bool:
    """Return whether the store finds the new primary while the old one accepts connections but
    does not answer."""
    await servers.add_standby()
    store = kind(servers.url, command_seconds=0.4, retry_seconds=1.5)
    await store.open()
    # Several connections, none of which gets an error.
    convs = [f"web:{kind.__name__}-{n}" for n in range(4)]
    await asyncio.gather(*(store.apply([message(conv, "1")], echo_step) for conv in convs))
    servers.freeze_primary()
    turn = asyncio.create_task(store.apply([message(convs[0], "2")], echo_step))
    await servers.promote_standby()
    try:
        await turn
        return recorded_ids(await store.peek(convs[0])) == ["1", "2"]
    except StoreUnavailable:
        return False
    finally:
        await store.close()


async def test_the_store_leaves_a_primary_that_does_not_answer(servers: ReplicaPair) -> None:
    assert await answers_after_a_hang(servers, PostgresStore)


async def test_waiting_for_a_primary_that_does_not_answer_is_detected(
    servers: ReplicaPair,
) -> None:
    assert not await answers_after_a_hang(servers, DriverFailoverStore)


async def acknowledged_and_stored(
    servers: ReplicaPair, kind: type[PostgresStore]
) -> tuple[bool, bool]:
    """Return whether a turn that only the primary had was acknowledged, and whether it is stored
    after the failover."""
    await servers.add_standby()
    store = kind(servers.url, command_seconds=0.3, retry_seconds=1.0)
    await store.open()
    conv = f"web:{kind.__name__}"
    await store.apply([message(conv, "1")], echo_step)
    await servers.cut_replication()
    turn = asyncio.create_task(store.apply([message(conv, "2")], echo_step))
    # A commit that is cut off while it waits for the standby is visible on the primary.
    waits = "SELECT max(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    while not (backend := await servers.query(servers.primary, waits)):
        assert not turn.done()
    await servers.query(servers.primary, f"SELECT pg_terminate_backend({backend})")
    [result] = await asyncio.gather(turn, return_exceptions=True)
    servers.kill_primary()
    await servers.promote_standby()
    stored = recorded_ids(await store.peek(conv)) == ["1", "2"]
    [answered] = await store.apply([message(conv, "2")], echo_step)
    assert answered.duplicate == stored
    await store.close()
    return not isinstance(result, StoreUnavailable), stored


async def test_a_turn_that_only_the_primary_has_is_not_acknowledged(servers: ReplicaPair) -> None:
    assert await acknowledged_and_stored(servers, PostgresStore) == (False, False)


async def test_answering_from_rows_of_the_primary_only_is_detected(servers: ReplicaPair) -> None:
    assert await acknowledged_and_stored(servers, NoStandbyWaitStore) == (True, False)


async def test_the_url_in_the_settings_leads_to_the_server_that_accepts_writes(
    servers: ReplicaPair,
) -> None:
    await servers.add_standby()
    for ports in (servers.ports, reversed(servers.ports)):
        url = servers.url_of(*ports)
        for given in (url, url.partition("?")[0]):
            store = await open_store(store_url(Settings(store=given)))
            await store.check()
            await store.close()
