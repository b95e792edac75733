"""Progress of work that takes longer than a second, on a terminal only."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

# Seconds of work before the first line, and between two lines.
SHOW_AFTER = 1.0
EVERY = 0.5
_CLEAR = "\r\x1b[K"


@contextmanager
def progress(what: str | Callable[[], str], out: TextIO) -> Iterator[None]:
    """Show “what… n 秒” on the last line of a terminal while the work runs, then clear it. `what`
    may be a function, which is called for each line.

    Nothing is written if `out` is not a terminal or the work takes less than `SHOW_AFTER`.
    """
    if not out.isatty():
        yield
        return
    done = threading.Event()
    thread = threading.Thread(target=_show, args=(what, out, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _show(what: str | Callable[[], str], out: TextIO, done: threading.Event) -> None:
    started = time.monotonic()
    shown = False
    wait = SHOW_AFTER
    while not done.wait(wait):
        told = what if isinstance(what, str) else what()
        out.write(f"{_CLEAR}{told}… {time.monotonic() - started:.0f} 秒")
        out.flush()
        shown, wait = True, EVERY
    if shown:
        out.write(_CLEAR)
        out.flush()
