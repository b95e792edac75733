"""The composition root: the only module that knows every part, and the only one that reads the
clock."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar
from zoneinfo import ZoneInfo

from bot.content.checks.scenario_runner import check_scenarios, run_scenario
from bot.content.readers.loader import load, scenarios
from bot.content.search.index_cache import index_for, is_cached, private_folder
from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.dialogue.single_turn import ask as ask_base
from bot.core.domain.cache import CacheKind
from bot.core.domain.knowledge import Knowledge
from bot.core.domain.replies import Card, Link, Turn
from bot.core.domain.session import Profile, Session, Utterance
from bot.core.eligibility.verdicts import Verdict, evaluate_all, rank
from bot.core.responses.phrasebook import Phrasebook
from bot.core.responses.support_answer import AnswerRenderer
from bot.errors import KnowledgeError, Problem
from bot.service.guide import Guide
from bot.service.ports import Incoming, Step
from bot.storage.factory import open_store

if TYPE_CHECKING:
    # Reading settings costs a quarter of a second, and not every command has any.
    from bot.config import Settings

T = TypeVar("T")
LOCAL = ZoneInfo("Asia/Shanghai")
CACHE = "data/cache"
MEMORY = "memory://"


def now() -> datetime:
    """The time in Liuzhou."""
    return datetime.now(LOCAL)


def today() -> date:
    """The day in Liuzhou."""
    return now().date()


def load_base(knowledge: Path, home: Path) -> KnowledgeBase:
    """The knowledge of this folder, with its search index; tables are kept under `home`.

    Raises KnowledgeError with every problem at once. Takes up to a few seconds the first time.
    """
    return _based_on(load(knowledge), home)


def _based_on(held: Knowledge, home: Path) -> KnowledgeBase:
    return KnowledgeBase(held, index_for(held, private_folder(home / CACHE)))


def first_base(knowledge: Path, home: Path) -> KnowledgeBase:
    """The knowledge to start serving with: well-formed, its tables made in a process of its own
    where they do not lie in the cache yet. Raises KnowledgeError."""
    held = load(knowledge)
    if not is_cached(held, private_folder(home / CACHE)):
        _prepare_apart(knowledge, home)
    return load_base(knowledge, home)


def fresh_base(knowledge: Path, home: Path, live: KnowledgeBase) -> KnowledgeBase:
    """The same as `checked_base`, with the work done in a process of its own: checking, playing
    and indexing would double this one's memory and hold up its turns. It is `live` where that
    is what stands in the folder.

    Raises KnowledgeError with what the other process found.
    """
    try:
        found = json.loads(_prepare_apart(knowledge, home))
    except ValueError:
        return checked_base(knowledge, home)
    if found["problems"]:
        raise KnowledgeError([Problem(*problem) for problem in found["problems"]])
    if found["version"] == live.knowledge.version:
        return live
    base = load_base(knowledge, home)
    if base.knowledge.version != found["version"]:
        # Saved again meanwhile: what was checked is not what we read.
        return checked_base(knowledge, home)
    return base


def _prepare_apart(knowledge: Path, home: Path) -> bytes:
    done = subprocess.run(  # noqa: S603 - our own program, no shell
        [sys.executable, "-m", "bot", "prepare", str(knowledge), str(home)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=False,
    )
    return done.stdout


def prepare(knowledge: Path, home: Path) -> dict[str, Any]:
    """What `fresh_base` hears from its process: the version that holds, or the problems. The
    tables lie in the cache then."""
    try:
        base = checked_base(knowledge, home)
    except KnowledgeError as error:
        return {"version": "", "problems": [astuple(problem) for problem in error.problems]}
    return {"version": base.knowledge.version, "problems": []}


def checked_base(knowledge: Path, home: Path) -> KnowledgeBase:
    """The same, only if every check and every scenario holds. Raises KnowledgeError."""
    from bot.content.checks.required_phrases import required_phrases
    from bot.content.checks.run import examine

    found = examine(knowledge, today(), required_phrases())
    if found.problems or found.knowledge is None:
        raise KnowledgeError(found.problems)
    base = _based_on(found.knowledge, home)
    missed = check_scenarios(found.scenarios, base, today())
    if missed:
        raise KnowledgeError(sorted(missed))
    return base


def step_over(
    base: Callable[[], KnowledgeBase], result_link: Callable[[Profile, date], str] | None = None
) -> Step:
    """The step that the guide takes for each message, over the knowledge that is live.

    `result_link` gives the page of a founder's result; messengers show it below the results.
    Where the talk stands and what was said are all that a turn hangs on: who comes to the same
    place and says the same gets the turn that somebody else got.
    """

    def take(session: Session, incoming: Incoming) -> Turn:
        live, day, said = base(), incoming.received_at.astimezone(LOCAL).date(), incoming.utterance
        key = (session, said.text, said.choice, day)
        return live.cache.get(CacheKind.TURN, key, lambda: turn(session, said, live, day))

    def turn(session: Session, said: Utterance, live: KnowledgeBase, day: date) -> Turn:
        turn = step(session, said, live, day)
        if turn.findings and result_link and turn.session.profile:
            label = live.knowledge.say("result_page")
            link = Link(label, result_link(turn.session.profile, day))
            *before, last = turn.replies
            turn = turn._replace(replies=(*before, last._replace(links=(*last.links, link))))
        return turn

    return take


def record(base: KnowledgeBase, session: Session, said: Utterance) -> dict[str, Any]:
    """The record of a turn that is kept nowhere."""
    return step(session, said, base, today()).record()


def result_cards(base: KnowledgeBase, profile: Profile, day: date) -> list[Card]:
    """What applies and what may, as cards for the page of a result."""
    answerer = AnswerRenderer(Phrasebook(base.knowledge, day))
    found = rank(evaluate_all(base.knowledge, profile), profile)
    return [answerer.card(f, profile) for f in found if f.verdict is not Verdict.NOT_APPLICABLE]


def ask(base: KnowledgeBase, text: str) -> dict[str, Any]:
    """Outcome, matches and reply for a question without a conversation."""
    return ask_base(text, base, today())


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run this to its end."""
    return asyncio.run(work)


async def chat_terminal(
    base: KnowledgeBase, store_url: str, settings: Settings, environ: Mapping[str, str]
) -> int:
    """Talk with the person at the terminal until they leave. `environ` may ask for NO_COLOR."""
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
                lambda: base.knowledge,
                colour=wants_colour(sys.stdout, environ),
            )
    finally:
        await store.close()
    return 0


async def chat_lines(
    base: KnowledgeBase,
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


def _guide(store: Any, base: KnowledgeBase, settings: Settings) -> Guide:
    return Guide(store, step_over(lambda: base), queue_limit=settings.limits.queue, clock=now)


def _write_out(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The problems of a knowledge folder, and how much it holds (0 if there are problems)."""

    problems: tuple[Problem, ...]
    supports: int = 0
    clauses: int = 0
    questions: int = 0
    scenarios: int = 0


def check(folder: Path, home: Path) -> CheckReport:
    """Check the form and the content of a knowledge folder, and run its scenarios."""
    try:
        held = checked_base(folder, home).knowledge
    except KnowledgeError as error:
        return CheckReport(error.problems)
    questions = [len(support.questions) for support in held.supports.values()]
    questions += [len(topic.questions) for topic in held.signposts.values()]
    return CheckReport(
        problems=(),
        supports=len(held.supports),
        clauses=len(held.clauses),
        questions=sum(questions),
        scenarios=len(scenarios(folder)),
    )


def coverage_report(folder: Path) -> str:
    """What covers each paragraph of the source, in words."""
    from bot.content.checks.source_coverage import coverage

    return str(coverage(folder))


def replay(base: KnowledgeBase, files: Sequence[Path], out: TextIO) -> int:
    """Show these scenario files as conversations; how many things were not as expected."""
    missed = conversations = steps = 0
    folder = files[0].absolute().parent.parent
    names = {file.name for file in files}
    for scenario in scenarios(folder):
        if Path(scenario.file).name not in names:
            continue
        out.write(f"\n== {scenario.name} ==\n")
        conversations += 1
        steps += len(scenario.talk)
        for played in run_scenario(scenario, base, today()):
            out.write(f"你　　 {played.step.say or '[' + played.step.tap + ']'}\n")
            for reply in played.turn.replies:
                text = reply.text.replace("\n", "\n　　　 ")
                out.write(f"柳创通 {text}\n")
                if reply.choices:
                    out.write("　　　 " + " ".join(f"[{o.label}]" for o in reply.choices) + "\n")
            for miss in played.failures:
                missed += 1
                out.write(f"　　　 ✗ {miss}\n")
    result = f"有 {missed} 处不符" if missed else "全部符合"
    out.write(f"\n播放完毕：{conversations} 段对话、{steps} 句，{result}\n")
    return missed
