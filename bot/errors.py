"""The exception hierarchy of 柳创通.

PolicyBotError
├── KnowledgeError        the knowledge folder has problems (holds all of them)
├── VersionError          a draft, a publish or an undo was refused; nothing was changed
├── EditRefused           an edit of a knowledge file cannot be made; nothing was written
├── ConfigError           config.yaml or the environment has faults (holds all of them)
├── GuideBusy             too many messages wait; the caller should retry shortly
│   └── GuideStopping     the service is stopping
├── StoreError
│   ├── StoreInUse        another process owns the SQLite file
│   ├── StoreFull         the disk is full
│   ├── StoreDamaged      the database is corrupt, or belongs to another program
│   └── StoreUnavailable  the folder or the server cannot be reached or written
├── ChannelError          a channel cannot start, for example with a wrong token
└── ToolCallRefused       an assistant called a tool with arguments that it cannot use

`str(error)` is a Chinese sentence that tells an admin what to do.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence
from dataclasses import dataclass

_REASONS = {
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.ENOENT: "没有这个文件或文件夹",
    errno.ENOTDIR: "路径中间有一段不是文件夹",
    errno.EISDIR: "这是文件夹，不是文件",
    errno.EROFS: "磁盘是只读的",
    errno.ENOSPC: "磁盘满了",
    errno.EDQUOT: "磁盘配额用完了",
    errno.EFBIG: "文件超过了允许的大小",
    errno.EBADF: "输出已经关闭",
    errno.EADDRINUSE: "端口已被占用",
    errno.EADDRNOTAVAIL: "这台机器没有这个地址",
}


def reason(error: OSError) -> str:
    """Return why the system call failed, in Chinese where `_REASONS` has the error number."""
    return _REASONS.get(error.errno or 0) or error.strerror or str(error)


class PolicyBotError(Exception):
    """The base class of all errors that this package raises."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """A problem of the knowledge folder: its place, what is wrong, and how to correct it."""

    file: str
    line: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        tail = f"（{self.hint}）" if self.hint else ""
        return f"{self.file}:{self.line}: {self.message}{tail}"


class KnowledgeError(PolicyBotError):
    """The knowledge folder cannot be served; `problems` has all problems found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class VersionError(PolicyBotError):
    """A draft, a publish or an undo was refused; nothing was changed."""


class EditRefused(PolicyBotError):
    """An edit of a knowledge file cannot be made, or would say something else; nothing was
    written."""


class ConfigError(PolicyBotError):
    """The settings cannot be used; `faults` has every fault as one Chinese line."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


class GuideBusy(PolicyBotError):
    """The queue is full; nothing of this message was stored."""


class GuideStopping(GuideBusy):
    """The service is stopping; nothing of this message was stored."""


class StoreError(PolicyBotError):
    """The operation of the store failed; nothing was acknowledged."""


class StoreInUse(StoreError):
    """Another process has locked the SQLite file."""


class StoreFull(StoreError):
    """The disk is full."""


class StoreDamaged(StoreError):
    """The database is corrupt, or belongs to another program."""


class StoreUnavailable(StoreError):
    """The folder or the database server cannot be reached or written."""


class StoreUnused(StoreUnavailable):
    """The SQLite file does not exist yet: nobody has talked to the bot."""


class ChannelError(PolicyBotError):
    """A channel cannot start or continue."""


class ToolCallRefused(PolicyBotError):
    """A tool got arguments that it cannot use; the message tells the assistant what to change."""
