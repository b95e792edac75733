"""kill -9 at random points under load, over SQLite: nothing acknowledged is lost or doubled.

FAULT_KILLS says how many (50 by default; 1,000 take about two minutes).
"""

from __future__ import annotations

import asyncio
import os
import random
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.harness import Client, Ledger, Nursery, all_of, nursery

KILLS = int(os.environ.get("FAULT_KILLS", "50"))
TALKS = 8
# A file is checked whole when it is opened; a long one would make the kills slow.
KILLS_PER_FILE = 100


async def talk(client: Client, ledger: Ledger, conv: str, rng: random.Random) -> None:
    """One founder: a message after the other, for ever, now and then one that was sent before."""
    told = ledger.told.setdefault(conv, [])
    while True:
        told.append(str(len(told)))
        if await client.tell(ledger, conv, told[-1]) and rng.random() < 0.25:
            await client.tell(ledger, conv, rng.choice(told))


async def settle(client: Client, ledger: Ledger, convs: list[str], rng: random.Random) -> None:
    """Deliver again what was not acknowledged, and some that was; then compare the states."""

    async def one(conv: str) -> None:
        told = ledger.told[conv]
        again = [m for m in told if (conv, m) not in ledger.acks or rng.random() < 0.2]
        for message_id in again:
            if not await client.tell(ledger, conv, message_id):
                ledger.faults.append(f"{conv} {message_id}: refused when delivered again")
        ledger.state(conv, *await client.peek(conv))

    await asyncio.gather(*(one(conv) for conv in convs))


async def kill_under_load(
    born: Nursery, kind: str, path: Path, kills: int, rng: random.Random
) -> tuple[Ledger, int]:
    """The ledger after so many kills, and how many replies were sent again."""
    ledger = Ledger()
    convs: list[str] = []
    for number in range(kills + 1):
        process = await born.start(kind, str(path))
        client, sender = await process.connect(), await process.connect()
        sender.take_replies(ledger)
        await settle(client, ledger, convs, rng)
        if number == kills:
            await ledger.settled()
        else:
            convs = [f"telegram:{number}-{n}" for n in range(TALKS)]
            talks = asyncio.gather(
                *(talk(client, ledger, conv, rng) for conv in convs), return_exceptions=True
            )
            # By what was acknowledged, not by time alone: on a slow machine little happens in it.
            with suppress(TimeoutError):
                await asyncio.wait_for(ledger.reached(len(ledger.acks) + rng.randint(0, 40)), 0.5)
            await asyncio.sleep(rng.uniform(0, 0.01))
            process.kill()
            await all_of([talks])
            await process.gone()
        process.kill()
    return ledger, ledger.repeats()


async def test_a_kill_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    rng = random.Random(1)
    acknowledged = repeated = 0
    async with nursery(tmp_path) as born:
        for start in range(0, KILLS, KILLS_PER_FILE):
            kills = min(KILLS_PER_FILE, KILLS - start)
            path = tmp_path / f"{start}.db"
            ledger, repeats = await kill_under_load(born, "SqliteStore", path, kills, rng)
            assert ledger.faults == []
            assert ledger.turns == sum(map(len, ledger.told.values()))
            assert len(ledger.acks) > kills, "there was load"
            assert repeats <= kills
            acknowledged += len(ledger.acks)
            repeated += repeats
    print(f"kills {KILLS}, acknowledged {acknowledged}, repeated replies {repeated}")


@pytest.mark.parametrize(
    ("bug", "words"),
    [
        ("AcknowledgeFirstStore", "kept"),
        ("NoDedupeStore", "turns"),
        ("SplitTransactionStore", "refused"),
    ],
)
async def test_a_planted_bug_is_caught(tmp_path: Path, bug: str, words: str) -> None:
    async with nursery(tmp_path) as born:
        ledger, _ = await kill_under_load(born, bug, tmp_path / "bot.db", 8, random.Random(2))
    assert [fault for fault in ledger.faults if words in fault] != []
