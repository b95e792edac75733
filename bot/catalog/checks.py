"""Everything that must hold before a knowledge folder is published; all problems at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from bot.catalog.figures import check_figures
from bot.catalog.loader import read_folder
from bot.catalog.reach import check_reach
from bot.catalog.scenarios import read_scenarios
from bot.catalog.verbatim import check_verbatim
from bot.catalog.wording import check_phrases, check_wording
from bot.errors import Problem

__all__ = ["check", "check_phrases"]


def check(
    folder: Path, today: date, phrases: Mapping[str, frozenset[str]] | None = None
) -> list[Problem]:
    """Every problem of the folder on this day, by file and line; never raises.

    `phrases` names each sentence that the code says, and the placeholders that it fills; without
    it, the phrases are not held against the code.
    """
    files, reading = read_folder(folder)
    scenarios = read_scenarios(files, reading.problems)
    check_verbatim(reading)
    check_figures(reading)
    check_wording(reading)
    check_reach(reading, scenarios, today)
    if phrases is not None and reading.phrases:
        knowledge = reading.knowledge(files.version)
        reading.problems.extend(check_phrases(knowledge, phrases, reading.places))
    return reading.problems.sorted()
