"""Run all content checks on a knowledge folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.content.checks.cut_files import report_cut_files
from bot.content.checks.scenario_coverage import check_scenario_coverage
from bot.content.checks.text_rules import check_phrases, check_texts
from bot.content.checks.truth.causes import causes_first
from bot.content.checks.truth.fact_rules import check_facts
from bot.content.checks.truth.modality import check_modality
from bot.content.checks.truth.number_rules import check_numbers
from bot.content.checks.truth.verbatim import check_verbatim
from bot.content.readers.build_context import Places
from bot.content.readers.loader import read_folder
from bot.content.readers.scenarios import Scenario, read_scenarios
from bot.core.domain.knowledge import Knowledge
from bot.errors import Problem

__all__ = ["check", "check_phrases"]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The problems of a folder; its knowledge, its scenarios and the places of its entries, from
    the same bytes."""

    problems: list[Problem]
    knowledge: Knowledge | None
    scenarios: tuple[Scenario, ...]
    places: Places


def check(
    folder: Path, today: date, phrases: Mapping[str, frozenset[str]] | None = None
) -> list[Problem]:
    """Return every problem of the folder on this day, causes first (`causes_first`).

    `phrases`: phrase id → the placeholders that the code fills (`required_phrases`). Without it,
    phrases are not checked against the code.
    """
    return examine(folder, today, phrases).problems


def examine(
    folder: Path, today: date, phrases: Mapping[str, frozenset[str]] | None = None
) -> CheckResult:
    """Return the same problems with the knowledge that was checked.

    A caller that reads the folder again could get files that were saved in between.
    """
    files, context = read_folder(folder)
    scenarios = read_scenarios(files, context.problems)
    check_verbatim(context)
    check_modality(context)
    check_texts(context)
    check_facts(context, today)
    if not context.unread:
        check_numbers(context)
        check_scenario_coverage(context, scenarios, today)
    knowledge = context.knowledge(files.version) if context.policies else None
    if phrases is not None and context.phrases and knowledge:
        context.problems.extend(check_phrases(knowledge, phrases, context.places))
    report_cut_files(files.files, context.problems)
    problems = causes_first(context.problems.sorted())
    return CheckResult(problems, knowledge, scenarios, context.places)
