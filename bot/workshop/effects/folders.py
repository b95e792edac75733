"""Compare the knowledge of two folders."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from bot.content.readers.loader import load, scenarios
from bot.content.readers.scenarios import Scenario
from bot.content.search.classifier_cache import act_model_for
from bot.content.search.index_cache import index_for, is_cached
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.knowledge import Knowledge
from bot.errors import KnowledgeError, Problem
from bot.workshop.effects.answer_cache import AnswerCache
from bot.workshop.effects.answering import Progress, Work, answer_all
from bot.workshop.effects.answers import Answer
from bot.workshop.effects.diff import Diff, combine
from bot.workshop.effects.questions import INBOX, Question, collect

# Below this number of questions a further process costs more than it saves.
FEW = 300


def compare_folders(
    old: Path,
    new: Path,
    cache: Path,
    today: date,
    *,
    more: Iterable[Question] = (),
    processes: int = 2,
    progress: Progress = lambda done, total: None,
) -> Diff:
    """Return what differs on this day between the knowledge of two folders.

    Asked are the samples of both, the first messages of their scenarios, and `more`. `cache`: the
    folder of the search index, where answers are kept too (not those to questions of the inbox).
    `processes`: how many further processes answer; 0: this one does. `progress` is called with the
    number of answered and of all questions. Raises KnowledgeError with the problems of a folder
    that cannot be read.
    """
    folders: dict[str, Path] = {}
    read: list[Knowledge] = []
    played: list[Scenario] = []
    for folder in (old, new):
        knowledge, talks = _read(folder)
        folders.setdefault(knowledge.version, folder)
        read.append(knowledge)
        played += talks
    before, after = read
    sources = collect((after, before), played, more)
    if before.version == after.version:
        return Diff(before.version, after.version, len(sources))
    stored = {version: AnswerCache(cache, version, today) for version in folders}
    work = Work.of(
        folders,
        {v: [text for text in sources if text not in stored[v].answers] for v in folders},
        progress,
    )
    for knowledge in read:
        if work.asks(knowledge.version) and not is_cached(knowledge, cache):
            _base(knowledge, cache)  # once here, not in each process
    if work.total < FEW:
        processes = 0
    answer_all(work, cache, today, lambda folder: load_base(folder, cache), processes)
    public = [text for text, where in sources.items() if {*where} != {INBOX}]
    answers: dict[str, dict[str, Answer]] = {}
    for version in folders:
        stored[version].store(work.answers[version], public)
        answers[version] = stored[version].answers | work.answers[version]
    return combine(before, after, answers[before.version], answers[after.version], sources, today)


def load_base(folder: Path, cache: Path) -> KnowledgeBase:
    """Return the knowledge of a folder with its index and act model from the cache. Raises
    KnowledgeError."""
    return _base(load(folder), cache)


def _base(knowledge: Knowledge, cache: Path) -> KnowledgeBase:
    index = index_for(knowledge, cache)
    return KnowledgeBase(knowledge, index, act_model_for(knowledge, index.analyzer, cache))


def _read(folder: Path) -> tuple[Knowledge, tuple[Scenario, ...]]:
    try:
        return load(folder), scenarios(folder)
    except KnowledgeError as error:
        raise KnowledgeError(
            [Problem(f"{folder}/{p.file}", p.line, p.message, p.hint) for p in error.problems]
        ) from None
