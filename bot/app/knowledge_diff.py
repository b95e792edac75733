"""Compare knowledge folders: which are compared by default, with which questions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from bot.app import composition
from bot.content.live.last_good_copy import copy_folder
from bot.content.readers.place import time_zone
from bot.content.search.cache_files import private_folder
from bot.errors import StoreError, StoreUnused
from bot.service.inbox_port import Inbox
from bot.storage.factory import open_inbox
from bot.workshop.effects.answering import Progress, serve_answers
from bot.workshop.effects.diff import Diff
from bot.workshop.effects.folders import compare_folders, load_base
from bot.workshop.effects.last_reload import EffectsSummary, Files, ReloadEffects
from bot.workshop.effects.questions import Question, inbox_questions, read_questions

if TYPE_CHECKING:
    from bot.config import Settings

DRAFT = Path("data") / "draft"
QUESTIONS = Path("tests") / "questions"


def live_folder(settings: Settings, home: Path) -> Path:
    """Return the folder of the knowledge that is live: the copy of what passed all checks last, or
    the folder of the settings if there is no copy."""
    kept = copy_folder(settings.knowledge, home)
    return kept if kept.is_dir() else settings.knowledge


def next_folder(settings: Settings, home: Path) -> Path:
    """Return the folder of what goes live next: the draft, or else the folder of the settings."""
    draft = home / DRAFT
    return draft if draft.is_dir() else settings.knowledge


def question_files(given: Sequence[Path] | None, *folders: Path) -> list[Path]:
    """Return the files of questions to ask: those given, or else those that lie beside the first
    of these knowledge folders that has any."""
    if given is not None:
        return list(given)
    found = (sorted((f.absolute().parent / QUESTIONS).glob("*/*.yaml")) for f in folders)
    return next(filter(None, found), [])


async def asked_before(inbox: Inbox, days: int) -> list[Question]:
    """Return the newest questions that were not answered well within this many days. Raises
    StoreError."""
    return inbox_questions(await inbox.entries(composition.now() - timedelta(days=days)))


async def stored_questions(settings: Settings, url: str) -> list[Question]:
    """Return the questions of the inbox in the store at a URL, which a service may have open; none
    if nothing is stored there. Raises ConfigError or StoreError."""
    if url.startswith("memory:"):
        return []
    try:
        inbox = await open_inbox(url)
    except StoreUnused:
        return []
    try:
        return await asked_before(inbox, settings.retention.unanswered_days)
    finally:
        await inbox.close()


def diff(
    old: Path,
    new: Path,
    home: Path,
    files: Iterable[Path] = (),
    *,
    more: Iterable[Question] = (),
    processes: int = 2,
    progress: Progress = lambda done, total: None,
) -> Diff:
    """Return what differs today between two folders, for their own questions, those of files, and
    `more` (those of the inbox). See `compare_folders`. Raises KnowledgeError."""
    asked = [*(question for file in files for question in read_questions(file)), *more]
    today = composition.now().astimezone(time_zone(new)).date()
    cache = private_folder(home / composition.CACHE)
    return compare_folders(
        old, new, cache, today, more=asked, processes=processes, progress=progress
    )


def effects(
    old: Path, new: Path, home: Path, files: Iterable[Path], asked: Iterable[str] = ()
) -> EffectsSummary:
    """Return the numbers of what differs, also for the questions of the inbox, `asked`. A service
    that has made a version live runs this in another process (`ReloadEffects`). Raises
    KnowledgeError."""
    more = [Question(text) for text in asked]
    return EffectsSummary.of(diff(old, new, home, files, more=more, processes=0))


def reload_effects(
    settings: Settings,
    home: Path,
    served: str,
    files_of: Callable[[str], Awaitable[Files | None]],
    on_counts: Callable[[Mapping[str, int]], None],
    inbox: Inbox,
) -> ReloadEffects:
    """Return what compares each version that goes live with the one before, and logs the numbers.
    `home`, `served`, `files_of`: see `ReloadEffects`; `on_counts` gets the numbers too; `inbox`
    has questions to ask."""
    log = structlog.get_logger()

    def report(found: EffectsSummary) -> None:
        changed = {kind: count for kind, count in found.counts.items() if count}
        told = {"version": found.new, "before": found.old, "asked": found.asked}
        log.info("knowledge_effects", **told, seconds=found.seconds, **changed)
        on_counts(found.counts)

    def fail(why: str) -> None:
        log.warning("knowledge_effects_failed", reason=why)

    async def asked() -> list[str]:
        try:
            found = await asked_before(inbox, settings.retention.unanswered_days)
        except StoreError as error:
            log.warning("inbox_not_compared", message=str(error))
            return []
        return [question.text for question in found]

    files = question_files(None, settings.knowledge)
    return ReloadEffects(home, served, files_of, report, fail, asked, files)


def answers(cache: Path, today: date, lines: Iterable[bytes]) -> Iterator[bytes]:
    """Answer lines of questions for another process (`answering.serve_answers`)."""
    return serve_answers(lines, today, lambda folder: load_base(folder, cache))
