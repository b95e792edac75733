"""Log JSON lines: one per turn with a keyed hash of the user, never with message text."""

from __future__ import annotations

import logging
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, TextIO

import structlog

from bot.core.domain.json_codec import dump
from bot.core.domain.replies import Turn

LINES_PER_MINUTE = 10
MAX_KEYS = 1_000


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


class UnderstandingLog:
    """Logs what texts were taken to mean, at the level debug. Create it after
    `configure_logging`."""

    def __init__(self) -> None:
        self._log = structlog.get_logger().bind()

    def turn(self, turn: Turn) -> None:
        """Log the acts of one turn, each with its recogniser, confidence and clause. The text is
        not logged."""
        if turn.acts:
            self._log.debug("understood", acts=turn.acts)


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


class RepeatLimit:
    """Bounds the lines that strangers can cause: at most LINES_PER_MINUTE with the same key.

    `clock` returns seconds of a monotonic clock.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._minute: dict[str, tuple[float, int]] = {}

    @property
    def size(self) -> int:
        """The number of keys."""
        return len(self._minute)

    def take(self, key: str) -> Mapping[str, int] | None:
        """Count a line. Return None if it is one too many, else what to add to the line: after a
        full minute, the number of lines that were left out."""
        now = self._clock()
        if len(self._minute) > MAX_KEYS:  # texts of libraries may contain numbers
            self._minute.clear()
        began, count = self._minute.get(key, (now, 0))
        left_out = 0
        if now - began >= 60:
            left_out, began, count = max(0, count - LINES_PER_MINUTE), now, 0
        self._minute[key] = (began, count + 1)
        if count >= LINES_PER_MINUTE:
            return None
        return {"left_out": left_out} if left_out else {}


class _LibraryHandler(logging.Handler):
    """Logs warnings and errors of libraries as JSON lines, of each kind a few per minute.

    A line has the format string and the location, not the arguments: they could quote a user.
    """

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self._limit = RepeatLimit()

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        error = record.exc_info[1] if record.exc_info else None
        message = str(record.msg).partition("\n")[0]
        more = self._limit.take(f"{record.name}:{message}")
        if more is None:
            return
        level = record.levelname.lower()
        details: dict[str, Any] = {}
        if error:
            details = {"kind": type(error).__name__, "where": _locations(error)}
        log = structlog.get_logger()
        getattr(log, level, log.error)(
            "library", logger=record.name, message=message, **details, **more
        )


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
