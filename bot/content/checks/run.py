"""Everything that must hold before a knowledge folder is published; all problems at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.content.checks.fact_rules import check_claims
from bot.content.checks.number_rules import check_figures
from bot.content.checks.scenario_coverage import check_reach
from bot.content.checks.text_rules import check_phrases, check_wording
from bot.content.checks.verbatim import check_verbatim
from bot.content.readers.loader import read_folder
from bot.content.readers.scenarios import Scenario, read_scenarios
from bot.core.domain.knowledge import Knowledge
from bot.errors import Problem

__all__ = ["check", "check_phrases"]


@dataclass(frozen=True, slots=True)
class Examined:
    """A folder as it was read once: its problems, and what it says where there are none."""

    problems: list[Problem]
    knowledge: Knowledge | None
    scenarios: tuple[Scenario, ...]


def check(
    folder: Path, today: date, phrases: Mapping[str, frozenset[str]] | None = None
) -> list[Problem]:
    """Every problem of the folder on this day, by file and line; never raises.

    `phrases` names each sentence that the code says, and the placeholders that it fills; without
    it, the phrases are not held against the code.
    """
    return examine(folder, today, phrases).problems


def examine(
    folder: Path, today: date, phrases: Mapping[str, frozenset[str]] | None = None
) -> Examined:
    """The same, with what was read: nobody can save between the check and the use."""
    files, reading = read_folder(folder)
    scenarios = read_scenarios(files, reading.problems)
    check_verbatim(reading)
    check_wording(reading)
    check_claims(reading, today)
    if not reading.unread:
        check_figures(reading)
        check_reach(reading, scenarios, today)
    knowledge = reading.knowledge(files.version) if reading.policies else None
    if phrases is not None and reading.phrases and knowledge:
        reading.problems.extend(check_phrases(knowledge, phrases, reading.places))
    return Examined(reading.problems.sorted(), knowledge, scenarios)
