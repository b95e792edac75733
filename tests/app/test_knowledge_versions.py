"""The history of the running service: what it notes, what it takes over, what it refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cli.main import main
from bot.content.documents.snapshot import UNFINISHED
from bot.service.version_history import Origin, VersionEntry, VersionHistory
from bot.storage.version_files import FileHistory
from bot.workshop.status import ServiceFile
from tests.content.sample_folder import edit
from tests.content.sample_knowledge import playable
from tests.serve_process import Home, Served, served

NOTE = "名称看来未变"
BUREAUS = "bureaus.yaml"


def entries(history: VersionHistory) -> list[VersionEntry]:
    """Return the versions of a history, newest first."""
    return asyncio.run(history.entries())


@pytest.fixture
def home(tmp_path: Path, cache: Path) -> Home:
    """Return the home of a service with a small knowledge."""
    return Home.made(tmp_path / "home", cache, knowledge=playable(tmp_path / "knowledge"))


@pytest.fixture
def service(home: Home) -> Iterator[Served]:
    """Yield a running service that has noted its first version."""
    with served(home) as running:
        running.until(lambda: bool(entries(FileHistory(home.folder / "data" / "versions"))))
        running.until(lambda: ServiceFile(home.folder / "data").read() is not None)
        yield running


def test_the_service_notes_saves_takes_over_publishes_and_reports_refusals(
    home: Home, service: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    knowledge, data = tmp_path / "knowledge", home.folder / "data"
    history, report = FileHistory(data / "versions"), ServiceFile(data)
    assert report.running
    [first] = entries(history)
    assert first.note.origin == Origin.START
    assert first.note.version == service.ready()["knowledge"]

    # A direct save goes live and is noted.
    edit(knowledge, BUREAUS, NOTE, "一")
    service.until(lambda: len(entries(history)) == 2)
    saved = entries(history)[0].note
    assert (saved.origin, saved.why) == (Origin.SAVE, f"直接保存：{BUREAUS}")
    assert service.ready()["knowledge"] == saved.version

    # A publish of another process goes live; its note is not written a second time.
    bot = ("--config", str(home.folder / "config.yaml"))
    assert main([*bot, "draft"]) == 0
    edit(data / "draft", BUREAUS, "note: 一", "note: 二")
    assert main([*bot, "publish", "-m", "写成二"]) == 0
    said = capsys.readouterr().out
    assert "服务已经用上它" in said
    assert service.ready()["knowledge"] == entries(history)[0].note.version
    assert main([*bot, "undo", "-m", "写错了"]) == 0
    assert service.ready()["knowledge"] == saved.version
    assert [entry.note.origin for entry in entries(history)] == [
        Origin.UNDO,
        Origin.PUBLISH,
        Origin.SAVE,
        Origin.START,
    ]

    # A broken save is refused and reported; the version before it stays live.
    edit(knowledge, BUREAUS, "note: 一", "nothe: 一")
    service.until(lambda: bool((found := report.read()) and found.refused))
    found = report.read()
    assert found
    assert found.version == saved.version
    assert found.refused
    assert found.refused.count == 1
    assert "nothe" in found.refused.problems[0]
    assert len(entries(history)) == 4

    service.stop()
    assert not report.running


def test_a_start_completes_a_publish_that_was_killed(home: Home, tmp_path: Path) -> None:
    from bot.app.composition import now
    from bot.workshop.folder import read_files
    from bot.workshop.folder_swap import FolderSwap
    from bot.workshop.put_live import LiveFolder

    knowledge, data = tmp_path / "knowledge", home.folder / "data"
    history = FileHistory(data / "versions")
    old = read_files(knowledge)
    new = {**old, BUREAUS: old[BUREAUS].replace(NOTE.encode(), b"new")}

    def killed(_: FolderSwap) -> None:
        (knowledge / UNFINISHED).touch()
        raise KeyboardInterrupt

    live = LiveFolder(knowledge, data, history, now, in_place=lambda: True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FolderSwap, "finish", killed)
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(live.put(new, "0" * 12, Origin.PUBLISH, "小王", "改", old))
    assert read_files(knowledge) == old
    with served(home) as running:
        assert running.ready()
        assert read_files(knowledge) == new
        assert not (knowledge / UNFINISHED).exists()


def test_processes_on_one_database_serve_the_newest_version(
    tmp_path: Path, cache: Path, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    homes = []
    for name in ("one", "two"):
        knowledge = playable(tmp_path / name / "knowledge")
        more = f"store: {postgres_url}\n"
        homes.append(Home.made(tmp_path / name / "home", cache, more, knowledge=knowledge))
    env = {"POLICYBOT_SECRET": "the same for all processes"}
    with served(homes[0], env) as one, served(homes[1], env) as two:
        first = one.ready()["knowledge"]
        two.until(lambda: ServiceFile(homes[1].folder / "data").read() is not None)
        bot = ("--config", str(homes[0].folder / "config.yaml"))
        assert main([*bot, "draft"]) == 0
        edit(homes[0].folder / "data" / "draft", BUREAUS, NOTE, "一")
        assert main([*bot, "publish", "-m", "写成一"]) == 0
        assert "服务已经用上它" in capsys.readouterr().out
        assert one.ready()["knowledge"] != first
        two.until(lambda: two.ready()["knowledge"] == one.ready()["knowledge"])
        assert "note: 一" in (tmp_path / "two" / "knowledge" / BUREAUS).read_text("utf-8")
        # What is saved on one machine reaches the others, and so does an undo.
        edit(tmp_path / "two" / "knowledge", BUREAUS, "note: 一", "note: 二")
        one.until(lambda: one.ready()["knowledge"] == two.ready()["knowledge"] != first)
        one.until(lambda: "note: 二" in (tmp_path / "one/knowledge" / BUREAUS).read_text("utf-8"))
        assert main([*bot, "undo", "1", "-m", "退回"]) == 0
        two.until(lambda: two.ready()["knowledge"] == first)
        assert one.ready()["knowledge"] == first
