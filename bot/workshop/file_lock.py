"""A lock between processes, held by the operating system until its holder ends."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from bot.errors import VersionError, reason
from bot.storage.version_files import make_folder, share_with_owner

if sys.platform == "win32":
    import msvcrt

    def _try(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


LOOK_SECONDS = 0.05


class Held:
    """A lock that this process holds until `release`."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def release(self) -> None:
        """Release the lock."""
        os.close(self._handle)


def try_lock(file: Path) -> Held | None:
    """Take the lock of a file, which is created and never removed. Return None if another holds
    it. Raises OSError if the file cannot be created."""
    make_folder(file.parent)
    handle = os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    share_with_owner(file)
    try:
        _try(handle)
    except OSError:
        os.close(handle)
        return None
    return Held(handle)


def is_locked(file: Path) -> bool:
    """Return whether a process holds the lock of a file."""
    with suppress(OSError):
        if not file.exists():
            return False
        held = try_lock(file)
        if held is None:
            return True
        held.release()
    return False


@asynccontextmanager
async def locked(file: Path, seconds: float) -> AsyncIterator[None]:
    """Hold the lock of a file. Raises VersionError if another holds it for `seconds`."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    try:
        while (held := try_lock(file)) is None:
            if loop.time() > deadline:
                raise VersionError("另一个发布或撤回正在进行，请等它做完再来一次")
            await asyncio.sleep(LOOK_SECONDS)
    except OSError as error:
        raise VersionError(f"存版本的文件夹 {file.parent} 用不了：{reason(error)}") from error
    try:
        yield
    finally:
        held.release()
