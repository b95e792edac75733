"""The documentation names every setting, command and metric, in English and in Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from pydantic import BaseModel

from bot.channels.web.http.metrics import Metrics
from bot.cli.main import main
from bot.config import Settings
from bot.config.settings import PREFIX, SECRETS
from tests.knowledge_base import ROOT

LANGUAGES = [ROOT / "docs", ROOT / "docs" / "zh"]
INTERNAL = {"prepare"}  # a running service starts it for itself

language = pytest.mark.parametrize("folder", LANGUAGES, ids=lambda folder: folder.name)


def keys(model: type[BaseModel], above: str = "") -> Iterator[str]:
    """Yield the keys of all settings, levels joined by dots."""
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from keys(inner, f"{above}{name}.")
        else:
            yield f"{above}{name}"


@language
def test_every_setting_is_documented_with_its_variable(folder: Path) -> None:
    text = (folder / "configuration.md").read_text("utf-8")
    expected = []
    for key in keys(Settings):
        variable = PREFIX + key.replace(".", "__").upper()
        name = "–" if key in SECRETS else f"`{key}`"
        expected.append(f"| {name} | `{variable}` |")
    assert len(expected) > 25
    assert [row for row in expected if row not in text] == []


def help_text(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return what `--help` prints."""
    with pytest.raises(SystemExit):
        main([*arguments, "--help"])
    return capsys.readouterr().out


@language
def test_every_command_is_documented(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = re.findall(r"^    ([a-z][a-z-]*)(?: {2,}|$)", help_text(capsys), re.M)
    commands = set(listed) - INTERNAL
    text = (folder / "json-api.md").read_text("utf-8")
    assert {"chat", "ask", "serve", "check"} <= commands
    assert [command for command in sorted(commands) if f"| `{command}" not in text] == []
    options = set(re.findall(r"--[a-z]+", help_text(capsys)))
    for command in commands:
        options |= set(re.findall(r"--[a-z]+", help_text(capsys, command)))
    assert {"--json", "--jsonl", "--store"} <= options
    assert [option for option in sorted(options) if option not in text] == []


@language
def test_every_metric_is_documented(folder: Path) -> None:
    registry = CollectorRegistry()
    Metrics(registry)
    text = (folder / "operations.md").read_text("utf-8")
    names = [metric.name for metric in registry.collect()]
    assert len(names) > 5
    assert [name for name in names if f"`{name}" not in text] == []
