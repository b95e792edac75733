"""The number of log lines that strangers can cause is bounded."""

from __future__ import annotations

import json
import logging
from io import StringIO

import structlog

from bot.channels.common.logging import (
    LINES_PER_MINUTE,
    MAX_KEYS,
    RepeatLimit,
    configure_logging,
    libraries_logged,
)


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_repeated_line_is_left_out_and_counted_in_the_next_minute() -> None:
    clock = Clock()
    limit = RepeatLimit(clock)
    written = [limit.take("bad") for _ in range(LINES_PER_MINUTE + 7)]
    assert written == [{}] * LINES_PER_MINUTE + [None] * 7
    assert limit.take("another") == {}
    clock.now = 60
    assert limit.take("bad") == {"left_out": 7}
    assert limit.take("bad") == {}


def test_changing_texts_take_no_memory_without_end() -> None:
    limit = RepeatLimit(Clock())
    for number in range(3 * MAX_KEYS):
        assert limit.take(f"text {number}") == {}
    assert limit.size <= MAX_KEYS + 1


def test_a_library_that_repeats_itself_writes_few_lines() -> None:
    stream = StringIO()
    configure_logging(stream=stream)
    try:
        with libraries_logged():
            for number in range(5 * LINES_PER_MINUTE):
                logging.getLogger("some.library").warning("cannot read %s", number)
            logging.getLogger("some.library").warning("another matter")
    finally:
        structlog.reset_defaults()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["message"] for line in lines].count("cannot read %s") == LINES_PER_MINUTE
    assert lines[-1]["message"] == "another matter"
