"""A disk as it stands after a power cut, made from a record of what a process wrote.

What was synced is there. Of the rest, each sector may or may not have reached the disk, in any
order; a name may be lost until its folder, or the new file itself, was synced.
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
    """c(reated) w(ritten) t(runcated) s(ynced) u(nlinked) r(enamed, to what `data` says)."""

    kind: str
    path: str
    offset: int
    data: bytes


def read_record(path: Path) -> Iterator[Op]:
    """The operations in their order."""
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
    """What is surely on the disk, and what may or may not be."""

    content: bytearray = field(default_factory=bytearray)
    pending: list[Op] = field(default_factory=list)

    def sync(self) -> None:
        """All of it is there."""
        for op in self.pending:
            _play(self.content, op)
        self.pending.clear()

    def after_cut(self, rng: random.Random) -> bytes:
        """What a reader finds: a random part of what was pending."""
        found = bytearray(self.content)
        mood = rng.random()
        for op in self.pending:
            if op.kind == "t":
                if rng.random() < mood:
                    _play(found, op)
                continue
            start = 0
            while start < len(op.data):
                end = min(len(op.data), start + SECTOR - (op.offset + start) % SECTOR)
                if rng.random() < mood:
                    _play(found, Op("w", op.path, op.offset + start, op.data[start:end]))
                start = end
        return bytes(found)


class Disk:
    """Plays operations; `after_cut` gives the files by path."""

    def __init__(self) -> None:
        self._names: dict[str, File] = {}
        self._kept: dict[str, File] = {}
        self._pending: list[tuple[Op, File]] = []

    def play(self, op: Op) -> None:
        """One operation more."""
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
            # The folder itself: its names are there for good.
            self._kept = dict(self._names)
            self._pending.clear()

    def whole(self, path: str) -> bytes:
        """The file as its writer sees it."""
        file = self._names.get(path, File())
        found = bytearray(file.content)
        for op in file.pending:
            _play(found, op)
        return bytes(found)

    def after_cut(self, rng: random.Random) -> dict[str, bytes]:
        """The files that there are when the power comes back."""
        names = dict(self._kept)
        # Names are journaled: they are lost from the end, not at random.
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


def _play(content: bytearray, op: Op) -> None:
    if op.kind == "t":
        del content[op.offset :]
        content.extend(bytes(op.offset - len(content)))
        return
    content.extend(bytes(max(0, op.offset - len(content))))
    content[op.offset : op.offset + len(op.data)] = op.data
