"""The history of the knowledge: its values, and the port that file and database implement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

# How many versions keep their files.
KEPT_VERSIONS = 50

# The bytes of the files of a knowledge folder, by path.
Files = Mapping[str, bytes]


class Origin(StrEnum):
    """How a version went live."""

    PUBLISH = "publish"
    UNDO = "undo"
    SAVE = "save"
    START = "start"


@dataclass(frozen=True, slots=True)
class VersionNote:
    """What is noted of a version. `version`: the id that /readyz shows, 12 hex digits of a hash
    over what the service reads, without scenarios. `digest`: the hash of all files. `at`: UTC.
    `who` and `why`: in words of the admin."""

    version: str
    digest: str
    origin: Origin
    at: datetime
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class VersionEntry:
    """A version with its number in the history, from 1."""

    number: int
    note: VersionNote


class VersionHistory(Protocol):
    """The versions that went live. Every implementation passes
    `tests/storage/test_version_history.py`.

    Every method raises StoreError when the storage fails.
    """

    async def open(self) -> None:
        """Prepare to read and write."""

    async def entries(self) -> list[VersionEntry]:
        """Return the versions whose files are kept, newest first; at most KEPT_VERSIONS."""

    async def newest(self) -> VersionEntry | None:
        """Return the newest version, None if there is none."""

    async def files(self, number: int) -> Files | None:
        """Return the files of a version, None if they are not kept any more."""

    async def add(self, note: VersionNote, files: Files, after: int) -> VersionEntry | None:
        """Add a version durably if the newest one still has the number `after` (0: there is
        none), and drop the files beyond KEPT_VERSIONS. Return None, and add nothing, if another
        version came first."""

    async def knows(self, digest: str) -> bool:
        """Return whether a version with this digest ever went live, also one whose files are not
        kept any more (where the storage remembers it)."""

    async def close(self) -> None:
        """Release what `open` took."""
