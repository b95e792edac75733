"""The lines of `status`."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.cli.commands.status import status_lines
from bot.workshop.effects.last_reload import EffectsSummary
from bot.workshop.status import ServiceReport, Status

AT = "2026-11-30T04:00:00+00:00"


def test_the_effects_of_the_last_change_are_told() -> None:
    report = ServiceReport("v1", "d", AT, AT)
    effects = EffectsSummary("v0", "v1", 9, {"regressions": 1}, "变成答不上来 1 句")
    found = Status(None, unnoted=True, running=True, report=report, effects=effects)
    told = [*status_lines(found, ZoneInfo("Asia/Shanghai"))]
    assert "换上它的时候，问了 9 句：变成答不上来 1 句；变坏 1 处" in told
