"""Every error that 柳创通 raises on purpose.

PolicyBotError
├── KnowledgeError        the knowledge folder has problems (carries all of them)
├── ConfigError           config.yaml or the environment has faults (carries all of them)
├── GuideBusy             too many messages wait; the caller should try again shortly
├── StoreError
│   ├── StoreInUse        another process owns the SQLite file
│   ├── StoreFull         no room left on the disk
│   ├── StoreDamaged      the file is not a database of ours
│   └── StoreUnavailable  the folder or the server cannot be reached or written
└── ChannelError          a channel cannot start (a wrong token, say); the others go on

`str(error)` is a Chinese sentence that an admin can act on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


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
