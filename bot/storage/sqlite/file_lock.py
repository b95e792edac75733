"""Lock a SQLite file for one process, by an operating system lock on `<file>.lock`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bot.errors import StoreInUse

if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """The lock exists from `acquire` to `release`, or until the process ends."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._handle: int | None = None

    def acquire(self) -> None:
        """Take the lock. Raises StoreInUse if another store has it, OSError if the folder is not
        writable."""
        path = self._file.with_name(self._file.name + ".lock")
        # The lock file is never removed: two processes could then lock two different files.
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            _lock(handle)
        except OSError as error:
            os.close(handle)
            raise StoreInUse(
                f"{self._file} 正由本程序的另一个进程使用：一个文件只能由一个进程打开。"
                "请先停掉那一个，或者改用 PostgreSQL"
            ) from error
        self._handle = handle

    def release(self) -> None:
        """Release the lock."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
