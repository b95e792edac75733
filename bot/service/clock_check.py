"""Decide whether the system clock can be trusted to delete by age. Pure: it reads no clock.

A machine that starts with a clock 200 days ahead would delete every conversation at once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

# A clock that is this far ahead of the last run, or behind it, may be wrong.
LONGEST_PAUSE = timedelta(days=7)
FARTHEST_BACK = timedelta(days=1)
# Nothing contradicts a clock that has gone on for this long: then the service had only been off.
TRUSTED_AFTER = timedelta(days=1)
# A second jump is a new doubt.
LONGEST_DOUBT = timedelta(days=30)


class ClockMarks(NamedTuple):
    """What is stored of the clock: `last`, when old rows were last deleted, or the time of the
    newest row before the first time; `doubted`, when the clock was first found to be doubtful."""

    last: datetime | None = None
    doubted: datetime | None = None


class ClockState(NamedTuple):
    """The marks to store, and in Chinese why nothing may be deleted, "" if it may."""

    marks: ClockMarks
    doubt: str = ""


def check_clock(now: datetime, marks: ClockMarks) -> ClockState:
    """Compare the clock with the marks of the last time."""
    last, doubted = marks
    trusted = ClockState(ClockMarks(now))
    if last is None or -FARTHEST_BACK <= now - last <= LONGEST_PAUSE:
        return trusted
    if doubted is not None and TRUSTED_AFTER <= now - doubted <= LONGEST_DOUBT:
        return trusted
    if doubted is None or not timedelta() <= now - doubted <= LONGEST_DOUBT:
        doubted = now
    way = "快" if now > last else "慢"
    before = last.astimezone(now.tzinfo)
    doubt = (
        f"系统时钟是 {now:%Y-%m-%d %H:%M}，比上次运行（{before:%Y-%m-%d %H:%M}）"
        f"{way}了 {abs(now - last).days} 天：先不删除到期的数据。时钟不对请校准；"
        f"没错就不用管，{doubted + TRUSTED_AFTER:%m-%d %H:%M} 以后照常删除"
    )
    return ClockState(ClockMarks(last, doubted), doubt)
