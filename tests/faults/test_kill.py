"""SIGKILL at random points under load, over SQLite: no acknowledged turn is lost or repeated.

FAULT_KILLS: how many (default 50; 1,000 take about two minutes).
"""

from __future__ import annotations

import asyncio
import os
import random
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.support.harness import (
    Client,
    DeliveryLog,
    ProcessStarter,
    process_starter,
    wait_for_all,
)

KILLS = int(os.environ.get("FAULT_KILLS", "50"))
CONVERSATIONS = 8
# The whole file is checked on opening: a long one would make each restart slow.
KILLS_PER_FILE = 100


async def converse(client: Client, log: DeliveryLog, conv: str, rng: random.Random) -> None:
    """Send one message after another without end, now and then an earlier one again."""
    delivered = log.delivered.setdefault(conv, [])
    while True:
        delivered.append(str(len(delivered)))
        if await client.deliver(log, conv, delivered[-1]) and rng.random() < 0.25:
            await client.deliver(log, conv, rng.choice(delivered))


async def redeliver(
    client: Client, log: DeliveryLog, convs: list[str], rng: random.Random
) -> None:
    """Deliver again all messages that were not acknowledged and some that were; then check the
    sessions."""

    async def one(conv: str) -> None:
        again = [
            m
            for m in log.delivered[conv]
            if (conv, m) not in log.acknowledged or rng.random() < 0.2
        ]
        for message_id in again:
            if not await client.deliver(log, conv, message_id):
                log.faults.append(f"{conv} {message_id}: rejected when delivered again")
        log.check_session(conv, *await client.peek(conv))

    await asyncio.gather(*(one(conv) for conv in convs))


async def kill_under_load(
    starter: ProcessStarter, kind: str, path: Path, kills: int, rng: random.Random
) -> tuple[DeliveryLog, int]:
    """Return the log after this many kills, and how many replies were sent again."""
    log = DeliveryLog()
    convs: list[str] = []
    for number in range(kills + 1):
        process = await starter.start(kind, str(path))
        client, sender = await process.connect(), await process.connect()
        sender.receive_replies(log)
        await redeliver(client, log, convs, rng)
        if number == kills:
            await log.wait_for_replies()
        else:
            convs = [f"telegram:{number}-{n}" for n in range(CONVERSATIONS)]
            conversations = asyncio.gather(
                *(converse(client, log, conv, rng) for conv in convs), return_exceptions=True
            )
            # After some acknowledgements rather than some time: a slow machine does little in it.
            with suppress(TimeoutError):
                await asyncio.wait_for(
                    log.wait_for_acknowledgements(len(log.acknowledged) + rng.randint(0, 40)), 0.5
                )
            await asyncio.sleep(rng.uniform(0, 0.01))
            process.kill()
            await wait_for_all([conversations])
            await process.wait_for_end()
        process.kill()
    return log, log.repeated_replies()


async def test_a_kill_loses_no_acknowledged_turn_and_repeats_none(tmp_path: Path) -> None:
    rng = random.Random(1)
    acknowledged = repeated = 0
    async with process_starter(tmp_path) as starter:
        for start in range(0, KILLS, KILLS_PER_FILE):
            kills = min(KILLS_PER_FILE, KILLS - start)
            path = tmp_path / f"{start}.db"
            log, repeats = await kill_under_load(starter, "SqliteStore", path, kills, rng)
            assert log.faults == []
            assert log.turns == sum(map(len, log.delivered.values()))
            assert len(log.acknowledged) > kills, "there must be load"
            assert repeats <= kills
            acknowledged += len(log.acknowledged)
            repeated += repeats
    print(f"kills {KILLS}, acknowledged {acknowledged}, repeated replies {repeated}")


@pytest.mark.parametrize(
    ("bug", "words"),
    [
        ("AcknowledgeFirstStore", "stored"),
        ("NoDedupeStore", "turns"),
        ("SplitTransactionStore", "rejected"),
    ],
)
async def test_a_planted_bug_is_detected(tmp_path: Path, bug: str, words: str) -> None:
    async with process_starter(tmp_path) as starter:
        log, _ = await kill_under_load(starter, bug, tmp_path / "bot.db", 8, random.Random(2))
    assert [fault for fault in log.faults if words in fault] != []
