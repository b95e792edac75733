"""What the deployment files promise."""

from __future__ import annotations

import configparser
from pathlib import Path

import yaml

from bot.cli.commands import mcp
from bot.cli.parser import build_parser
from bot.config import parse_addresses

DEPLOY = Path(__file__).parents[2] / "deploy"


def read_service(name: str) -> configparser.SectionProxy:
    """Return the section about the service of a systemd unit."""
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(DEPLOY / f"{name}.service", "utf-8")
    return unit["Service"]


def test_a_publish_from_the_page_may_write_the_knowledge_and_nothing_else() -> None:
    service = read_service("liuchuangtong")
    home = service["WorkingDirectory"]
    assert service["ProtectSystem"] == "strict"
    assert service["ReadWritePaths"].split() == [f"{home}/data", f"{home}/knowledge"]


def test_the_memory_of_the_service_is_limited_alike_in_every_deployment() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    assert read_service("liuchuangtong")["MemoryMax"] == "768M"
    assert compose["services"]["bot"]["mem_limit"] == "768m"
    assert compose["services"]["mcp"]["mem_limit"] == "768m"
    assert "--memory 768m" in (DEPLOY / "README.md").read_text("utf-8")


def test_the_tools_for_assistants_run_as_confined_as_the_service() -> None:
    service, tools = read_service("liuchuangtong"), read_service("liuchuangtong-mcp")
    assert {k for k in service if service[k] != tools.get(k)} == {"ExecStart", "ReadWritePaths"}
    assert tools["ReadWritePaths"].split() == [f"{tools['WorkingDirectory']}/data"]
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
    confined = (
        "read_only",
        "tmpfs",
        "cap_drop",
        "security_opt",
        "mem_limit",
        "restart",
        "volumes",
    )
    for key in confined:
        assert services["mcp"][key] == services["bot"][key], key


def test_the_tools_for_assistants_start_with_arguments_that_the_command_takes() -> None:
    tools = read_service("liuchuangtong-mcp")["ExecStart"].partition("-m bot ")[2].split()
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
    for arguments in (tools, services["mcp"]["command"]):
        parsed = build_parser(mcp.register).parse_args(arguments)
        assert parse_addresses(parsed.http)[0].port == 8090
