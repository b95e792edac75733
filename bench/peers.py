"""Durable turns per second in process, beside a bot with python-telegram-bot and SQLite:

    python -m bench.peers [--seconds 2.5] [--rounds 3] [--loop uvloop|asyncio]

Ours is the Telegram channel with the real guide on the real knowledge over SQLite with
synchronous=FULL. A user starts, answers the questions at random (half by number, half by label),
asks a question of their own after the second answer, then 找谁, finishes the interview and opens
the first support of the result. Where the question was answered with a list, which pauses the
interview, the user goes on with the button for it. Measured twice: with a new question per user,
and with 20 users whose conversations repeat. The peer is bench.peer_bot with synchronous=NORMAL,
also twice: one update at a time, as python-telegram-bot requires for ConversationHandler, and with
`concurrent_updates`. All take turns; the figures are medians of the rounds. CPU is that of all
threads for a turn with what plays the users; the step is the dialogue, and the rest the channel,
the guide and the store. On a machine with other load, CPU says more than the rate.

Both sides parse updates, and a turn ends when its last reply reached the same simulated network.
Ours does more: it recognises repeated deliveries, and its replies are stored until they are sent.
The peer answers every free question with one constant, and its file survives a crash of the
process but not a power cut. No other framework is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import gc
import itertools
import os
import random
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import telegram
import uvloop

from bench import channel_bot, peer_bot
from bench.quality import KNOWLEDGE, read_questions
from bot.app.composition import load_base
from bot.channels.common.logging import configure_logging
from bot.core.dialogue.manager import KnowledgeBase

IN_FLIGHT = (1, 8, 32)
REPEATED_USERS = 20
ASK_AFTER = 2
LONGEST = 12
CONTINUE = "c:start"
NEW, REPEATED = "ours, new questions", "ours, repeated conversations"
SERIAL, CONCURRENT = "PTB, one update at a time", "PTB, concurrent_updates"
OURS, PEERS = (NEW, REPEATED), (SERIAL, CONCURRENT)
Contender = Callable[["Load", Path], Awaitable["Tally"]]


@dataclass
class Tally:
    """Seconds of each turn, kinds of turn, and errors: our interviews without a result, or replies
    of the peer that differ from the expected ones. `cpu` and `step`: CPU seconds of the run and of
    our dialogue in it."""

    ends: float
    times: list[float] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    wrong: int = 0
    cpu: float = 0.0
    step: float = 0.0

    async def timed(self, turn: Awaitable[Any], kind: str) -> Any:
        """Await this turn and record it if it ends in time."""
        began = time.perf_counter()
        result = await turn
        if not self.over:
            self.times.append(time.perf_counter() - began)
            self.kinds[kind] += 1
        return result

    @property
    def over(self) -> bool:
        """Return whether the time is over."""
        return time.perf_counter() > self.ends


@dataclass(frozen=True)
class Figures:
    """Turns per second, milliseconds per turn, and microseconds of CPU per turn: all, and our
    dialogue's."""

    rate: float
    p50: float
    p99: float
    cpu: float
    step: float


@dataclass(frozen=True)
class Load:
    """How many conversations run at a time, and for how many seconds."""

    in_flight: int
    seconds: float


@dataclass(frozen=True)
class User:
    """One interview with our bot."""

    bot: channel_bot.ChannelBot
    chat: int
    question: str
    chance: random.Random
    tally: Tally

    async def converse(self) -> None:
        """Run from the start to the result."""
        record = await self._say("command", "/start")
        for answered in range(LONGEST):
            if self.tally.over:
                return
            if answered == ASK_AFTER:
                await self._say("question", self.question)
                record = await self._say("question", "找谁")
            if not record["question"]:
                break
            record = await self._answer(record)
        if not record["findings"]:
            self.tally.wrong += 1
            return
        await self._say("answer", "1")

    async def _answer(self, record: dict[str, Any]) -> Any:
        slot = f"a:{record['question']}:"
        offered = record["replies"][-1]["choices"]
        numbers = [n for n, c in enumerate(offered, 1) if c["id"].startswith(slot)]
        if not numbers:
            numbers = [n for n, c in enumerate(offered, 1) if c["id"] == CONTINUE]
        number = self.chance.choice(numbers)
        by_number = self.chance.random() < 0.5
        return await self._say(
            "answer", str(number) if by_number else offered[number - 1]["label"]
        )

    async def _say(self, kind: str, text: str) -> Any:
        return await self.tally.timed(self.bot.say(self.chat, text), kind)


async def ours(
    base: KnowledgeBase, questions: Sequence[str], repeated: bool, load: Load, file: Path
) -> Tally:
    """Run users on our guide, `in_flight` at a time."""
    if not repeated:
        base.cache.clear()
    numbers = itertools.count(1)
    async with channel_bot.running(file, base) as bot:
        tally = Tally(time.perf_counter() + load.seconds)
        began = time.process_time()

        async def worker() -> None:
            while not tally.over:
                number = next(numbers)
                same = number % REPEATED_USERS if repeated else number
                question = questions[same % len(questions)]
                await User(bot, number, question, random.Random(same), tally).converse()

        await asyncio.gather(*(worker() for _ in range(load.in_flight)))
        tally.cpu, tally.step = time.process_time() - began, bot.step_seconds
    return tally


async def peer(concurrent: bool, load: Load, file: Path) -> Tally:
    """Run users on the peer."""
    chats = itertools.count(1)
    async with peer_bot.running(file, concurrent) as bot:
        tally = Tally(time.perf_counter() + load.seconds)
        began = time.process_time()

        async def worker() -> None:
            while not tally.over:
                chat = next(chats)
                for said, expected in peer_bot.CONVERSATION:
                    if tally.over:
                        return
                    kind = "question" if said == peer_bot.FREE else "typed"
                    reply = await tally.timed(bot.say(chat, said), kind)
                    tally.wrong += not reply.startswith(expected)

        await asyncio.gather(*(worker() for _ in range(load.in_flight)))
        tally.cpu = time.process_time() - began
    return tally


async def wire(file: Path, count: int = 2_000) -> float:
    """Return the microseconds that PTB takes to parse an update and send a reply."""
    async with peer_bot.running(file, concurrent=False) as bot:
        began = time.perf_counter()
        for number in range(count):
            message = bot.update(number, peer_bot.FREE).message
            assert message
            keyboard = telegram.ReplyKeyboardMarkup([peer_bot.QUESTIONS[0][2]])
            await message.reply_text(peer_bot.QUESTIONS[0][1], reply_markup=keyboard)
        return (time.perf_counter() - began) / count * 1e6


def contenders(base: KnowledgeBase, questions: Sequence[str]) -> dict[str, Contender]:
    """Return our and the peer's contenders by name, in the order in which they take turns."""
    return {
        NEW: partial(ours, base, questions, False),
        SERIAL: partial(peer, False),
        REPEATED: partial(ours, base, questions, True),
        CONCURRENT: partial(peer, True),
    }


def figures(tally: Tally, elapsed: float) -> Figures:
    """Return the figures of a run."""
    times = sorted(tally.times)
    p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
    cpu, step = (x / len(times) * 1e6 for x in (tally.cpu, tally.step))
    return Figures(len(times) / elapsed, p50 * 1000, p99 * 1000, cpu, step)


def questions_on_file(seed: int) -> list[str]:
    """Return all questions of tests/questions, shuffled."""
    files = sorted((KNOWLEDGE.parent / "tests/questions").rglob("*.yaml"))
    found = list(dict.fromkeys(q.text for file in files for q in read_questions(file)))
    random.Random(seed).shuffle(found)
    return found


class Comparison:
    """Runs the contenders and collects the kinds of turns and the errors."""

    def __init__(
        self, contenders: dict[str, Contender], loop: Callable[[], Any], folder: Path
    ) -> None:
        self._contenders = contenders
        self._loop = loop
        self._files = (folder / f"{n}.db" for n in itertools.count())
        self.kinds: dict[str, Counter[str]] = defaultdict(Counter)
        self.wrong: Counter[str] = Counter()

    def run(self, work: Callable[[Path], Awaitable[Any]]) -> Any:
        """Run this on a new event loop over a new file."""

        async def main() -> Any:
            return await work(next(self._files))

        with asyncio.Runner(loop_factory=self._loop) as runner:
            return runner.run(main())

    def medians(self, in_flight: int, seconds: float, rounds: int) -> dict[str, Figures]:
        """Run every contender `rounds` times in turn; return the medians."""
        found: dict[str, list[Figures]] = defaultdict(list)
        for _, (name, contender) in itertools.product(range(rounds), self._contenders.items()):
            gc.collect()
            tally = self.run(partial(contender, Load(in_flight, seconds)))
            found[name].append(figures(tally, seconds))
            self.kinds[name] += tally.kinds
            self.wrong[name] += tally.wrong
        return {
            name: Figures(
                *(
                    statistics.median(getattr(f, x.name) for f in runs)
                    for x in dataclasses.fields(Figures)
                )
            )
            for name, runs in found.items()
        }


def show(in_flight: int, found: dict[str, Figures]) -> None:
    """Print the figures and ratios of one number in flight."""
    best = max(found[name].rate for name in PEERS)
    for name in (*OURS, *PEERS):
        f = found[name]
        ratio = f"   {f.rate / found[SERIAL].rate:5.2f} × {f.rate / best:5.2f} ×"
        print(
            f"{in_flight:9}  {name:30}{f.rate:8,.0f} {f.p50:8.2f} {f.p99:8.2f}"
            f" {f.cpu:8,.0f} {f.step:8,.0f}"
            f"{ratio if name in OURS else ''}"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.peers")
    parser.add_argument("--seconds", type=float, default=2.5, help="length of one run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--loop", choices=("uvloop", "asyncio"), default="uvloop")
    options = parser.parse_args(arguments)
    loop = uvloop.new_event_loop if options.loop == "uvloop" else asyncio.new_event_loop
    configure_logging("warning")
    print(_machine("before"))
    with tempfile.TemporaryDirectory() as name:
        base = load_base(KNOWLEDGE, Path(name))
        comparison = Comparison(contenders(base, questions_on_file(seed=1)), loop, Path(name))
        gc.collect()
        gc.freeze()
        comparison.medians(8, 0.5, 1)
        comparison.kinds.clear()
        print(
            f"in flight {'turns/s':>39}   p50 ms   p99 ms   CPU µs  step µs"
            "   to PTB serial, to the faster PTB"
        )
        for in_flight in IN_FLIGHT:
            show(in_flight, comparison.medians(in_flight, options.seconds, options.rounds))
        for who in (*OURS, *PEERS):
            kinds = comparison.kinds[who]
            shares = {k: f"{100 * n / kinds.total():.0f} %" for k, n in kinds.most_common()}
            print(f"{who}: {shares}, wrong {comparison.wrong[who]}")
        print(f"parsing and sending in a turn of the peer: {comparison.run(wire):.0f} µs")
    print(_machine("after"))
    return 0


def _machine(when: str) -> str:
    load = " ".join(f"{x:.2f}" for x in os.getloadavg())
    return f"load {when}: {load} on {os.cpu_count()} cores, PTB {telegram.__version__}"


if __name__ == "__main__":
    sys.exit(main())
