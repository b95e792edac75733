"""The composition root: the only module that knows every part, and the only one that reads the
clock."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from bot import __version__
from bot.catalog.loader import load, scenarios
from bot.catalog.tables import index_for, private_folder
from bot.config import Settings
from bot.core.dialogue import Base, step
from bot.core.dialogue import ask as ask_base
from bot.core.replies import Turn
from bot.core.session import Session, Utterance
from bot.errors import KnowledgeError, Problem
from bot.rehearsal import play, rehearse
from bot.service import Guide, Incoming, Step
from bot.storage.urls import open_store

LOCAL = ZoneInfo("Asia/Shanghai")
CACHE = "data/cache"
MEMORY = "memory://"


def now() -> datetime:
    """The time in Liuzhou."""
    return datetime.now(LOCAL)


def today() -> date:
    """The day in Liuzhou."""
    return now().date()


def home(config: str) -> Path:
    """The folder that our own data lives under: where the settings file is."""
    return Path(config).absolute().parent


def load_base(knowledge: Path, home: Path) -> Base:
    """The knowledge of this folder, with its search index; tables are kept under `home`.

    Raises KnowledgeError with every problem at once. Takes up to a few seconds the first time.
    """
    held = load(knowledge)
    return Base(held, index_for(held, private_folder(home / CACHE), __version__))


def step_over(base: Callable[[], Base]) -> Step:
    """The step that the guide takes for each message, over the knowledge that is live."""

    def take(session: Session, incoming: Incoming) -> Turn:
        return step(session, incoming.utterance, base(), incoming.received_at.date())

    return take


def ask(base: Base, text: str) -> dict[str, Any]:
    """Outcome, matches and reply for a question without a conversation."""
    return ask_base(text, base, today())


def run(work: Coroutine[Any, Any, int]) -> int:
    """Run this to its end."""
    return asyncio.run(work)


async def chat_terminal(base: Base, store_url: str, settings: Settings) -> int:
    """Talk with the person at the terminal until they leave."""
    from bot.channels.terminal import console_reader, run_terminal, wants_colour

    store = await open_store(store_url)
    try:
        async with _guide(store, base, settings) as guide:
            await run_terminal(
                guide,
                "terminal:local",
                console_reader(),
                _write_out,
                now,
                colour=wants_colour(sys.stdout, {}),
            )
    finally:
        await store.close()
    return 0


async def chat_lines(
    base: Base,
    store_url: str,
    settings: Settings,
    lines: Iterable[dict[str, Any]],
    emit: Callable[[dict[str, Any]], None],
) -> int:
    """Design section 9's `chat --jsonl`: one object out for each that came in."""
    store = await open_store(store_url)
    started = now().strftime("%Y%m%dT%H%M%S%f")
    numbers = count(1)
    loop = asyncio.get_running_loop()
    source = iter(lines)
    try:
        async with _guide(store, base, settings) as guide:
            while (item := await loop.run_in_executor(None, next, source, None)) is not None:
                if fault := _line_fault(item):
                    emit({"user": item.get("user"), "error": fault})
                    continue
                said = Utterance(text=item.get("text", ""), choice=item.get("choice", ""))
                message = f"{started}-{next(numbers)}"
                incoming = Incoming(f"script:{item['user']}", message, said, now())
                answered = await guide.answer(incoming)
                emit({"user": item["user"], **answered.record})
    finally:
        await store.close()
    return 0


def _line_fault(item: dict[str, Any]) -> str:
    if "error" in item:
        return str(item["error"])
    if not isinstance(item.get("user"), str) or not item["user"]:
        return "缺少 user（一个字符串）"
    for key in ("text", "choice"):
        if not isinstance(item.get(key, ""), str):
            return f"{key} 要是字符串"
    return "" if "text" in item or "choice" in item else "要有 text 或 choice"


def _guide(store: Any, base: Base, settings: Settings) -> Guide:
    return Guide(store, step_over(lambda: base), queue_limit=settings.limits.queue, clock=now)


def _write_out(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def check(folder: Path, home: Path) -> list[Problem]:
    """Every problem of the knowledge folder: its form, its content, and its scenarios played."""
    from bot.catalog.checks import check as check_content

    problems = check_content(folder, today())
    if problems:
        return problems
    base = load_base(folder, home)
    return sorted(rehearse(scenarios(folder), base, today()))


def coverage_report(folder: Path) -> str:
    """What covers each paragraph of the source, in words."""
    from bot.catalog.coverage import coverage

    return str(coverage(folder))


def replay(base: Base, files: Sequence[Path], out: TextIO) -> int:
    """Show these scenario files as conversations; how many things were not as expected."""
    missed = 0
    folder = files[0].absolute().parent.parent
    names = {file.name for file in files}
    for scenario in scenarios(folder):
        if Path(scenario.file).name not in names:
            continue
        out.write(f"\n== {scenario.name} ==\n")
        for played in play(scenario, base, today()):
            out.write(f"你　　 {played.step.say or '[' + played.step.tap + ']'}\n")
            for reply in played.turn.replies:
                text = reply.text.replace("\n", "\n　　　 ")
                out.write(f"柳创通 {text}\n")
                if reply.choices:
                    out.write("　　　 " + " ".join(f"[{o.label}]" for o in reply.choices) + "\n")
            for miss in played.misses:
                missed += 1
                out.write(f"　　　 ✗ {miss}\n")
    out.write(f"\n{'全部符合' if not missed else f'有 {missed} 处不符'}\n")
    return missed


__all__ = ["KnowledgeError", "ask", "check", "load_base", "run"]
