"""Several processes with one history: each follows the newest version.

The rule, for the folder of one process:

- It has the newest version: nothing to do.
- It is as it was when it was last seen, or has any version that once went live (at the start): it
  follows the newest.
- It was changed here, and no other version went live since: the change is checked, and becomes the
  newest version (`note_saved`).
- It was changed here and another version went live since: the changed files are kept aside, and it
  follows the newest. The history has both; nothing is lost.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

from bot.errors import VersionError
from bot.service.version_history import Files, VersionEntry
from bot.workshop.drafts import write_files
from bot.workshop.folder import digest, read_files
from bot.workshop.put_live import LiveFolder


class SharedVersions:
    """Follows a shared history. `on_copy(folder)` is called when the knowledge folder cannot be
    written and a copy takes its place."""

    def __init__(self, live: LiveFolder, on_copy: Callable[[Path, str], None]) -> None:
        self._live = live
        self._on_copy = on_copy
        self._seen = ""  # the digest of the folder when it was last in step with the history
        self._number = 0  # the newest version then
        self._copy: Path | None = None

    @property
    def folder(self) -> Path:
        """Return the folder to load: the knowledge folder, or a copy of the newest version if
        that folder cannot be written."""
        return self._copy or self._live.folder

    @property
    def number(self) -> int:
        """Return the number of the newest version when the folder was last in step."""
        return self._number

    async def moved(self) -> bool:
        """Return whether another process made a version live. Raises StoreError."""
        newest = await self._live.history.newest()
        return newest is not None and newest.number != self._number

    async def follow(self) -> None:
        """Bring the folder in step with the history, by the rule above. Raises StoreError or
        VersionError."""
        newest = await self._live.history.newest()
        if newest is None:
            return
        there = digest(await asyncio.to_thread(read_files, self._live.folder))
        if there == newest.note.digest:
            self._copy = None
        elif await self._is_changed_here(there) and self._number in (0, newest.number):
            self._copy, self._number = None, newest.number
            return
        else:
            await self._take(newest)
        self._seen = digest(await asyncio.to_thread(read_files, self._live.folder))
        self._number = newest.number

    def noted(self, entry: VersionEntry) -> None:
        """Take note that this process made a version live."""
        self._seen, self._number = entry.note.digest, entry.number

    async def _is_changed_here(self, there: str) -> bool:
        if self._seen:
            return there != self._seen
        return not await self._live.history.knows(there)

    async def _take(self, newest: VersionEntry) -> None:
        files = await self._live.history.files(newest.number)
        if files is None:
            return  # a newer one came, which the next look finds
        try:
            await self._live.follow(newest, files, self._number)
            self._copy = None
        except VersionError as error:
            self._copy = await asyncio.to_thread(self._written_copy, files)
            self._on_copy(self._copy, str(error))

    def _written_copy(self, files: Files) -> Path:
        target = self._live.data / "followed" / digest(files)[:12]
        if not target.is_dir():
            part = target.with_name(f".{target.name}.part")
            shutil.rmtree(part, ignore_errors=True)
            write_files(part, files)
            part.rename(target)
        for old in target.parent.iterdir():
            if old != target:
                shutil.rmtree(old, ignore_errors=True)
        return target
