"""Fixtures of the command-line tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.processes import Pipe, StartPipe
from tests.knowledge_base import KNOWLEDGE


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a settings file; processes keep their data in it."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "config.yaml").write_text(f"knowledge: {KNOWLEDGE}\n", encoding="utf-8")
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
