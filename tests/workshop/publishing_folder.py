"""A knowledge folder, its history and a draft for tests of publishing, without real checks."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.errors import KnowledgeError, Problem
from bot.service.version_history import Files, Origin, VersionHistory
from bot.storage.version_files import FileHistory
from bot.workshop.effects.questions import Question
from bot.workshop.folder import read_files
from bot.workshop.publishing import Asked, Effects, Publisher, nothing
from bot.workshop.put_live import LiveFolder

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
OLD = {
    "bureaus.yaml": b"bureaus: old\n",
    "phrases/a.yaml": b"a: 1\n",
    "phrases/b.yaml": b"b: 1\n",
    "policies/p/policy.yaml": b"p: 1\n",
    "policies/p/supports/s.yaml": b"s: 1\n",
    "scenarios/x.yaml": b"- name: x\n",
    "README.md": "怎么改\n".encode(),
}


def write(folder: Path, files: Files) -> None:
    """Write files into a folder."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


@dataclass
class Desk:
    """What one editor works with. A file with 坏 is refused by the check; one with 差 makes a
    question be answered worse."""

    home: Path
    history: VersionHistory
    in_place: bool = False
    shared: bool = False
    on_check: Callable[[], None] = lambda: None
    asked: Asked = nothing
    seconds: itertools.count[int] = field(default_factory=itertools.count)

    @property
    def folder(self) -> Path:
        """Return the live folder."""
        return self.home / "knowledge"

    @property
    def draft(self) -> Path:
        """Return the folder of the draft."""
        return self.home / "data" / "draft"

    @property
    def live(self) -> LiveFolder:
        """Return the live folder with its history."""
        return LiveFolder(
            self.folder,
            self.home / "data",
            self.history,
            lambda: NOON + timedelta(seconds=next(self.seconds)),
            shared=self.shared,
            in_place=lambda: self.in_place,
        )

    @property
    def publisher(self) -> Publisher:
        """Return what publishes into the folder."""
        return Publisher(self.live, self._check, _compare, self.asked)

    def _check(self, folder: Path) -> str:
        self.on_check()
        for name, data in read_files(folder).items():
            if "坏".encode() in data:
                raise KnowledgeError([Problem(name, 1, "写坏了")])
        return "0" * 12

    async def origins(self) -> list[Origin]:
        """Return how the versions went live, newest first."""
        return [entry.note.origin for entry in await self.history.entries()]

    def leftovers(self) -> list[str]:
        """Return the names of temporary files in and beside the live folder and in the data."""
        beside = [path.name for path in self.home.iterdir()]
        inside = [path.name for path in self.folder.rglob(".*")]
        data = self.home / "data"
        kept = [path.name for path in data.rglob("*") if path.name.startswith((".p", "checking"))]
        return sorted({*beside} - {"knowledge", "data"}) + inside + kept


def _compare(old: Path, new: Path, asked: Sequence[Question]) -> Effects:
    if any("坏".encode() in data for data in read_files(old).values()):
        raise KnowledgeError([Problem("old", 1, "读不出来")])
    worse = [n for n, data in read_files(new).items() if "差".encode() in data]
    told = [f"问了“{each.text}”〔{each.source}〕" for each in asked]
    return Effects(("比较过了", *told), [f"“{name}”答不上了" for name in worse])


def desk(home: Path, *, in_place: bool = False) -> Desk:
    """Return a desk with the files OLD live and an empty history in files."""
    write(home / "knowledge", OLD)
    return Desk(home, FileHistory(home / "data" / "versions"), in_place)
