"""Turn a scenario into the value that its YAML file holds."""

from __future__ import annotations

from dataclasses import fields

from bot.content.readers.scenarios import NONE, Expect, Scenario, Step
from bot.workshop.editing.yaml_text import Flow, Value

# Expectations of one word, for which "" means that there must be none.
_WORDS = ("question", "outcome", "mode", "focus")


def scenario_value(scenario: Scenario) -> Value:
    """Return a scenario as `add_scenario` writes it; what it does not expect is left out."""
    value: dict[str, Value] = {"name": scenario.name}
    if scenario.today:
        value["today"] = scenario.today.isoformat()
    value["talk"] = [_step(step) for step in scenario.talk]
    return value


def _step(step: Step) -> Value:
    value: dict[str, Value] = {"tap": step.tap} if step.tap else {"say": step.say}
    expected = _expect(step.expect)
    return {**value, "expect": Flow(expected)} if expected else value


def _expect(expect: Expect) -> dict[str, Value]:
    """Return the expectations that differ from those of an empty step, in the order of Expect."""
    found: dict[str, Value] = {}
    for field in fields(Expect):
        value = getattr(expect, field.name)
        if value is None or value == field.default:
            continue
        if field.name in _WORDS:
            found[field.name] = value or NONE
        elif field.name == "profile":
            found[field.name] = {slot: list(choices) for slot, choices in value.items()}
        else:
            found[field.name] = list(value)
    return found
