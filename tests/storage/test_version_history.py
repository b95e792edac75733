"""The contract of the history of the knowledge, over files and over PostgreSQL."""

from __future__ import annotations

import asyncio
import hashlib
import os
import zipfile
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import StoreDamaged, StoreUnavailable
from bot.service.version_history import KEPT_VERSIONS, Origin, VersionHistory, VersionNote
from bot.storage.postgres.version_table import PostgresHistory
from bot.storage.version_files import FileHistory

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
FILES = {"bureaus.yaml": "单位".encode(), "sources/甲.txt": b"\xff\x00", "phrases/a.yaml": b""}


def note(text: str, **changes: object) -> VersionNote:
    """Return a note whose digest depends on the text."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    made = VersionNote(digest[:12], digest, Origin.PUBLISH, NOON, "小王", f"因为{text}\n“好”")
    return replace(made, **changes)  # type: ignore[arg-type] # passed on


@pytest.fixture(params=["files", "postgres"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], VersionHistory]:
    """Return a function that makes histories over one storage, of each kind."""
    if request.param == "files":
        return lambda: FileHistory(tmp_path / "data" / "versions")
    url = str(request.getfixturevalue("postgres_url"))
    return lambda: PostgresHistory(url)


@pytest.fixture
async def history(make: Callable[[], VersionHistory]) -> AsyncIterator[VersionHistory]:
    """Yield an empty, open history of each kind."""
    made = make()
    await made.open()
    yield made
    await made.close()


async def test_an_empty_history_has_no_version(history: VersionHistory) -> None:
    assert await history.entries() == []
    assert await history.newest() is None
    assert await history.files(1) is None
    assert not await history.knows(note("a").digest)


async def test_a_version_is_kept_with_its_note_and_files(history: VersionHistory) -> None:
    first = await history.add(note("a"), FILES, after=0)
    second = await history.add(note("b", origin=Origin.UNDO), {"x.yaml": b"b"}, after=1)
    assert first
    assert second
    assert await history.entries() == [second, first]
    assert await history.newest() == second
    assert (second.number, second.note.origin) == (2, Origin.UNDO)
    assert first.note == note("a")
    assert await history.files(1) == FILES
    assert await history.files(2) == {"x.yaml": b"b"}
    assert await history.knows(note("a").digest)
    assert not await history.knows(note("c").digest)


async def test_nothing_is_added_if_another_version_came_first(history: VersionHistory) -> None:
    await history.add(note("a"), FILES, after=0)
    assert await history.add(note("b"), {}, after=0) is None
    assert await history.add(note("b"), {}, after=2) is None
    assert [entry.number for entry in await history.entries()] == [1]


async def test_of_additions_at_the_same_time_one_wins(
    make: Callable[[], VersionHistory], history: VersionHistory
) -> None:
    several = [make() for _ in range(6)]
    await asyncio.gather(*(each.open() for each in several))
    tries = [
        each.add(note(str(n)), {"n": str(n).encode()}, after=0) for n, each in enumerate(several)
    ]
    won = [entry for entry in await asyncio.gather(*tries) if entry]
    await asyncio.gather(*(each.close() for each in several))
    assert len(won) == 1
    assert await history.entries() == won
    winner = next(n for n in range(6) if note(str(n)).digest == won[0].note.digest)
    assert await history.files(1) == {"n": str(winner).encode()}


async def test_only_the_last_versions_keep_their_files(history: VersionHistory) -> None:
    total = KEPT_VERSIONS + 3
    for number in range(total):
        at = NOON + timedelta(minutes=number)
        assert await history.add(note(str(number), at=at), FILES, after=number)
    entries = await history.entries()
    assert [entry.number for entry in entries] == list(range(total, 3, -1))
    assert entries[0].note.at == NOON + timedelta(minutes=total - 1)
    assert await history.files(3) is None
    assert await history.files(4) == FILES
    assert await history.add(note("next"), FILES, after=total)


async def test_postgres_knows_every_version_that_ever_went_live(postgres_url: str) -> None:
    history = PostgresHistory(postgres_url)
    await history.open()
    for number in range(KEPT_VERSIONS + 1):
        await history.add(note(str(number)), {}, after=number)
    assert await history.files(1) is None
    assert await history.knows(note("0").digest)
    await history.close()


async def test_a_repeated_addition_after_a_lost_connection_is_the_same_one(
    postgres_url: str,
) -> None:
    history = PostgresHistory(postgres_url)
    await history.open()
    first = await history.add(note("a"), FILES, after=0)
    assert await history.add(note("a"), FILES, after=0) == first
    assert len(await history.entries()) == 1
    await history.close()


async def test_a_damaged_file_is_left_out_and_blocks_nothing(tmp_path: Path) -> None:
    history = FileHistory(tmp_path)
    for number in range(3):
        await history.add(note(str(number)), FILES, after=number)
    (tmp_path / "000002.zip").write_bytes(b"PK\3\4")
    (tmp_path / "000003.zip").write_bytes(b"")
    assert [entry.number for entry in await history.entries()] == [1]
    with pytest.raises(StoreDamaged, match=r"000002\.zip"):
        await history.files(2)
    added = await history.add(note("d"), FILES, after=1)
    assert added
    assert added.number == 4


async def test_a_version_file_can_be_opened_by_other_programs(tmp_path: Path) -> None:
    history = FileHistory(tmp_path)
    await history.add(note("a"), FILES, after=0)
    with zipfile.ZipFile(tmp_path / "000001.zip") as found:
        assert found.testzip() is None
        assert found.read("knowledge/bureaus.yaml") == FILES["bureaus.yaml"]
    assert [path.name for path in tmp_path.iterdir()] == ["000001.zip"]


async def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "versions").write_text("a file stands in its place")
    with pytest.raises(StoreUnavailable, match="路径中间有一段不是文件夹"):
        await FileHistory(tmp_path / "versions").add(note("a"), FILES, after=0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")
async def test_what_root_adds_belongs_to_the_user_of_the_data(tmp_path: Path) -> None:
    os.chown(tmp_path, 65534, 65534)
    await FileHistory(tmp_path / "versions").add(note("a"), FILES, after=0)
    for path in (tmp_path / "versions", tmp_path / "versions" / "000001.zip"):
        assert path.stat().st_uid == 65534
