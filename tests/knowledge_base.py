"""The knowledge that is served, indexed with jieba, and the question sets of tests/questions."""

from __future__ import annotations

import functools
from datetime import date
from pathlib import Path

import pytest

from bench.quality import Question, read_questions
from bot.content.readers.loader import load
from bot.content.search.index_cache import act_model_for, index_for
from bot.core.dialogue.manager import KnowledgeBase

ROOT = Path(__file__).parents[1]
KNOWLEDGE = ROOT / "knowledge"
QUESTIONS = Path(__file__).parent / "questions"
DAY = date(2026, 1, 1)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for index caches, private to the run."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def base(cache: Path) -> KnowledgeBase:
    """Return the knowledge that is served, with its index."""
    knowledge = load(KNOWLEDGE)
    index = index_for(knowledge, cache, prefer_rust=False)
    return KnowledgeBase(knowledge, index, act_model_for(knowledge, index.analyzer, cache))


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
