"""A draft: a copy of the knowledge that editors change, with a note of what it was copied from."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.core.domain.json_codec import dump_bytes, load
from bot.errors import VersionError, reason
from bot.service.version_history import Files
from bot.workshop.editing.saving import replace_file
from bot.workshop.folder import Changes, changes, digest, file_digests, is_knowledge, read_files

# Hidden, so that no reader of the knowledge takes it for a file of it.
BASE = ".base.json"
EDITORS = ".editors.json"
DROPPED = ".dropped"


@dataclass(frozen=True, slots=True)
class Base:
    """What a draft was copied from: the hash of each file, and when. `number`: of the version in
    the history, 0 if it stood in none."""

    hashes: Mapping[str, str]
    number: int
    at: datetime
    who: str


@dataclass(frozen=True, slots=True)
class DraftState:
    """How a draft stands. `own`: what its editor changed. `others`: what changed in the live
    knowledge since it was copied. `both`: the files of these that differ and were changed by
    both."""

    folder: Path
    base: Base
    own: Changes
    others: Changes
    both: tuple[str, ...]


def write_files(folder: Path, files: Files) -> None:
    """Write files below a folder, which is created. Raises OSError."""
    for name, data in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def create_draft(folder: Path, files: Files, base: Base) -> None:
    """Copy the files into a new draft. Raises VersionError if the folder holds something else."""
    if folder.exists() and not folder.is_dir():
        raise VersionError(f"{folder} 是一个文件，草稿要放进文件夹：换一个名字")
    if folder.is_dir() and any(folder.iterdir()):
        raise VersionError(f"{folder} 里已经有别的文件，也不是草稿：换一个文件夹，或先移走它们")
    part = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        write_files(part, files)
        _write_base(part, base)
        if folder.is_dir():
            folder.rmdir()
        part.rename(folder)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise VersionError(f"草稿 {folder} 写不了：{reason(error)}") from error


def is_draft(folder: Path) -> bool:
    """Return whether a folder is a draft."""
    return (folder / BASE).is_file()


def draft_files(folder: Path) -> Files:
    """Return the files of a draft. Raises VersionError if there is none."""
    if not is_draft(folder):
        raise VersionError(f"{folder} 不是草稿，或者还没有草稿：先运行 draft")
    files = read_files(folder)
    if not is_knowledge(files):
        raise VersionError(f"草稿 {folder} 里没有知识库的文件：用 draft --drop 丢掉它再来")
    return files


def draft_state(folder: Path, live: Files) -> DraftState:
    """Return how a draft stands to the live knowledge. Raises VersionError."""
    mine, now, base = file_digests(draft_files(folder)), file_digests(live), read_base(folder)
    own, others = changes(base.hashes, mine), changes(base.hashes, now)
    both = {*own.names} & {*others.names}
    return DraftState(
        folder, base, own, others, tuple(sorted(n for n in both if mine.get(n) != now.get(n)))
    )


def merged_files(folder: Path, live: Files, state: DraftState) -> Files:
    """Return the live files with the changes of the draft on top."""
    mine = draft_files(folder)
    files = dict(live)
    for name in state.own.names:
        if name in mine:
            files[name] = mine[name]
        else:
            files.pop(name, None)
    return files


def rebase_draft(folder: Path, files: Files, base: Base) -> None:
    """Give a draft these files and this base. Raises VersionError.

    The base is written last: after a crash before it, what others changed stands in the draft and
    in the live knowledge alike, so it is no conflict.
    """
    try:
        there = read_files(folder)
        for name, data in files.items():
            if there.get(name) != data:
                target = folder / name
                _replace(target, data)
        for name in there.keys() - files.keys():
            (folder / name).unlink(missing_ok=True)
        (folder / EDITORS).unlink(missing_ok=True)
        _write_base(folder, base)
    except OSError as error:
        raise VersionError(f"草稿 {folder} 写不了：{reason(error)}") from error


def merge_file(
    folder: Path, name: str, mine: bytes | None, live: bytes | None, content: bytes | None
) -> None:
    """Give a draft one file in which its changes and those of the live file are merged (None: no
    such file), and note that the draft knows the live file. Raises VersionError, also if the
    draft's file is not `mine` any more.

    As in `rebase_draft`, the note is written last: before it, both still count as changed.
    """
    if read_files(folder).get(name) != mine:
        raise VersionError(f"{name} 刚刚又被改过，没有写进去。请再看一遍")
    hashes = {each: old for each, old in read_base(folder).hashes.items() if each != name}
    if live is not None:
        hashes |= file_digests({name: live})
    try:
        if content is None:
            (folder / name).unlink(missing_ok=True)
        else:
            _replace(folder / name, content)
        _write_base(folder, replace(read_base(folder), hashes=hashes))
    except OSError as error:
        raise VersionError(f"草稿 {folder} 写不了：{reason(error)}") from error


def editors(folder: Path) -> dict[str, tuple[str, ...]]:
    """Return who has changed each file of a draft on the admin page since it was last published,
    in their order. A file that was changed in another way has no entry."""
    with suppress(OSError, ValueError, TypeError, AttributeError):
        found: Any = load((folder / EDITORS).read_bytes())
        return {str(name): tuple(map(str, who)) for name, who in found.items()}
    return {}


def note_editor(folder: Path, names: Iterable[str], who: str) -> None:
    """Note that a user has changed files of a draft. Raises VersionError."""
    found = editors(folder)
    for name in names:
        found[name] = tuple(dict.fromkeys((*found.get(name, ()), who)))
    try:
        _replace(folder / EDITORS, dump_bytes({name: list(who) for name, who in found.items()}))
    except OSError as error:
        raise VersionError(f"草稿 {folder} 写不了：{reason(error)}") from error


def drop_draft(folder: Path) -> Path | None:
    """Remove a draft. One with changes is kept aside once more; return where. Raises
    VersionError."""
    own = changes(read_base(folder).hashes, file_digests(read_files(folder)))
    aside = folder.with_name(folder.name + DROPPED)
    try:
        if not own:
            shutil.rmtree(folder)
            return None
        if is_draft(aside):
            shutil.rmtree(aside)
        folder.rename(aside)
    except OSError as error:
        raise VersionError(f"草稿 {folder} 丢不掉：{reason(error)}") from error
    return aside


def read_base(folder: Path) -> Base:
    """Return the note of a draft. Raises VersionError."""
    try:
        values: Any = load((folder / BASE).read_bytes())
        return Base(
            hashes={str(name): str(value) for name, value in values["hashes"].items()},
            number=int(values["number"]),
            at=datetime.fromisoformat(values["at"]),
            who=str(values["who"]),
        )
    except FileNotFoundError:
        raise VersionError(f"{folder} 不是草稿，或者还没有草稿：先运行 draft") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        hint = "把改过的文件拷到别处，删掉这个文件夹，再运行 draft"
        raise VersionError(f"草稿 {folder} 的 {BASE} 读不出来：{hint}") from error


def base_of(files: Files, number: int, at: datetime, who: str) -> Base:
    """Return the note for a draft that is copied from these files."""
    return Base(file_digests(files), number, at, who)


def same(one: Files, other: Files) -> bool:
    """Return whether two versions have the same files."""
    return digest(one) == digest(other)


def _write_base(folder: Path, base: Base) -> None:
    values = {
        "hashes": dict(base.hashes),
        "number": base.number,
        "at": base.at.isoformat(),
        "who": base.who,
    }
    _replace(folder / BASE, dump_bytes(values))


def _replace(target: Path, data: bytes) -> None:
    """Write a file whole, with its folders. Raises OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    replace_file(target, data)
