"""Compare knowledge folders: which are compared by default, with which questions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from bot.app import composition
from bot.content.live.last_good_copy import copy_folder
from bot.content.readers.place import time_zone
from bot.content.search.index_cache import private_folder
from bot.workshop.effects.answering import Progress, serve_answers
from bot.workshop.effects.diff import Diff
from bot.workshop.effects.folders import compare_folders, load_base
from bot.workshop.effects.questions import Question, read_questions

if TYPE_CHECKING:
    from bot.config import Settings

DRAFT = Path("data") / "draft"
_QUESTIONS = Path(__file__).parents[2] / "tests" / "questions"


def live_folder(settings: Settings, home: Path) -> Path:
    """Return the folder of the knowledge that is live: the copy of what passed all checks last, or
    the folder of the settings if there is no copy."""
    kept = copy_folder(settings.knowledge, home)
    return kept if kept.is_dir() else settings.knowledge


def next_folder(settings: Settings, home: Path) -> Path:
    """Return the folder of what goes live next: the draft, or else the folder of the settings."""
    draft = home / DRAFT
    return draft if draft.is_dir() else settings.knowledge


def question_files(given: Sequence[Path] | None) -> list[Path]:
    """Return the files of questions to ask: those given, or else those beside the program."""
    return sorted(_QUESTIONS.glob("*/*.yaml")) if given is None else list(given)


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


def answers(cache: Path, today: date, lines: Iterable[bytes]) -> Iterator[bytes]:
    """Answer lines of questions for another process (`answering.serve_answers`)."""
    return serve_answers(lines, today, lambda folder: load_base(folder, cache))
