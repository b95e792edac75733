"""Where the settings, the knowledge and the program's own data are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import Locations, load, locate
from bot.config.locations import bundled_folder, user_data_folder
from tests.knowledge_base import KNOWLEDGE, ROOT

HOME = Path("/home/someone")


def test_a_named_file_decides(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").touch()
    found = locate("/etc/bot/settings.yaml", {}, tmp_path)
    assert found == Locations(Path("/etc/bot/settings.yaml"), Path("/etc/bot"))
    assert locate("conf/a.yaml", {}, tmp_path).home == tmp_path / "conf"


def test_a_settings_file_in_the_working_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").touch()
    assert locate(None, {}, tmp_path) == Locations(tmp_path / "config.yaml", tmp_path)


def test_a_knowledge_folder_in_the_working_folder_is_taken_with_the_defaults(
    tmp_path: Path,
) -> None:
    (tmp_path / "knowledge").mkdir()
    assert locate(None, {}, tmp_path) == Locations(None, tmp_path)


def test_a_knowledge_folder_of_the_environment_is_taken_with_the_defaults(tmp_path: Path) -> None:
    env = {"POLICYBOT_KNOWLEDGE": "elsewhere"}
    assert locate(None, env, tmp_path) == Locations(None, tmp_path)


def test_an_empty_folder_gets_the_bundled_files_and_the_data_folder_of_the_user(
    tmp_path: Path,
) -> None:
    env = {"XDG_DATA_HOME": str(tmp_path / "share")}
    found = locate(None, env, tmp_path)
    assert bundled_folder() == ROOT
    assert found == Locations(ROOT / "config.yaml", user_data_folder(env))
    settings = load(found.settings, {}, home=found.home)
    assert settings.knowledge == KNOWLEDGE
    assert settings.store == f"sqlite:///{found.home}/data/bot.db"


@pytest.mark.parametrize(
    ("platform", "env", "folder"),
    [
        ("linux", {"XDG_DATA_HOME": "/data"}, "/data/liuchuangtong"),
        ("linux", {}, "/home/someone/.local/share/liuchuangtong"),
        ("linux", {"XDG_DATA_HOME": "relative"}, "/home/someone/.local/share/liuchuangtong"),
        ("darwin", {}, "/home/someone/Library/Application Support/liuchuangtong"),
        ("win32", {"LOCALAPPDATA": "/c/local"}, "/c/local/liuchuangtong"),
        ("win32", {}, "/home/someone/AppData/Local/liuchuangtong"),
    ],
)
def test_each_system_has_its_own_folder_for_data_of_users(
    platform: str, env: dict[str, str], folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(HOME))
    assert user_data_folder(env, platform) == Path(folder)
