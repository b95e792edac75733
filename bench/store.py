"""Measure durable turns per second in process, over SQLite with synchronous=FULL:

    python -m bench.store [--real] [--store URL] [--seconds 2]

Uses a trivial step, with 1, 8 and 32 messages in flight. Prints the median of three runs, with
p50 and p99 of a turn, and the largest size of SQLite's log in any run. `--real` uses the real
step over the repository's knowledge; all users ask the same, so its caches are effective
(bench.peers asks new questions). `--store` measures another store, for example PostgreSQL.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import itertools
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Session, Utterance
from bot.service.guide import Guide
from bot.service.ports import Incoming, Step
from bot.storage import open_store

IN_FLIGHT = (1, 8, 32)
RUNS = 3
SECONDS = 2.0
INTERVIEW = (
    "开始",
    "在校学生",
    "还在想",
    "资金",
    "休学创业能保留学籍吗",
    "找谁",
    "结果",
    "开网店能贷款吗",
)


@dataclass(frozen=True)
class Figures:
    """Turns per second, milliseconds per turn, and the largest log size in megabytes."""

    rate: float
    p50: float
    p99: float
    log: float


def trivial(session: Session, incoming: Incoming) -> Turn:
    """Return a turn with one short reply."""
    said = f"第{session.page + 1}轮：{incoming.utterance.text}"
    return Turn(session._replace(page=session.page + 1), (Reply(said),))


def real() -> Step:
    """Return the step that `serve` uses, over knowledge/."""
    # Imported here: the store alone must be measurable without the rest.
    from bot.app.composition import load_base, step_over

    base = load_base(Path("knowledge"), Path.cwd())
    return step_over(lambda: base)


async def largest_log(url: str, sizes: list[int]) -> None:
    """Append the size of SQLite's log in bytes, 20 times per second, until cancelled."""
    log = f"{url.removeprefix('sqlite:///')}-wal"
    while url.startswith("sqlite:"):
        await asyncio.sleep(0.05)
        with suppress(FileNotFoundError):
            sizes.append(os.stat(log).st_size)  # noqa: PTH116 - takes microseconds


async def run(step: Step, url: str, in_flight: int, seconds: float, name: str) -> Figures:
    """Run `in_flight` users who each wait for their answer before the next message."""
    store = await open_store(url)
    times: list[float] = []
    sizes = [0]
    now = datetime.now(UTC)
    watching = asyncio.create_task(largest_log(url, sizes))
    async with Guide(store, step, clock=lambda: now) as guide:
        ends = time.perf_counter() + seconds

        async def user(place: int) -> None:
            for number in itertools.count():
                for turn, text in enumerate(INTERVIEW):
                    began = time.perf_counter()
                    if began > ends:
                        return
                    conv = f"bench:{name}-{place}-{number}"
                    await guide.answer(Incoming(conv, str(turn), Utterance(text), now))
                    times.append(time.perf_counter() - began)

        await asyncio.gather(*(user(place) for place in range(in_flight)))
    watching.cancel()
    await store.close()
    times.sort()
    p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
    return Figures(len(times) / seconds, p50 * 1000, p99 * 1000, max(sizes) / 1e6)


def measure(step: Step, address: Callable[[], str], in_flight: int, seconds: float) -> Figures:
    """Return the medians of RUNS runs, and the largest log of any."""
    runs = [
        asyncio.run(run(step, address(), in_flight, seconds, f"{time.time_ns()}"))
        for _ in range(RUNS)
    ]
    rate, p50, p99 = (
        statistics.median(values)
        for values in zip(*((r.rate, r.p50, r.p99) for r in runs), strict=True)
    )
    return Figures(rate, p50, p99, max(r.log for r in runs))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", action="store_true", help="the real step, not a trivial one")
    parser.add_argument("--store", help="a store URL; by default a new SQLite file per run")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of one run")
    options = parser.parse_args()
    step = real() if options.real else trivial
    gc.collect()
    gc.freeze()
    with tempfile.TemporaryDirectory() as folder:
        files = (f"sqlite:///{folder}/{n}.db" for n in itertools.count())
        print("in flight   turns/s   p50 ms   p99 ms   largest log MB")
        for in_flight in IN_FLIGHT:
            address = (lambda: options.store) if options.store else (lambda: next(files))
            found = measure(step, address, in_flight, options.seconds)
            times = f"{found.rate:9,.0f} {found.p50:8.2f} {found.p99:8.2f}"
            print(f"{in_flight:9} {times} {found.log:16.1f}")


if __name__ == "__main__":
    main()
