"""The history of the knowledge in a folder, one ZIP file a version.

Readers need no lock: a file gets its final name only when it is complete.
"""

from __future__ import annotations

import asyncio
import errno
import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import TypeVar

from bot.errors import StoreDamaged, StoreFull, StoreUnavailable, reason
from bot.service.version_history import KEPT_VERSIONS, Files, VersionEntry, VersionNote
from bot.storage.common.version_archive import pack, unpack_files, unpack_note

T = TypeVar("T")
_NAME = re.compile(r"(\d{6})\.zip")
# What a file system without hard links says.
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
_FULL = (errno.ENOSPC, errno.EDQUOT)


class FileHistory:
    """A VersionHistory in a folder, which `add` creates."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def open(self) -> None:
        """See VersionHistory."""

    async def close(self) -> None:
        """See VersionHistory."""

    async def entries(self) -> list[VersionEntry]:
        """See VersionHistory. A damaged file is left out."""
        return await self._run(self._entries)

    async def newest(self) -> VersionEntry | None:
        """See VersionHistory."""
        return await self._run(lambda: next(iter(self._entries(most=1)), None))

    async def files(self, number: int) -> Files | None:
        """See VersionHistory."""
        return await self._run(lambda: self._files(number))

    async def add(self, note: VersionNote, files: Files, after: int) -> VersionEntry | None:
        """See VersionHistory."""
        return await self._run(lambda: self._add(note, files, after))

    async def knows(self, digest: str) -> bool:
        """See VersionHistory. Only the versions whose files are kept are remembered."""
        return any(entry.note.digest == digest for entry in await self.entries())

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except OSError as error:
            kind = StoreFull if error.errno in _FULL else StoreUnavailable
            raise kind(f"存版本的文件夹 {self.folder} 用不了：{reason(error)}") from error

    def _paths(self) -> list[tuple[int, Path]]:
        """Return number and path of each version, newest first."""
        try:
            paths = list(self.folder.iterdir())
        except FileNotFoundError:
            return []
        found = ((_NAME.fullmatch(path.name), path) for path in paths)
        return sorted(((int(name[1]), path) for name, path in found if name), reverse=True)

    def _entries(self, most: int = KEPT_VERSIONS) -> list[VersionEntry]:
        entries: list[VersionEntry] = []
        for number, path in self._paths():
            if len(entries) == most:
                break
            # Removed meanwhile, or damaged: the others can still be shown.
            with suppress(FileNotFoundError, StoreDamaged):
                entries.append(VersionEntry(number, unpack_note(path.read_bytes(), str(path))))
        return entries

    def _files(self, number: int) -> Files | None:
        for found, path in self._paths():
            if found == number:
                with suppress(FileNotFoundError):
                    return unpack_files(path.read_bytes(), str(path))
        return None

    def _add(self, note: VersionNote, files: Files, after: int) -> VersionEntry | None:
        # Before the newest is read: another addition in between then takes this number, or is the
        # newest. A damaged file keeps its number.
        number = max((number for number, _ in self._paths()), default=0) + 1
        newest = next(iter(self._entries(most=1)), None)
        if (newest.number if newest else 0) != after:
            return None
        make_folder(self.folder)
        path = self.folder / f"{number:06}.zip"
        part = self.folder / f".{path.name}.{token_hex(8)}.part"
        try:
            write_durably(part, pack(note, files))
            share_with_owner(part)
            try:
                path.hardlink_to(part)
            except FileExistsError:
                return None
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise
                part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        sync_folder(self.folder)
        for _, old in self._paths()[KEPT_VERSIONS:]:
            old.unlink(missing_ok=True)
        return VersionEntry(number, note)


def make_folder(folder: Path) -> None:
    """Create a private folder of the program's data. Raises OSError."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        share_with_owner(folder)


def share_with_owner(path: Path) -> None:
    """Give what an administrator created to the user of the folder that it is in: the service,
    which runs as that user, has to read it."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        found = path.parent.stat()
        os.chown(path, found.st_uid, found.st_gid)


def sync_folder(folder: Path) -> None:
    """Make new names in a folder durable, where the system can."""
    with suppress(OSError):  # not on Windows, and not on every network file system
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_durably(path: Path, data: bytes) -> None:
    """Write a file that is on the disk when this returns, readable by this user only. Its name is
    durable after `sync_folder`. Raises OSError."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
