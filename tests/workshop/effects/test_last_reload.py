"""The effects of a reload: computed by another process, reported once, told to other processes."""

from __future__ import annotations

import asyncio
import signal
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.workshop.effects import last_reload
from bot.workshop.effects.last_reload import EffectsSummary, Files, ReloadEffects, read_last
from tests.content.sample_folder import SYNONYMS, VENUE, edit, put
from tests.content.sample_knowledge import playable

OLD, NEW, BROKEN = "old", "new", "broken"


def files_in(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def shown(answers: Path) -> str:
    """Return the content of a file of stored answers."""
    return zlib.decompress(answers.read_bytes()).decode()


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Files]:
    """Return the files of three versions: `new` gives students a support, `broken` has a fault."""
    folder = playable(tmp_path_factory.mktemp("versions") / "knowledge")
    found = {OLD: files_in(folder)}
    edit(folder, VENUE, "of: [operator]", "of: [operator, student]")
    found[NEW] = files_in(folder)
    put(folder, SYNONYMS, "synonyms: [")
    return {**found, BROKEN: files_in(folder)}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


class Reported:
    """Keeps what was reported."""

    def __init__(self, home: Path, versions: Mapping[str, Files]) -> None:
        self.found: list[EffectsSummary] = []
        self.failed: list[str] = []
        self.asked: list[str] = []
        self.inbox: list[str] = []
        self._versions = versions
        self.effects = ReloadEffects(
            home,
            OLD,
            self._files_of,
            self.found.append,
            self.failed.append,
            asked=self._questions,
        )

    async def _questions(self) -> list[str]:
        return self.inbox

    async def _files_of(self, version: str) -> Files | None:
        self.asked.append(version)
        return self._versions.get(version)


@pytest.fixture
def reported(home: Path, versions: Mapping[str, Files]) -> Reported:
    return Reported(home, versions)


async def test_the_effects_are_reported_and_told_to_other_processes(
    home: Path, reported: Reported
) -> None:
    reported.effects.went_live(NEW)
    await reported.effects.finished()
    (found,) = reported.found
    assert found.asked > 0
    assert found.seconds > 0
    assert found.counts["supports_changed"] == 1
    assert found.text == "谁能得到有变化的扶持 1 项"
    assert read_last(home) == found == reported.effects.last
    assert reported.failed == []


async def test_the_questions_of_the_inbox_are_asked_and_written_nowhere(
    home: Path, reported: Reported
) -> None:
    reported.effects.went_live(NEW)
    await reported.effects.finished()
    reported.effects.went_live(OLD)
    reported.inbox += ["火星上怎么种土豆", "半个字\udc80"]
    await reported.effects.finished()
    first, second = reported.found
    assert second.asked == first.asked + 2
    kept = [file for file in home.rglob("answers-*") if "土豆" in shown(file)]
    assert kept == []
    assert "土豆" not in second.dump().decode()


async def test_a_version_that_overtakes_is_compared_with_the_first(
    home: Path, reported: Reported
) -> None:
    reported.effects.went_live(NEW)
    await asyncio.sleep(0)
    reported.effects.went_live(BROKEN)
    await reported.effects.finished()
    assert reported.asked[-2:] == [OLD, BROKEN]
    assert reported.found == []


async def test_a_reload_of_the_same_version_is_none(reported: Reported) -> None:
    reported.effects.went_live(OLD)
    await reported.effects.finished()
    assert reported.asked == []


async def test_what_was_taken_back_meanwhile_is_not_compared(reported: Reported) -> None:
    reported.effects.went_live(NEW)
    await asyncio.sleep(0)
    reported.effects.went_live(OLD)
    await reported.effects.finished()
    assert (reported.found, reported.failed) == ([], [])


@pytest.mark.parametrize(
    ("new", "reason"), [("unknown", "version_not_kept"), (BROKEN, "JSONDecodeError")]
)
async def test_what_cannot_be_compared_is_told_and_nothing_else(
    new: str, reason: str, reported: Reported
) -> None:
    reported.effects.went_live(new)
    await reported.effects.finished()
    assert (reported.found, reported.failed) == ([], [reason])
    assert reported.effects.last is None


async def test_a_stop_ends_the_process(
    reported: Reported, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: asyncio.Queue[asyncio.subprocess.Process] = asyncio.Queue()
    start = asyncio.create_subprocess_exec

    async def note(*command: str, **options: Any) -> asyncio.subprocess.Process:
        process = await start(*command, **options)
        started.put_nowait(process)
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", note)
    reported.effects.went_live(NEW)
    process = await started.get()
    await reported.effects.stop()
    assert process.returncode == -signal.SIGKILL
    assert reported.found == []


def test_no_reload_yet_and_a_damaged_file_are_none(tmp_path: Path) -> None:
    assert read_last(tmp_path) is None
    (tmp_path / "data").mkdir()
    for damaged in (b"", b"[]", b'{"counts": 1}'):
        (tmp_path / last_reload.FILE).write_bytes(damaged)
        assert read_last(tmp_path) is None
