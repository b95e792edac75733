"""Fixtures of the command-line tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.processes import Pipe, StartPipe
from tests.content.sample_knowledge import playable
from tests.knowledge_base import KNOWLEDGE, linked_cache


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    """A folder with a settings file; processes keep their data in it, where the index and the act
    model are already."""
    folder = tmp_path_factory.mktemp("home")
    linked_cache(cache, folder / "data" / "cache")
    (folder / "config.yaml").write_text(f"knowledge: {KNOWLEDGE}\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def small_home(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    """A folder like `home` with a small knowledge, whose processes start faster."""
    folder = tmp_path_factory.mktemp("small-home")
    linked_cache(cache, folder / "data" / "cache")
    knowledge = playable(folder / "knowledge")
    (folder / "config.yaml").write_text(f"knowledge: {knowledge}\n", encoding="utf-8")
    return folder


@pytest.fixture
def pipes(home: Path) -> Iterator[StartPipe]:
    """Start commands in `home`; what still runs after the test is killed."""
    started: list[Pipe] = []

    def start(*arguments: str) -> Pipe:
        started.append(Pipe(home, *arguments))
        return started[-1]

    yield start
    for pipe in started:
        if pipe.process.poll() is None:
            pipe.process.kill()
            pipe.process.communicate()
