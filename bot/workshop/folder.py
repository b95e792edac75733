"""Read the files of a knowledge folder as one version, and compare versions."""

from __future__ import annotations

import difflib
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.content.documents.problems import Problems
from bot.content.documents.snapshot import FOLDERS, is_visible, read_snapshot
from bot.content.documents.tree import MAX_BYTES
from bot.errors import VersionError, reason
from bot.service.version_history import Files

# What a version holds: everything that editors write, also where the service does not read it, and
# the schemas that their tools read.
SUFFIXES = (".yaml", ".yml", ".txt", ".md", ".json")
UNREADABLE = "这个文件夹读不了：{}"


@dataclass(frozen=True, slots=True)
class Changes:
    """The names of the files in which two versions differ, each sorted."""

    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Return all names."""
        return tuple(sorted({*self.changed, *self.added, *self.removed}))

    def __bool__(self) -> bool:
        return bool(self.changed or self.added or self.removed)

    def lines(self) -> Iterator[str]:
        """Yield one line a file, as admins read it."""
        yield from (f"改了　{name}" for name in self.changed)
        yield from (f"新增　{name}" for name in self.added)
        yield from (f"删了　{name}" for name in self.removed)


def read_files(folder: Path) -> Files:
    """Return the files of a folder that belong to a version. Raises VersionError."""
    try:
        root = folder.resolve(strict=True)
        return {name: (root / name).read_bytes() for name in _names(root)}
    except (OSError, RuntimeError) as error:
        told = reason(error) if isinstance(error, OSError) else "链接绕圈"
        raise VersionError(f"{folder}：{UNREADABLE.format(told)}") from error


def has_other_entries(folder: Path) -> bool:
    """Return whether a folder holds what no version holds: hidden files, links, large files. A
    swap of the whole folder would lose them."""
    names = {*_names(folder)}
    for path, folders, files in os.walk(folder):
        inside = Path(path).relative_to(folder).as_posix()
        here = "" if inside == "." else f"{inside}/"
        if any((Path(path) / each).is_symlink() for each in (*folders, *files)):
            return True
        if any(here + each not in names for each in files):
            return True
        if any(not is_visible(each) for each in folders):
            return True
    return False


def _names(root: Path) -> list[str]:
    """Return the paths of the files of a version, sorted."""
    found = []
    for path, folders, files in os.walk(root):
        folders[:] = sorted(each for each in folders if is_visible(each))
        for name in files:
            file = Path(path) / name
            if not (is_visible(name) and name.lower().endswith(SUFFIXES)):
                continue
            if file.is_symlink() and not file.resolve().is_relative_to(root):
                continue
            if file.is_file() and file.stat().st_size <= MAX_BYTES:
                found.append(file.relative_to(root).as_posix())
    return sorted(found)


def digest(files: Files) -> str:
    """Return the hash over names and contents of all files, 64 hex digits."""
    found = hashlib.sha256()
    for name in sorted(files):
        head = f"{name}\0{len(files[name])}\0".encode("utf-8", "surrogateescape")
        found.update(head + files[name])
    return found.hexdigest()


def file_digests(files: Files) -> dict[str, str]:
    """Return the hash of each file, by name."""
    return {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def version_id(folder: Path) -> str:
    """Return the version that the service shows for a folder (/readyz)."""
    return read_snapshot(folder, Problems()).version


def is_knowledge(files: Iterable[str]) -> bool:
    """Return whether these files look like a knowledge folder."""
    return any(name.partition("/")[0] in FOLDERS for name in files)


def changes(old: Mapping[str, object], new: Mapping[str, object]) -> Changes:
    """Return in which files two versions differ, given contents or hashes by name."""
    return Changes(
        changed=tuple(sorted(n for n in old.keys() & new.keys() if old[n] != new[n])),
        added=tuple(sorted(new.keys() - old.keys())),
        removed=tuple(sorted(old.keys() - new.keys())),
    )


def unified_diff(old: Files, new: Files) -> Iterator[str]:
    """Yield the lines of a unified diff between two versions, without line ends."""
    for name in changes(old, new).names:
        before, after = (_lines(files.get(name)) for files in (old, new))
        yield from difflib.unified_diff(
            before,
            after,
            f"旧/{name}" if name in old else "/dev/null",
            f"新/{name}" if name in new else "/dev/null",
            lineterm="",
        )


def _lines(data: bytes | None) -> list[str]:
    return data.decode("utf-8", "replace").splitlines() if data else []
