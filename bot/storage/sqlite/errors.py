"""Translate errors of SQLite and the file system into StoreError."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from bot.errors import StoreDamaged, StoreError, StoreFull, StoreInUse, StoreUnavailable, reason

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def translated(file: str) -> Iterator[None]:
    """Raise StoreError with a Chinese line in place of sqlite3.Error and OSError."""
    try:
        yield
    except sqlite3.Error as error:
        raise translate(error, file) from error
    except OSError as error:
        raise _from_os(error, file) from error


def translate(error: sqlite3.Error, file: str) -> StoreError:
    """Return the StoreError for this error and file."""
    name = getattr(error, "sqlite_errorname", "")
    if name == "SQLITE_FULL" or name in ("SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_WRITE"):
        return StoreFull(f"{file} 写不进去了：磁盘可能已满。请腾出空间，服务会自己恢复（{error}）")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreInUse(f"{file} 被别的程序锁住了：请关掉正在打开它的工具后再试（{error}）")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return StoreDamaged(
            f"{file} 已经损坏，没有改动它。请换回备份，或把它移到别处后重新启动（{error}）"
        )
    return StoreUnavailable(f"{file} 打不开或写不了：请检查路径、权限和磁盘（{error}）")


def _from_os(error: OSError, file: str) -> StoreError:
    why = reason(error)
    if error.errno in _FULL:
        return StoreFull(f"{file} 写不进去了：磁盘可能已满。请腾出空间后再试（{why}）")
    return StoreUnavailable(f"{file} 打不开或写不了：请检查路径、权限和磁盘（{why}）")
