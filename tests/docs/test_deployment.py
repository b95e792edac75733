"""What the deployment files promise."""

from __future__ import annotations

import configparser
from pathlib import Path

import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"


def service() -> configparser.SectionProxy:
    """Return the section of the systemd unit about the service."""
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(DEPLOY / "liuchuangtong.service", "utf-8")
    return unit["Service"]


def test_a_publish_from_the_page_may_write_the_knowledge_and_nothing_else() -> None:
    home = service()["WorkingDirectory"]
    assert service()["ProtectSystem"] == "strict"
    assert service()["ReadWritePaths"].split() == [f"{home}/data", f"{home}/knowledge"]


def test_the_memory_of_the_service_is_limited_alike_in_every_deployment() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    assert service()["MemoryMax"] == "768M"
    assert compose["services"]["bot"]["mem_limit"] == "768m"
    assert "--memory 768m" in (DEPLOY / "README.md").read_text("utf-8")
