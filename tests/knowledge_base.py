"""The real knowledge, loaded once per run and cut by jieba, and the question files beside it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bench.quality import Question, read_questions
from bot.content.readers.loader import load
from bot.content.search.index_cache import index_for
from bot.core.dialogue.manager import KnowledgeBase

ROOT = Path(__file__).parents[1]
KNOWLEDGE = ROOT / "knowledge"
QUESTIONS = Path(__file__).parent / "questions"
DAY = date(2026, 1, 1)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A private folder for search tables, kept for the run."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def base(cache: Path) -> KnowledgeBase:
    """The knowledge that is served, with its index."""
    knowledge = load(KNOWLEDGE)
    return KnowledgeBase(knowledge, index_for(knowledge, cache, prefer_rust=False))


def questions(name: str) -> list[Question]:
    """The questions of tests/questions/questions-<name>.yaml."""
    return read_questions(QUESTIONS / f"questions-{name}.yaml")


def all_questions() -> list[Question]:
    """Every question of every file."""
    return [q for file in sorted(QUESTIONS.glob("*.yaml")) for q in read_questions(file)]
