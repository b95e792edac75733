"""Find the settings file, the bundled knowledge and the folder for the program's own data."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from bot.errors import ConfigError

SETTINGS_FILE = "config.yaml"
KNOWLEDGE_FOLDER = "knowledge"
APPLICATION = "liuchuangtong"


@dataclass(frozen=True, slots=True)
class Locations:
    """The settings file (None for the defaults) and the folder of the program's own data.

    Relative paths in the settings relate to the folder of the file; a store with a relative path
    lies in `home`, and so do the cache and the key, in `home`/data.
    """

    settings: Path | None
    home: Path


def locate(given: str | None, env: Mapping[str, str], folder: Path) -> Locations:
    """Return the locations for `--config` (`given`), an environment and a working folder.

    Without `--config`: the working folder if it holds a settings file or a knowledge folder, or if
    the environment names a knowledge folder; else the bundled copies, with the data in a folder
    of the user. Raises ConfigError if there is no such folder.
    """
    if given is not None:
        path = (folder / given).absolute()
        return Locations(path, path.parent)
    path = (folder / SETTINGS_FILE).absolute()
    if path.exists():
        return Locations(path, path.parent)
    own = (folder / KNOWLEDGE_FOLDER).is_dir() or env.get("POLICYBOT_KNOWLEDGE", "").strip()
    bundled = bundled_folder()
    if own or bundled is None:
        return Locations(None, path.parent)
    return Locations(bundled / SETTINGS_FILE, user_data_folder(env))


def bundled_folder() -> Path | None:
    """Return the folder with the settings file and the knowledge that the program comes with.

    A wheel has them in `bot/_data`; in a checkout they lie beside the package.
    """
    package = Path(str(files("bot")))
    for folder in (package / "_data", package.parent):
        if (folder / SETTINGS_FILE).is_file() and (folder / KNOWLEDGE_FOLDER).is_dir():
            return folder
    return None


def user_data_folder(env: Mapping[str, str], platform: str = sys.platform) -> Path:
    """Return the folder for this program's data of this user: `XDG_DATA_HOME` on Linux (a relative
    path there is ignored, as its specification says), the system's own place elsewhere.

    Raises ConfigError if the user has no home folder.
    """
    try:
        if platform == "win32":
            base = Path(env.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        elif platform == "darwin":
            base = Path.home() / "Library" / "Application Support"
        else:
            base = Path(env.get("XDG_DATA_HOME", ""))
            base = base if base.is_absolute() else Path.home() / ".local" / "share"
    except RuntimeError:
        raise ConfigError(["找不到用户文件夹：请用 --config 指定设置文件"]) from None
    return base / APPLICATION
