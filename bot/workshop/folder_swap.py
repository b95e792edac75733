"""Give a knowledge folder the files of another version, so that no reader ever takes a mix.

The whole folder is exchanged in one step where the system can do it. Elsewhere (a mounted folder,
a folder with files that no version holds) the files are replaced one by one, under a mark in the
folder that readers wait for (`read_snapshot`); after a crash, `finish` is called again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from bot.content.documents.snapshot import UNFINISHED
from bot.service.version_history import Files
from bot.storage.version_files import sync_folder, write_durably
from bot.workshop import exchange
from bot.workshop.folder import changes, file_digests, has_other_entries, read_files
from bot.workshop.mount_points import is_mount_point

PART = ".publishing-part"
Rescue = Callable[[str, bytes], None]


class FolderSwap:
    """One swap. `expected`: the hashes of the files that the folder has before it. `rescue` gets
    every file that somebody saved in the folder meanwhile, before it is replaced. `in_place`: do
    not try to exchange the whole folder."""

    def __init__(
        self,
        folder: Path,
        files: Files,
        expected: Mapping[str, str],
        rescue: Rescue,
        *,
        in_place: bool = False,
    ) -> None:
        self._root = folder.resolve(strict=True)
        self._staged = self._root.parent / f".{self._root.name}.publishing"
        self._files = files
        self._expected = expected
        self._wanted = file_digests(files)
        self._rescue = rescue
        self._in_place = in_place

    def prepare(self) -> None:
        """Write everything that `finish` puts in place. Nothing is visible to readers yet. Raises
        OSError if there is no room or no permission."""
        self.abort()  # what a process that was killed left
        if not self._in_place and self._may_exchange():
            try:
                self._stage()
                return
            except OSError as error:
                if error.errno not in exchange.CANNOT:
                    raise
        self._in_place = True
        self._write_parts()

    def abort(self) -> None:
        """Remove what `prepare` wrote."""
        shutil.rmtree(self._staged, ignore_errors=True)
        shutil.rmtree(self._staged.with_name(f"{self._staged.name}.part"), ignore_errors=True)
        self._remove_parts()

    def resume(self) -> None:
        """Complete a swap whose `finish` was interrupted by a crash, or never began. Raises
        OSError."""
        if not (self._root / UNFINISHED).exists() and self._is_done():
            self._drop_old()
        else:
            self.finish()

    def finish(self) -> None:
        """Put the files in place. Raises OSError."""
        unfinished = (self._root / UNFINISHED).exists()
        if not (self._in_place or unfinished) and self._may_exchange():
            try:
                self._stage()
                exchange.exchange(self._staged, self._root)
            except OSError as error:
                if error.errno not in exchange.CANNOT:
                    raise
            else:
                sync_folder(self._root.parent)
                self._drop_old()
                return
        shutil.rmtree(self._staged, ignore_errors=True)
        self._replace_one_by_one()

    def _may_exchange(self) -> bool:
        root = self._root
        return not (is_mount_point(root) or has_other_entries(root)) and os.access(
            root.parent, os.W_OK | os.X_OK
        )

    def _is_done(self) -> bool:
        """Return whether the files are in place already. Then the folder beside it is the old
        one; if that is gone too, some files are new, and none is as it was before."""
        if self._staged.is_dir():
            return file_digests(read_files(self._staged)) != self._wanted
        there = file_digests(read_files(self._root))
        differing = changes(self._expected, self._wanted).names
        return all(there.get(name) != self._expected.get(name) for name in differing) and any(
            there.get(name) == self._wanted.get(name) for name in differing
        )

    def _stage(self) -> None:
        """Write the whole new folder beside the old one, durably. A folder that has its final name
        is complete."""
        if self._staged.is_dir():
            return
        part = self._staged.with_name(f"{self._staged.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700)
        for name, data in self._files.items():
            target = part / name
            target.parent.mkdir(parents=True, exist_ok=True)
            write_durably(target, data)
            _look_like(target, self._root / name, 0o644)
        for path, folders, _ in os.walk(part, topdown=False):
            for each in folders:
                inside = (Path(path) / each).relative_to(part)
                _look_like(Path(path) / each, self._root / inside, 0o755)
                sync_folder(Path(path) / each)
        _look_like(part, self._root, 0o755)
        sync_folder(part)
        part.rename(self._staged)

    def _drop_old(self) -> None:
        """Delete the old folder; what it holds unexpectedly was saved since it was read."""
        if not self._staged.is_dir():
            return
        for name, data in read_files(self._staged).items():
            self._save_if_unexpected(name, data)
        shutil.rmtree(self._staged, ignore_errors=True)

    def _save_if_unexpected(self, name: str, data: bytes) -> None:
        found = hashlib.sha256(data).hexdigest()
        if found not in (self._expected.get(name), self._wanted.get(name)):
            self._rescue(name, data)

    def _replace_one_by_one(self) -> None:
        self._write_parts()
        write_durably(self._root / UNFINISHED, b"")
        sync_folder(self._root)
        there = read_files(self._root)
        differing = changes(file_digests(there), self._wanted)
        for name in (*differing.changed, *differing.removed):
            self._save_if_unexpected(name, there[name])
        for name in (*differing.changed, *differing.added):
            _part(self._root / name).replace(self._root / name)
        for name in differing.removed:
            (self._root / name).unlink(missing_ok=True)
            self._remove_empty_folders(self._root / name)
        for name in differing.names:
            sync_folder((self._root / name).parent)
        self._remove_parts()
        (self._root / UNFINISHED).unlink()
        sync_folder(self._root)

    def _remove_empty_folders(self, file: Path) -> None:
        for parent in file.parents:
            if parent == self._root:
                return
            with suppress(OSError):  # other files are in it
                parent.rmdir()

    def _write_parts(self) -> None:
        there = file_digests(read_files(self._root))
        for name in (found := changes(there, self._wanted)).names:
            if name in found.removed:
                continue
            target = self._root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if not _part(target).is_file() or _part(target).read_bytes() != self._files[name]:
                write_durably(_part(target), self._files[name])
            _look_like(_part(target), target, 0o644)

    def _remove_parts(self) -> None:
        for path in self._root.rglob(f".*{PART}"):
            with suppress(OSError):
                path.unlink()


def _part(target: Path) -> Path:
    return target.with_name(f".{target.name}{PART}")


def _look_like(new: Path, old: Path, mode: int) -> None:
    """Give a new path the mode and the owner of the old one, as far as this user may."""
    try:
        found = old.stat()
    except OSError:
        new.chmod(mode)
        return
    new.chmod(stat.S_IMODE(found.st_mode))
    if hasattr(os, "chown") and (found.st_uid, found.st_gid) != (os.getuid(), os.getgid()):
        with suppress(OSError):
            os.chown(new, found.st_uid, found.st_gid)
