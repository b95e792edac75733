"""Log JSON lines: one per turn with a keyed hash of the user, never with message text."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

import structlog

from bot.core.domain.json_codec import dump


class _LineLogger:
    """Writes whole lines to a stream.

    A line that cannot be written (a closed pipe, a full disk) is dropped: a durable turn must not
    fail because of its log line.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def msg(self, message: str) -> None:
        """Write one line."""
        with suppress(OSError, ValueError):
            self._stream.write(message + "\n")
            self._stream.flush()

    debug = info = warning = error = critical = msg


def configure_logging(level: str = "info", stream: TextIO | None = None) -> None:
    """Log JSON lines to `stream` (default: standard error). Call once, at startup."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=_dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=lambda: _LineLogger(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )


def _dumps(value: Any, **_: Any) -> str:
    return dump(value, str)


class TurnLog:
    """Logs turns. Create it after `configure_logging`.

    The bound logger is reused because binding takes longer than logging a line.
    """

    def __init__(self) -> None:
        self._log = structlog.get_logger().bind()

    def turn(
        self, channel: str, turn: str, who: str, outcome: str, seconds: float, *, duplicate: bool
    ) -> None:
        """Log one turn. `who`: keyed hash of the conversation; message text is never passed."""
        self._log.info(
            "turn",
            channel=channel,
            turn=turn,
            conv=who,
            outcome=outcome,
            ms=round(seconds * 1000, 2),
            duplicate=duplicate,
        )


class _LibraryHandler(logging.Handler):
    """Logs warnings and errors of libraries as JSON lines.

    A line has the format string and the location, not the arguments: they could quote a user.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        error = record.exc_info[1] if record.exc_info else None
        message = str(record.msg).partition("\n")[0]
        level = record.levelname.lower()
        details = {"kind": type(error).__name__, "where": _locations(error)} if error else {}
        log = structlog.get_logger()
        getattr(log, level, log.error)("library", logger=record.name, message=message, **details)


@contextmanager
def libraries_logged() -> Iterator[None]:
    """Log warnings and errors of libraries as JSON lines while the context is open."""
    handler = _LibraryHandler(logging.WARNING)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)


def log_fault(event: str, error: BaseException, **details: str) -> None:
    """Log an expected error with its message, which is ours and quotes no user."""
    structlog.get_logger().error(event, kind=type(error).__name__, message=str(error), **details)


def log_crash(event: str, error: BaseException, **details: str) -> None:
    """Log an unexpected error with its location, without its message: that could quote a user."""
    kind, where = type(error).__name__, _locations(error)
    structlog.get_logger().error(event, kind=kind, where=where, **details)


def _locations(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames]
