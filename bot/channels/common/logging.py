"""One JSON line a turn, for every channel: a turn id and a keyed hash of who, never what."""

from __future__ import annotations

import asyncio
import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

import structlog

from bot.core.domain.json_codec import dump


class _Lines:
    """Writes whole lines. A turn that is durable must not fail because its log line cannot be
    written (a closed pipe, a full disk), so such a line is lost."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def msg(self, message: str) -> None:
        """Write a line."""
        with suppress(OSError, ValueError):
            self._stream.write(message + "\n")
            self._stream.flush()

    debug = info = warning = error = critical = msg


class _Gathered(_Lines):
    """Lines of one turn of the event loop leave in one go: a batch of turns ends in one."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._held: list[str] = []

    def msg(self, message: str) -> None:
        """Write a line, soon."""
        if not self._held:
            asyncio.get_running_loop().call_soon(self._let_go)
        self._held.append(message)

    def _let_go(self) -> None:
        held, self._held = self._held, []
        super().msg("\n".join(held))

    debug = info = warning = error = critical = msg


def configure_logging(level: str = "info", stream: TextIO | None = None) -> None:
    """Log JSON lines to `stream` (default: standard error). Call once, at start."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=_dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=lambda kind=_Lines: kind(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )


def _dumps(value: Any, **_: Any) -> str:
    return dump(value, str)


class TurnLog:
    """Notes turns, on an event loop. Made once logging is configured: binding a logger anew costs
    more than a line.

    There is no parameter for what was said; `who` is the keyed hash.
    """

    def __init__(self) -> None:
        self._log = structlog.get_logger(_Gathered).bind()

    def turn(
        self, channel: str, turn: str, who: str, outcome: str, seconds: float, *, duplicate: bool
    ) -> None:
        """Note a turn."""
        self._log.info(
            "turn",
            channel=channel,
            turn=turn,
            conv=who,
            outcome=outcome,
            ms=round(seconds * 1000, 2),
            duplicate=duplicate,
        )


class _Library(logging.Handler):
    """What a library complains about, as a line of ours: its fixed words, and where it happened,
    but nothing that was put into them; that could quote a user."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line."""
        error = record.exc_info[1] if record.exc_info else None
        said = str(record.msg).partition("\n")[0]
        level = record.levelname.lower()
        more = {"kind": type(error).__name__, "where": _where(error)} if error else {}
        log = structlog.get_logger()
        getattr(log, level, log.error)("library", logger=record.name, message=said, **more)


@contextmanager
def libraries_logged() -> Iterator[None]:
    """Meanwhile, the warnings and errors of libraries are JSON lines like ours."""
    handler = _Library(logging.WARNING)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)


def log_fault(event: str, error: BaseException, **more: str) -> None:
    """Note a fault that we foresaw; its message is ours and holds nothing that a user wrote."""
    structlog.get_logger().error(event, kind=type(error).__name__, message=str(error), **more)


def log_crash(event: str, error: BaseException, **more: str) -> None:
    """Note a fault that nobody foresaw: where it happened, not its message, which could quote."""
    kind, where = type(error).__name__, _where(error)
    structlog.get_logger().error(event, kind=kind, where=where, **more)


def _where(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames]
