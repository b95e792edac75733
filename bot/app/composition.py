"""The composition root: it connects content, core, service, storage and channels.

Only this package reads the clock.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar
from zoneinfo import ZoneInfo

from bot.content.checks.closed_supports import check_closed
from bot.content.checks.scenario_runner import best_play, check_scenarios
from bot.content.checks.scenario_states import states
from bot.content.documents.templates import Expansion, expand, is_template
from bot.content.readers.loader import load, read_folder, scenarios
from bot.content.readers.place import time_zone
from bot.content.search.cache_files import private_folder
from bot.content.search.classifier_cache import act_model_for
from bot.content.search.index_cache import index_for, is_cached
from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.dialogue.single_turn import Found
from bot.core.dialogue.single_turn import ask as ask_base
from bot.core.dialogue.single_turn import find as find_supports
from bot.core.domain.cache import CacheKind
from bot.core.domain.knowledge import Knowledge
from bot.core.domain.replies import Card, Link, Turn
from bot.core.domain.session import Profile, Session, Utterance
from bot.core.eligibility.verdicts import evaluate_all, rank
from bot.core.responses.phrasebook import Phrasebook
from bot.core.responses.results_list import is_listed
from bot.core.responses.support_answer import AnswerRenderer
from bot.errors import KnowledgeError, Problem
from bot.service.guide import Guide
from bot.service.ports import Incoming, Step
from bot.storage.factory import open_store
from bot.workshop.switches import switched_base

if TYPE_CHECKING:
    # The import takes about 0.25 s, and some commands need no settings.
    from bot.config import Settings

T = TypeVar("T")
CACHE = "data/cache"
MEMORY = "memory://"
# The channels that can send a message at any time.
PUSH_CHANNELS = frozenset({"telegram"})


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


def today(knowledge: Knowledge) -> date:
    """Return the date in the city of the knowledge."""
    return now().astimezone(ZoneInfo(knowledge.locality.time_zone)).date()


def today_of(folder: Path) -> date:
    """Return the date in the city of a knowledge folder."""
    return now().astimezone(time_zone(folder)).date()


def player(base: KnowledgeBase) -> Callable[[Session, Utterance], Turn]:
    """Return the function that plays one message of a conversation, today."""
    day = today(base.knowledge)
    return lambda session, said: step(session, said, base, day)


def load_base(knowledge: Path, home: Path) -> KnowledgeBase:
    """Load the knowledge of a folder and its search index, which is cached under `home`.

    Raises KnowledgeError with all problems. The first call takes a few seconds.
    """
    return _with_index(load(knowledge), home)


def _with_index(knowledge: Knowledge, home: Path) -> KnowledgeBase:
    cache = private_folder(home / CACHE)
    index = index_for(knowledge, cache)
    return KnowledgeBase(knowledge, index, act_model_for(knowledge, index.analyzer, cache))


def first_base(knowledge: Path, home: Path) -> KnowledgeBase:
    """Load the knowledge to start the service with. A missing index is built in a subprocess,
    which frees its memory at exit. Raises KnowledgeError."""
    if not is_cached(load(knowledge), private_folder(home / CACHE)):
        run_apart("prepare", knowledge, home)
    return load_base(knowledge, home)


def fresh_base(knowledge: Path, home: Path, live: KnowledgeBase) -> KnowledgeBase:
    """Check and load the knowledge of a folder, with the checks in a subprocess: in this process
    they would double the memory and delay turns. Return `live` if the folder has its version. A
    folder that differs in the switches for emergencies only is taken without checks.

    Raises KnowledgeError with the problems that the subprocess found.
    """
    switched = switched_base(knowledge, live)
    if switched is not None:
        return switched
    version = check_apart(knowledge, home)
    if version == live.knowledge.version:
        return live
    base = load_base(knowledge, home)
    if base.knowledge.version != version:
        # The folder changed after the check.
        return checked_base(knowledge, home)
    return base


def check_apart(knowledge: Path, home: Path) -> str:
    """Check a folder, and build its index, in a subprocess. Return the version. Raises
    KnowledgeError with the problems."""
    try:
        found = json.loads(run_apart("prepare", knowledge, home))
    except ValueError:  # the subprocess was ended
        return checked_base(knowledge, home).knowledge.version
    if found["problems"]:
        raise KnowledgeError([Problem(*problem) for problem in found["problems"]])
    return str(found["version"])


def run_apart(*arguments: str | Path) -> bytes:
    """Run a command of this program in a subprocess, which frees its memory at exit and does not
    delay turns. Return what it printed."""
    done = subprocess.run(  # noqa: S603 - our own program, no shell
        [sys.executable, "-m", "bot", *map(str, arguments)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=False,
    )
    return done.stdout


def prepare(knowledge: Path, home: Path) -> dict[str, Any]:
    """Check a folder, build its index and return the version or the problems. `fresh_base` runs
    this in a subprocess."""
    try:
        base = checked_base(knowledge, home)
    except KnowledgeError as error:
        return {"version": "", "problems": [astuple(problem) for problem in error.problems]}
    return {"version": base.knowledge.version, "problems": []}


def checked_base(knowledge: Path, home: Path) -> KnowledgeBase:
    """Load the knowledge of a folder. Raises KnowledgeError if a check or a scenario fails."""
    from bot.content.checks.required_phrases import required_phrases
    from bot.content.checks.run import examine

    found = examine(knowledge, today_of(knowledge), required_phrases())
    if found.problems or found.knowledge is None:
        raise KnowledgeError(found.problems)
    base = _with_index(found.knowledge, home)
    day = today(base.knowledge)
    missed = check_scenarios(found.scenarios, base, day)
    missed += check_closed(base, found.places, day)
    if missed:
        raise KnowledgeError(sorted(missed))
    return base


def step_over(
    base: Callable[[], KnowledgeBase],
    result_link: Callable[[Profile, date], str] | None = None,
    on_turn: Callable[[Turn], None] | None = None,
) -> Step:
    """Return the step function of the guide, over the knowledge that is live at each message.

    `result_link` returns the address of the result page for a profile; it is added below results.
    `on_turn` gets every turn.
    A turn depends only on the cache key, so users with equal sessions and inputs share it. A turn
    that deletes its conversation empties what the caches hold of people's words.
    """

    def zone(live: KnowledgeBase) -> ZoneInfo:
        return ZoneInfo(live.knowledge.locality.time_zone)

    def cached_turn(session: Session, incoming: Incoming) -> Turn:
        live, said = base(), incoming.utterance
        if incoming.conv.partition(":")[0] in PUSH_CHANNELS:
            said = replace(said, push=True)
        day = incoming.received_at.astimezone(zone(live)).date()
        key = (session, said, day)
        turn = live.cache.get(CacheKind.TURN, key, lambda: compute_turn(session, said, live, day))
        if on_turn:
            on_turn(turn)
        if turn.effects.forget:
            # All of it: the cache does not know whose words it holds. It is full again after at
            # most 256 turns of about a millisecond.
            live.cache.clear(CacheKind.TURN, CacheKind.SEARCH)
        return turn

    def compute_turn(session: Session, said: Utterance, live: KnowledgeBase, day: date) -> Turn:
        turn = step(session, said, live, day)
        if turn.findings and result_link and turn.session.profile:
            label = live.knowledge.say("result_page")
            link = Link(label, result_link(turn.session.profile, day))
            *before, last = turn.replies
            turn = turn._replace(replies=(*before, last._replace(links=(*last.links, link))))
        return turn

    return cached_turn


def record(base: KnowledgeBase, session: Session, said: Utterance) -> dict[str, Any]:
    """Return the record of a turn without storing it."""
    return step(session, said, base, today(base.knowledge)).record()


def result_cards(base: KnowledgeBase, profile: Profile, day: date) -> list[Card]:
    """Return the supports that results list, as cards for the result page."""
    renderer = AnswerRenderer(Phrasebook(base.knowledge, day))
    findings = rank(evaluate_all(base.knowledge, profile, day), profile, base.knowledge.slots)
    return [renderer.card(f, profile) for f in findings if is_listed(f)]


def ask(base: KnowledgeBase, text: str) -> dict[str, Any]:
    """Return outcome, matches and reply for a question without a conversation."""
    return ask_base(text, base, today(base.knowledge))


def find(base: KnowledgeBase, text: str) -> Found:
    """Return the supports that a text may be about, and whether the search is sure of them."""
    return find_supports(text, base, today(base.knowledge))


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end."""
    return asyncio.run(work)


async def chat_terminal(
    base: KnowledgeBase, store_url: str, settings: Settings, environ: Mapping[str, str]
) -> int:
    """Run the dialogue on the terminal until the user leaves. `environ` may set NO_COLOR."""
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
                text_chars=settings.limits.text_chars,
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
    """Run `chat --jsonl`: emit one object for each input line."""
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
                text = item.get("text", "")[: settings.limits.text_chars]
                said = Utterance(text=text, choice=item.get("choice", ""))
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
    """The problems of a knowledge folder, and how much it holds (0 if there are problems).
    `notes`: limits that a valid folder comes near."""

    problems: tuple[Problem, ...]
    supports: int = 0
    clauses: int = 0
    questions: int = 0
    scenarios: int = 0
    notes: tuple[str, ...] = ()


def check(folder: Path, home: Path) -> CheckReport:
    """Check the form and the content of a knowledge folder, and run its scenarios."""
    from bot.content.checks.file_limits import near_limits
    from bot.content.documents.problems import Problems
    from bot.content.documents.snapshot import read_snapshot

    try:
        knowledge = checked_base(folder, home).knowledge
    except KnowledgeError as error:
        return CheckReport(error.problems)
    questions = [len(support.questions) for support in knowledge.supports.values()]
    questions += [len(topic.questions) for topic in knowledge.signposts.values()]
    return CheckReport(
        problems=(),
        supports=len(knowledge.supports),
        clauses=len(knowledge.clauses),
        questions=sum(questions),
        scenarios=len(scenarios(folder)),
        notes=near_limits(read_snapshot(folder, Problems()).files),
    )


def reach(folder: Path, home: Path, only: str) -> list[Problem]:
    """Return what does not lead to its own entry (`check_reach`), in an otherwise valid folder;
    else the problems of the folder."""
    from bot.content.checks.reach import check_reach

    try:
        base = checked_base(folder, home)
    except KnowledgeError as error:
        return list(error.problems)
    return check_reach(base, read_folder(folder)[1].places, today(base.knowledge), only)


def templates(folder: Path, wanted: str) -> list[Expansion]:
    """Return the expanded templates of a file (interview.yaml) or below a key (operator), or of
    `wanted` itself if it is a template. A template with a fault raises TemplateError."""
    context = read_folder(folder)[1]
    if is_template(wanted):
        return [Expansion("", 0, (), wanted, expand(wanted, context.lists))]
    name = wanted.replace("\\", "/").removeprefix(f"{folder}/").removeprefix("knowledge/")
    return [each for each in context.templates if each.file == name or wanted in each.owners]


def coverage_report(folder: Path) -> str:
    """Return a report of what covers each paragraph of the source texts."""
    from bot.content.checks.truth.source_coverage import coverage

    return str(coverage(folder))


def replay(
    base: KnowledgeBase, files: Sequence[Path], out: TextIO, *, explain: bool = False
) -> int:
    """Write scenario files as conversations, each in a state in which it holds (`states`). Return
    the number of failed expectations. `explain`: also write what each text was taken to mean."""
    missed = conversations = steps = 0
    day = today(base.knowledge)
    played_in = states(base, day)
    folder = files[0].absolute().parent.parent
    names = {file.name for file in files}
    for scenario in scenarios(folder):
        if Path(scenario.file).name not in names:
            continue
        out.write(f"\n== {scenario.name} ==\n")
        conversations += 1
        steps += len(scenario.talk)
        for played in best_play(scenario, played_in, day):
            out.write(f"你　　 {played.step.say or '[' + played.step.tap + ']'}\n")
            if explain and played.turn.acts:
                out.write(f"　　　 → {'；'.join(map(str, played.turn.acts))}\n")
            for reply in played.turn.replies:
                text = reply.text.replace("\n", "\n　　　 ")
                out.write(f"{base.knowledge.locality.product} {text}\n")
                if reply.choices:
                    out.write("　　　 " + " ".join(f"[{o.label}]" for o in reply.choices) + "\n")
            for miss in played.failures:
                missed += 1
                out.write(f"　　　 ✗ {miss}\n")
    result = f"有 {missed} 处不符" if missed else "全部符合"
    out.write(f"\n播放完毕：{conversations} 段对话、{steps} 句，{result}\n")
    return missed
