"""The knowledge that is served, indexed with jieba, and the question sets of tests/questions."""

from __future__ import annotations

import fcntl
import functools
import os
import tempfile
from datetime import date
from pathlib import Path

import pytest

from bench.quality import Question, read_questions
from bot.content.readers.loader import load
from bot.content.search.classifier_cache import act_model_for
from bot.content.search.index_cache import index_for
from bot.core.dialogue.manager import KnowledgeBase

ROOT = Path(__file__).parents[1]
KNOWLEDGE = ROOT / "knowledge"
QUESTIONS = Path(__file__).parent / "questions"
DAY = date(2026, 1, 1)


@pytest.fixture(scope="session")
def built_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the index and the act model of the knowledge that is served. The first
    worker that asks builds it, which takes 12 s; it is for reading only."""
    run = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        run = run.parent
    folder = run / "built-cache"
    with (run / "built-cache.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            new = Path(tempfile.mkdtemp(dir=run))
            _served(new)
            new.rename(folder)
    return folder


def _served(cache: Path) -> KnowledgeBase:
    knowledge = load(KNOWLEDGE)
    index = index_for(knowledge, cache, prefer_rust=False)
    return KnowledgeBase(knowledge, index, act_model_for(knowledge, index.analyzer, cache))


def linked_cache(built: Path, folder: Path) -> Path:
    """Create a cache folder with the files of `built` as hard links, and return it. The program
    replaces cache files and never changes them, so `built` stays as it is."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for file in built.iterdir():
        (folder / file.name).hardlink_to(file)
    return folder


@pytest.fixture(scope="session")
def cache(built_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache folder of this worker that has the index and the act model."""
    return linked_cache(built_cache, tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def base(cache: Path) -> KnowledgeBase:
    """Return the knowledge that is served, with its index."""
    return _served(cache)


def question_sets() -> list[str]:
    """Return the names of all question sets, such as "development/everyday-wording"."""
    files = QUESTIONS.glob("*/*.yaml")
    return sorted(file.relative_to(QUESTIONS).with_suffix("").as_posix() for file in files)


@functools.cache
def questions(name: str) -> list[Question]:
    """Return the questions of one set. Cached: parsing all sets takes a second."""
    return read_questions(QUESTIONS / f"{name}.yaml")


def all_questions() -> list[Question]:
    """Return the questions of all sets."""
    return [question for name in question_sets() for question in questions(name)]
