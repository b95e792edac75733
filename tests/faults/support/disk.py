"""The state of a disk after a power cut, computed from the recorded writes of a process.

Synced data is on the disk. Of all other data, each sector may or may not have been written, in
any order. A file name may be lost until its folder, or the new file itself, was synced.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512
_HEAD = struct.Struct("<cIqI")


@dataclass(frozen=True, slots=True)
class Op:
    """An operation. `kind`: c(reate) w(rite) t(runcate) s(ync) u(nlink) r(ename, to `data`)."""

    kind: str
    path: str
    offset: int
    data: bytes


def read_record(path: Path) -> Iterator[Op]:
    """Yield the recorded operations in order."""
    raw = path.read_bytes()
    at = 0
    while at < len(raw):
        kind, length, offset, size = _HEAD.unpack_from(raw, at)
        at += _HEAD.size
        name = raw[at : at + length].decode()
        at += length
        yield Op(kind.decode(), name, offset, raw[at : at + size])
        at += size


@dataclass(eq=False)
class File:
    """A file: what is certainly on the disk, and the operations that may not be."""

    content: bytearray = field(default_factory=bytearray)
    pending: list[Op] = field(default_factory=list)

    def sync(self) -> None:
        """Apply all pending operations."""
        for op in self.pending:
            _apply(self.content, op)
        self.pending.clear()

    def after_cut(self, rng: random.Random) -> bytes:
        """Return the content with a random part of the pending operations."""
        found = bytearray(self.content)
        probability = rng.random()
        for op in self.pending:
            if op.kind == "t":
                if rng.random() < probability:
                    _apply(found, op)
                continue
            start = 0
            while start < len(op.data):
                end = min(len(op.data), start + SECTOR - (op.offset + start) % SECTOR)
                if rng.random() < probability:
                    _apply(found, Op("w", op.path, op.offset + start, op.data[start:end]))
                start = end
        return bytes(found)


class Disk:
    """Applies operations; `after_cut` returns the files by path."""

    def __init__(self) -> None:
        self._names: dict[str, File] = {}
        self._synced_names: dict[str, File] = {}
        self._pending: list[tuple[Op, File]] = []

    def apply(self, op: Op) -> None:
        """Apply the next operation."""
        if op.kind in "cur":
            self._pending.append((op, File()))
            _name(self._names, *self._pending[-1])
        elif op.path in self._names:
            file = self._names[op.path]
            if op.kind == "s":
                file.sync()
            else:
                file.pending.append(op)
        elif op.kind == "s":
            # The folder was synced: its names are permanent.
            self._synced_names = dict(self._names)
            self._pending.clear()

    def current(self, path: str) -> bytes:
        """Return the file as its writer sees it."""
        file = self._names.get(path, File())
        found = bytearray(file.content)
        for op in file.pending:
            _apply(found, op)
        return bytes(found)

    def after_cut(self, rng: random.Random) -> dict[str, bytes]:
        """Return the files that exist after the power cut."""
        names = dict(self._synced_names)
        # Names are journaled: the latest are lost first.
        for op, fresh in self._pending[: rng.randint(0, len(self._pending))]:
            _name(names, op, fresh)
        return {path: file.after_cut(rng) for path, file in names.items()}


def _name(names: dict[str, File], op: Op, fresh: File) -> None:
    if op.kind == "c":
        names[op.path] = fresh
        return
    moved = names.pop(op.path, None)
    if op.kind == "r" and moved is not None:
        names[op.data.decode()] = moved


def _apply(content: bytearray, op: Op) -> None:
    if op.kind == "t":
        del content[op.offset :]
        content.extend(bytes(op.offset - len(content)))
        return
    content.extend(bytes(max(0, op.offset - len(content))))
    content[op.offset : op.offset + len(op.data)] = op.data
