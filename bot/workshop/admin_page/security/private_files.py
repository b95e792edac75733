"""Write files that only one user can read: this one, or for root the owner of their folder."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

# The file is for its owner only.
MODE = 0o600


def write_private(file: Path, content: bytes) -> None:
    """Replace the file durably, or leave the old one. Creates its folder, for this user only. What
    root writes belongs to the owner of the folder, as whom the service runs. Raises OSError."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.{secrets.token_hex(4)}.part")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
        with os.fdopen(handle, "wb") as out:
            _give_to_owner_of(file.parent, handle)
            out.write(content)
            out.flush()
            os.fsync(handle)
        part.replace(file)
    except OSError:
        with suppress(OSError):
            part.unlink()
        raise
    _sync_folder(file.parent)


def append_private(file: Path, line: bytes) -> None:
    """Append a line durably; several processes may do so at once. Raises OSError."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, MODE)
    try:
        os.write(handle, line)
        os.fsync(handle)
    finally:
        os.close(handle)


def _give_to_owner_of(folder: Path, handle: int) -> None:
    """Let an open file belong to the owner of a folder, if this process may do so."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(handle, owner.st_uid, owner.st_gid)


def _sync_folder(folder: Path) -> None:
    """Make the new name durable, where the system lets folders be opened."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
