"""Every error that 柳创通 raises on purpose.

PolicyBotError
├── KnowledgeError        the knowledge folder has problems (carries all of them)
├── ConfigError           config.yaml or the environment has faults (carries all of them)
├── GuideBusy             too many messages wait; the caller should try again shortly
│   └── GuideStopping     the service is stopping
├── StoreError
│   ├── StoreInUse        another process owns the SQLite file
│   ├── StoreFull         no room left on the disk
│   ├── StoreDamaged      the file is not a database of ours
│   └── StoreUnavailable  the folder or the server cannot be reached or written
└── ChannelError          a channel cannot start (a wrong token, say); the others go on

`str(error)` is a Chinese sentence that an admin can act on.
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
    errno.EADDRINUSE: "端口已被占用",
    errno.EADDRNOTAVAIL: "这台机器没有这个地址",
}


def reason(error: OSError) -> str:
    """What the system says is wrong, in the admin's words; in its own where we have none."""
    return _REASONS.get(error.errno or 0) or error.strerror or str(error)


class PolicyBotError(Exception):
    """The root: catch this to catch everything that we raise on purpose."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to mend: where it stands, what is wrong, and how to put it right."""

    file: str
    line: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        tail = f"（{self.hint}）" if self.hint else ""
        return f"{self.file}:{self.line}: {self.message}{tail}"


class KnowledgeError(PolicyBotError):
    """The knowledge folder cannot be served; `problems` holds everything found at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ConfigError(PolicyBotError):
    """The settings cannot be used; `faults` holds every fault, one Chinese line each."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


class GuideBusy(PolicyBotError):
    """More messages wait than the queue holds; nothing of this message was kept."""


class GuideStopping(GuideBusy):
    """The service is stopping; nothing of this message was stored."""


class StoreError(PolicyBotError):
    """The store cannot do what was asked; nothing was acknowledged."""


class StoreInUse(StoreError):
    """Another process owns this SQLite file."""


class StoreFull(StoreError):
    """The disk has no room left."""


class StoreDamaged(StoreError):
    """The file is damaged, or is not a database of ours."""


class StoreUnavailable(StoreError):
    """The folder or the database server cannot be reached or written."""


class ChannelError(PolicyBotError):
    """A channel cannot start or go on."""
