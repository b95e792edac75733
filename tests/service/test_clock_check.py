"""A clock that has jumped deletes nothing until it has been consistent for a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.service.clock_check import ClockMarks, check_clock

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize("pause", [timedelta(), HOUR, 6 * DAY, -HOUR])
def test_an_ordinary_pause_is_trusted_and_stored(pause: timedelta) -> None:
    assert check_clock(NOW + pause, ClockMarks(NOW)) == (ClockMarks(NOW + pause), "")


def test_an_empty_store_trusts_the_clock() -> None:
    assert check_clock(NOW, ClockMarks()) == (ClockMarks(NOW), "")


@pytest.mark.parametrize(
    ("jump", "word"), [(200 * DAY, "快了 200 天"), (-200 * DAY, "慢了 200 天")]
)
def test_a_jump_is_doubted_and_the_old_mark_stays(jump: timedelta, word: str) -> None:
    marks, doubt = check_clock(NOW + jump, ClockMarks(NOW))
    assert marks == ClockMarks(NOW, NOW + jump)
    assert word in doubt


def test_a_corrected_clock_is_trusted_at_once() -> None:
    marks, _ = check_clock(NOW + 200 * DAY, ClockMarks(NOW))
    assert check_clock(NOW + HOUR, marks) == (ClockMarks(NOW + HOUR), "")


def test_a_clock_that_goes_on_for_a_day_is_trusted_also_over_restarts() -> None:
    late = NOW + 40 * DAY
    marks, doubt = check_clock(late, ClockMarks(NOW))
    for hours in (1, 12, 23):
        marks, doubt = check_clock(late + hours * HOUR, marks)
        assert doubt
        assert marks == ClockMarks(NOW, late)
    marks, doubt = check_clock(late + DAY, marks)
    assert (marks, doubt) == (ClockMarks(late + DAY), "")


def test_a_second_jump_begins_a_new_day_of_doubt() -> None:
    marks, _ = check_clock(NOW + 40 * DAY, ClockMarks(NOW))
    for jump in (240 * DAY, 39 * DAY):
        again, doubt = check_clock(NOW + jump, marks)
        assert doubt
        assert again == ClockMarks(NOW, NOW + jump)
