"""Exchange two folders in one step of the file system, where it can."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from pathlib import Path
from typing import Any

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2  # Linux; RENAME_SWAP of macOS has the same value
# What a system says that cannot exchange these folders: a mount point, another file system, a
# kernel or file system without the call, a parent folder without permission.
CANNOT = frozenset(
    {
        errno.EINVAL,
        errno.ENOSYS,
        errno.EBUSY,
        errno.EXDEV,
        errno.EPERM,
        errno.EACCES,
        errno.EROFS,
        errno.ENOTSUP,
        errno.EOPNOTSUPP,
    }
)


def exchange(one: Path, other: Path) -> None:
    """Exchange two paths atomically. Raises OSError; if its number is in CANNOT, the system has no
    way to do it."""
    first, second = os.fsencode(one), os.fsencode(other)
    libc: Any = ctypes.CDLL(None, use_errno=True) if sys.platform != "win32" else None
    if hasattr(libc, "renameat2"):
        result = libc.renameat2(_AT_FDCWD, first, _AT_FDCWD, second, _RENAME_EXCHANGE)
    elif hasattr(libc, "renamex_np"):
        result = libc.renamex_np(first, second, _RENAME_EXCHANGE)
    else:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(one))
