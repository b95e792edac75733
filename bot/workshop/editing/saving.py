"""Save an edited file whole: a reader, a crash and a second clerk never meet half of it."""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bot.content.documents.snapshot import FOLDERS, TOP_FILES
from bot.errors import EditRefused, reason

# Lines before and after a change in its diff.
_CONTEXT = 2


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of one file: its path in the folder, the first line that is new or different (from
    1), and the file before (None: there was none) and after."""

    file: str
    line: int
    before: bytes | None
    after: bytes

    @property
    def diff(self) -> str:
        """Return the change as a unified diff; "" if nothing differs."""
        old, new = (
            (data or b"").decode("utf-8", "replace").splitlines()
            for data in (self.before, self.after)
        )
        name = self.file if self.before is not None else "/dev/null"
        return "\n".join(difflib.unified_diff(old, new, name, self.file, lineterm="", n=_CONTEXT))

    def __str__(self) -> str:
        return f"{self.file}:{self.line}\n{self.diff}"


def read_file(folder: Path, file: str) -> bytes:
    """Return the bytes of a knowledge file. Raises EditRefused if it cannot be read."""
    try:
        return file_path(folder, file).read_bytes()
    except OSError as error:
        raise EditRefused(f"读不了 {file}：{reason(error)}") from None


def file_path(folder: Path, file: str) -> Path:
    """Return where a file of the folder lies, links followed. Raises EditRefused for a path that
    leaves the folder or names no knowledge file."""
    parts = PurePosixPath(file).parts
    if not parts or ".." in parts or PurePosixPath(file).is_absolute() or "\\" in file:
        raise EditRefused(f"“{file}”不是知识库里的文件")
    known = (
        parts[0] in TOP_FILES if len(parts) == 1 else file.endswith(FOLDERS.get(parts[0], "\0"))
    )
    root = folder.resolve()
    try:
        path = (root / file).resolve()
    except (OSError, RuntimeError, ValueError):
        raise EditRefused(f"“{file}”打不开") from None
    if not known or not path.is_relative_to(root):
        raise EditRefused(f"“{file}”不是知识库里的文件")
    return path


def save(folder: Path, edit: Edit) -> Edit:
    """Write an edit and return it. Raises EditRefused if the file has changed since it was read,
    or cannot be written; then nothing is changed."""
    path = file_path(folder, edit.file)
    try:
        now = path.read_bytes() if path.exists() else None
        if now != edit.before:
            raise EditRefused(f"{edit.file} 刚刚被别人改过，没有写进去。请再试一次")
        if edit.after != edit.before:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, edit.after)
    except OSError as error:
        raise EditRefused(f"写不了 {edit.file}：{reason(error)}") from None
    return edit


def save_all(folder: Path, edits: Sequence[Edit]) -> None:
    """Write several edits; if one cannot be written, take back those before it and raise
    EditRefused."""
    done: list[Edit] = []
    try:
        for edit in edits:
            save(folder, edit)
            done.append(edit)
    except EditRefused:
        for edit in reversed(done):
            _take_back(folder, edit)
        raise


def _take_back(folder: Path, edit: Edit) -> None:
    path = file_path(folder, edit.file)
    with suppress(OSError):
        if edit.before is None:
            path.unlink()
        else:
            replace_file(path, edit.before)


def replace_file(path: Path, data: bytes) -> None:
    """Replace a file, or create it, in one step that survives a power cut. Raises OSError."""
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    # Readers of the folder skip names that begin with a dot.
    handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=path.parent)
    new = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        new.chmod(mode)
        new.replace(path)
    except BaseException:
        with suppress(OSError):
            new.unlink()
        raise
    with suppress(OSError):  # some systems cannot open a folder
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
