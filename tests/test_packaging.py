"""The wheel: its configuration, and its contents where the build backend is installed."""

from __future__ import annotations

import tomllib
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

import bot.config.locations as locations
from tests.knowledge_base import KNOWLEDGE, ROOT


def test_the_wheel_is_configured_to_hold_the_package_the_knowledge_and_the_settings() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["packages"] == ["bot"]
    assert wheel["force-include"] == {
        KNOWLEDGE.name: f"bot/_data/{locations.KNOWLEDGE_FOLDER}",
        "config.yaml": f"bot/_data/{locations.SETTINGS_FILE}",
    }
    assert project["project"]["scripts"] == {locations.APPLICATION: "bot.cli.main:main"}
    included = project["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    assert {"/bot", "/knowledge", "/config.yaml"} <= set(included)


def expected_files() -> set[str]:
    """Every file of the package and the knowledge, by its name in the wheel."""
    names = {"bot/_data/config.yaml"}
    for folder, inside in ((ROOT / "bot", "bot"), (KNOWLEDGE, "bot/_data/knowledge")):
        names |= {
            f"{inside}/{file.relative_to(folder).as_posix()}"
            for file in folder.rglob("*")
            if file.is_file() and "__pycache__" not in file.parts
        }
    return names


@pytest.mark.skipif(find_spec("hatchling") is None, reason="needs hatchling")
def test_a_built_wheel_holds_every_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hatchling.build import build_wheel  # type: ignore[import-not-found, unused-ignore]

    monkeypatch.chdir(ROOT)
    wheel = tmp_path / build_wheel(str(tmp_path))
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == expected_files()
