"""Durable turns a second in process, over SQLite with synchronous=FULL: `python -m bench.store`.

With a trivial step, at 1, 8 and 32 messages in flight; the median of three runs, with p50 and p99
of a turn. `--real` takes the real guide over the repository's knowledge instead (everybody asks
the same, so what they ask is remembered: bench.peers asks anew), and `--store URL` another store
(PostgreSQL, say).
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import itertools
import statistics
import tempfile
import time
from collections.abc import Callable
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
    """What one run measured."""

    rate: float
    p50: float
    p99: float


def trivial(session: Session, incoming: Incoming) -> Turn:
    """As little as a turn can be."""
    said = f"第{session.page + 1}轮：{incoming.utterance.text}"
    return Turn(session._replace(page=session.page + 1), (Reply(said),))


def real() -> Step:
    """The guide as it is served, over knowledge/."""
    # Only here: the bare store must be measurable without the rest.
    from bot.app.composition import load_base, step_over

    base = load_base(Path("knowledge"), Path.cwd())
    return step_over(lambda: base)


async def run(step: Step, url: str, in_flight: int, seconds: float, name: str) -> Figures:
    """Founders who each wait for their answer before they go on."""
    store = await open_store(url)
    times: list[float] = []
    now = datetime.now(UTC)
    async with Guide(store, step, clock=lambda: now) as guide:
        ends = time.perf_counter() + seconds

        async def founders(place: int) -> None:
            for number in itertools.count():
                for turn, text in enumerate(INTERVIEW):
                    began = time.perf_counter()
                    if began > ends:
                        return
                    conv = f"bench:{name}-{place}-{number}"
                    await guide.answer(Incoming(conv, str(turn), Utterance(text), now))
                    times.append(time.perf_counter() - began)

        await asyncio.gather(*(founders(place) for place in range(in_flight)))
    await store.close()
    times.sort()
    p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
    return Figures(len(times) / seconds, p50 * 1000, p99 * 1000)


def measure(step: Step, address: Callable[[], str], in_flight: int, seconds: float) -> Figures:
    """The medians of three runs."""
    runs = [
        asyncio.run(run(step, address(), in_flight, seconds, f"{time.time_ns()}"))
        for _ in range(RUNS)
    ]
    return Figures(
        *(statistics.median(getattr(r, name) for r in runs) for name in ("rate", "p50", "p99"))
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", action="store_true", help="the real guide, not a trivial step")
    parser.add_argument("--store", help="a store URL; without it, a new SQLite file a run")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of one run")
    options = parser.parse_args()
    step = real() if options.real else trivial
    gc.collect()
    gc.freeze()
    with tempfile.TemporaryDirectory() as folder:
        files = (f"sqlite:///{folder}/{n}.db" for n in itertools.count())
        print("in flight   turns/s   p50 ms   p99 ms")
        for in_flight in IN_FLIGHT:
            address = (lambda: options.store) if options.store else (lambda: next(files))
            found = measure(step, address, in_flight, options.seconds)
            print(f"{in_flight:9} {found.rate:9,.0f} {found.p50:8.2f} {found.p99:8.2f}")


if __name__ == "__main__":
    main()
