"""Make a version live: note it in the history, then give its files to the knowledge folder.

The entry in the history is the commit. Before it, a crash changes nothing; after it, `recover`
completes the swap.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.core.domain.json_codec import dump_bytes, load
from bot.errors import VersionError, reason
from bot.service.version_history import (
    Files,
    Origin,
    VersionEntry,
    VersionHistory,
    VersionNote,
)
from bot.storage.version_files import make_folder, share_with_owner, sync_folder, write_durably
from bot.workshop.file_lock import locked
from bot.workshop.folder import changes, digest, file_digests, read_files, version_id
from bot.workshop.folder_swap import FolderSwap, Rescue

LOCK_SECONDS = 30.0
MOVED = "检查的这一会儿，有人改了现在的知识库：什么也没有动，再运行一次就会按新的来"


@dataclass
class LiveFolder:
    """The knowledge folder that is live, and its history.

    `data`: the folder of the program's own data. `shared`: the history, not the folder, says what
    is live, because several machines have a folder. `in_place`: returns whether the folder must
    not be exchanged as a whole, because a running service sees it as a mounted folder.
    """

    folder: Path
    data: Path
    history: VersionHistory
    clock: Callable[[], datetime]
    shared: bool = False
    in_place: Callable[[], bool] = field(default=lambda: False)

    @property
    def lock_file(self) -> Path:
        """Return the file whose lock everybody holds who changes the folder or the history."""
        return self.data / "versions" / ".lock"

    @property
    def _pending(self) -> Path:
        return self.data / "versions" / ".pending.json"

    async def files(self) -> Files:
        """Return the files that are live. Raises VersionError or StoreError."""
        newest = await self.history.newest() if self.shared else None
        files = await self.history.files(newest.number) if newest else None
        return files if files is not None else await asyncio.to_thread(read_files, self.folder)

    async def put(
        self, files: Files, version: str, origin: Origin, who: str, why: str, live: Files
    ) -> VersionEntry:
        """Make the files live. `live`: what the caller saw live and compared with.

        Raises VersionError, with nothing changed, if something else is live by now or the folder
        cannot be written.
        """
        async with locked(self.lock_file, LOCK_SECONDS):
            await self._recover()
            if digest(await self.files()) != digest(live):
                raise VersionError(MOVED)
            after = await self._keep_unnoted(live)
            note = VersionNote(version, digest(files), origin, self.clock(), who, why)
            there = await asyncio.to_thread(read_files, self.folder)
            await self._refuse_other_changes(there, live)
            swap = self._swap(files, file_digests(there))
            await asyncio.to_thread(self._prepare, swap, note, after + 1, file_digests(there))
            entry = await self.history.add(note, files, after)
            if entry is None:
                swap.abort()
                self._pending.unlink(missing_ok=True)
                raise VersionError(MOVED)
            await asyncio.to_thread(self._finish, swap.finish)
            return entry

    async def follow(self, entry: VersionEntry, files: Files, base: int) -> None:
        """Give the folder the files of a version that another machine made live. Raises
        VersionError. Files that somebody changed here since the version `base` (0: unknown) are
        kept aside (`rescued`)."""
        async with locked(self.lock_file, LOCK_SECONDS):
            await self._recover()
            there = await asyncio.to_thread(read_files, self.folder)
            if digest(there) == entry.note.digest:
                return
            if not await self.history.knows(digest(there)):
                before = await self.history.files(base) if base else None
                rescue = self._rescuer()
                for name in changes(before or files, there).names:
                    if name in there and there[name] != files.get(name):
                        rescue(name, there[name])
            hashes = file_digests(there)
            swap = self._swap(files, hashes)
            await asyncio.to_thread(self._prepare, swap, entry.note, entry.number, hashes)
            await asyncio.to_thread(self._finish, swap.finish)

    async def note_saved(
        self, origin: Origin, version: str, after: int | None = None
    ) -> VersionEntry | None:
        """Note what a save or a start made live, if the folder still has this version and the
        history does not end with it. `after`: only if the newest version still has this number
        (0: there is none). Return the new entry."""
        async with locked(self.lock_file, LOCK_SECONDS):
            await self._recover()
            files = await asyncio.to_thread(read_files, self.folder)
            newest = await self.history.newest()
            if newest and newest.note.digest == digest(files):
                return None
            if after is not None and after != (newest.number if newest else 0):
                return None
            if await asyncio.to_thread(version_id, self.folder) != version:
                return None  # saved again meanwhile; that is noted when it is live
            return await self._note_folder(files, newest, origin, version)

    async def recover(self) -> bool:
        """Complete a swap that a crash interrupted. Return whether there was one."""
        if not self._pending.exists():
            return False
        async with locked(self.lock_file, LOCK_SECONDS):
            return await self._recover()

    async def _recover(self) -> bool:
        try:
            values: Any = load(await asyncio.to_thread(self._pending.read_bytes))
            number, wanted = int(values["number"]), str(values["digest"])
            expected = {str(name): str(value) for name, value in values["expected"].items()}
            folder = str(values["folder"])
        except FileNotFoundError:
            return False
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            number, wanted, expected, folder = 0, "", {}, ""  # cut off before the commit
        if folder and folder != str(self.folder.resolve()):
            return False  # of another folder, which is not the live one now
        entries = await self.history.entries()
        found = next((entry for entry in entries if entry.number == number), None)
        files = await self.history.files(number) if found else None
        if found is None or files is None or found.note.digest != wanted:
            await asyncio.to_thread(self._swap({}, {}).abort)
            self._pending.unlink(missing_ok=True)
            return False
        await asyncio.to_thread(self._finish, self._swap(files, expected).resume)
        return True

    async def _keep_unnoted(self, live: Files) -> int:
        """Note what is live if the history does not end with it: it was saved while no service
        ran. Return the number of the newest version, 0 if there is none."""
        newest = await self.history.newest()
        if newest and newest.note.digest == digest(live):
            return newest.number
        version = await asyncio.to_thread(version_id, self.folder)
        entry = await self._note_folder(live, newest, Origin.SAVE, version)
        if entry is None:
            raise VersionError(MOVED)
        return entry.number

    async def _note_folder(
        self, files: Files, newest: VersionEntry | None, origin: Origin, version: str
    ) -> VersionEntry | None:
        before = await self.history.files(newest.number) if newest else None
        names = changes(before or {}, files).names if newest else ()
        why = _saved(names) if newest else "第一次记下"
        who = await asyncio.to_thread(owner, self.folder, names)
        note = VersionNote(version, digest(files), origin, self.clock(), who, why)
        return await self.history.add(note, files, newest.number if newest else 0)

    async def _refuse_other_changes(self, there: Files, live: Files) -> None:
        """Raise VersionError if the folder of this machine has changes that went live nowhere."""
        if digest(there) == digest(live) or await self.history.knows(digest(there)):
            return
        names = "、".join(changes(file_digests(live), file_digests(there)).names[:5])
        raise VersionError(
            f"这台机器的 {self.folder} 里有没有生效的改动（{names}）：先把它们拷进草稿，"
            "再把这些文件恢复原样"
        )

    def _swap(self, files: Files, expected: Mapping[str, str]) -> FolderSwap:
        return FolderSwap(self.folder, files, expected, self._rescuer(), in_place=self.in_place())

    def _prepare(
        self, swap: FolderSwap, note: VersionNote, number: int, expected: Mapping[str, str]
    ) -> None:
        values = {
            "folder": str(self.folder.resolve()),
            "number": number,
            "digest": note.digest,
            "expected": dict(expected),
        }
        part = self._pending.with_name(".pending.part")
        try:
            swap.prepare()
            write_durably(part, dump_bytes(values))
            share_with_owner(part)
            part.replace(self._pending)
            sync_folder(part.parent)
        except OSError as error:
            swap.abort()
            raise VersionError(f"写不了，什么也没有动：{reason(error)}") from error

    def _finish(self, work: Callable[[], None]) -> None:
        try:
            work()
            self._pending.unlink(missing_ok=True)
        except OSError as error:
            raise VersionError(
                f"新的版本已经记下，但还没有全部放进 {self.folder}：{reason(error)}。"
                "解决以后再运行一次 status，会接着做完"
            ) from error

    def _rescuer(self) -> Rescue:
        """Return a function that keeps a file in a folder of `rescued`, named by the time."""
        folder = self.data / "rescued" / self.clock().strftime("%Y%m%dT%H%M%S")

        def rescue(name: str, data: bytes) -> None:
            make_folder((folder / name).parent)
            (folder / name).write_bytes(data)

        return rescue

    def rescued(self) -> list[Path]:
        """Return the folders with files that were saved while another version went live."""
        folder = self.data / "rescued"
        return sorted(folder.iterdir()) if folder.is_dir() else []


def _saved(names: tuple[str, ...]) -> str:
    if not names:
        return "直接保存"
    more = f"等 {len(names)} 个文件" if len(names) > 3 else ""
    return f"直接保存：{'、'.join(names[:3])}{more}"


def owner(folder: Path, names: tuple[str, ...]) -> str:
    """Return the name of the user who owns the file that was saved last, "" if unknown."""
    found = []
    for name in names or (".",):
        try:
            state = (folder / name).stat()
        except OSError:
            continue
        found.append((state.st_mtime, state.st_uid))
    return user_name(max(found)[1]) if found else ""


def user_name(uid: int) -> str:
    """Return the name of a user of the system, the number if it has none."""
    try:
        import pwd

        return pwd.getpwuid(uid).pw_name
    except (ImportError, KeyError):
        return str(uid)
