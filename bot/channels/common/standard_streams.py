"""The standard streams of the process where one is closed, has no reader, or is not UTF-8."""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress
from typing import TextIO

# Encodings of Chinese terminals. Any other terminal, and every pipe and file, gets UTF-8.
_GB = frozenset({"gb18030", "gbk", "gb2312", "cp936"})
# Errors of a write that say that the output is gone or full, not that the program is wrong.
OUTPUT_ERRORS = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF, errno.ENXIO}
)


def prepare_streams() -> None:
    """Open the streams that the caller has closed, and set the encodings of all.

    Without this, the first file or socket that the program opens takes the number of the closed
    stream, and messages are written into it.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, _substitute(number, mode))
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding=_encoding(stream), errors="replace")


def _substitute(number: int, mode: str) -> TextIO:
    """Return an empty input, an output whose writes fail, or messages that are dropped."""
    flags = os.O_WRONLY if number == 2 else os.O_RDONLY
    # The lowest free number is `number`: the streams below it are open.
    opened = os.open(os.devnull, flags)
    os.set_inheritable(opened, True)
    raw = io.FileIO(opened, mode, closefd=False)
    return io.TextIOWrapper(
        io.BufferedReader(raw) if mode == "r" else io.BufferedWriter(raw), encoding="utf-8"
    )


def _encoding(stream: TextIO) -> str:
    known = (stream.encoding or "").lower().replace("-", "").replace("_", "")
    return stream.encoding if known in _GB and stream.isatty() else "utf-8"


def discard_output() -> None:
    """Send later output nowhere, so that neither a write nor the flush at exit fails again."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
