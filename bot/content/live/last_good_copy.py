"""Keep a copy of the last knowledge that passed all checks, for the next start.

A start checks only the form of the knowledge before it serves; the full checks follow. Without
the copy, a restart would serve a change that the checks refuse.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import suppress
from pathlib import Path

from bot.content.documents.problems import Problems
from bot.content.documents.snapshot import read_snapshot

PACKAGE = Path(__file__).parents[2]


def copy_folder(knowledge: Path, home: Path, package: Path = PACKAGE) -> Path:
    """Return the folder for the copy of a knowledge folder.

    The folder depends on the modules and page templates of `package`: they require phrases and
    ids, which the copy of another version may lack.
    """
    digest = hashlib.sha256(os.fsencode(knowledge.absolute()))
    for file in sorted(package.rglob("*")):
        if file.suffix in (".py", ".html"):
            digest.update(file.read_bytes())
    return home / "data" / "held" / digest.hexdigest()[:12]


def choose_folder(knowledge: Path, home: Path) -> Path:
    """Return the folder to start with: the copy if the knowledge has changed since it was made."""
    kept = copy_folder(knowledge, home)
    if not kept.is_dir():
        return knowledge
    same = _version(kept) == _version(knowledge)
    return knowledge if same else kept


def save_copy(knowledge: Path, home: Path, version: str) -> bool:
    """Copy the folder if it still has the version that passed. Return whether a copy was made.

    A copy that cannot be written is left out: the next start then takes the folder itself.
    """
    kept = copy_folder(knowledge, home)
    files = read_snapshot(knowledge, Problems())
    if files.version != version or (kept.is_dir() and _version(kept) == version):
        return False
    part = kept.with_name(f"{kept.name}.{os.getpid()}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        for name, data in files.files.items():
            (part / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            (part / name).write_bytes(data)
        for old in kept.parent.iterdir():
            if old != part:
                shutil.rmtree(old, ignore_errors=True)
        part.rename(kept)
    except OSError:
        with suppress(OSError):
            shutil.rmtree(part)
        return False
    return True


def _version(folder: Path) -> str:
    return read_snapshot(folder, Problems()).version
