"""A copy of the last knowledge that held, kept for the next start.

A save that does not hold is not served; without this copy a restart would serve it, because only
its form is looked at before the first people are in.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import suppress
from pathlib import Path

from bot.content.documents.problems import Problems
from bot.content.documents.snapshot import snapshot

PACKAGE = Path(__file__).parents[2]


def held_folder(knowledge: Path, home: Path, package: Path = PACKAGE) -> Path:
    """Return the folder for the copy of a knowledge folder.

    The folder depends on the modules and page templates of `package`: they require phrases and
    ids, which the copy of another version may lack.
    """
    digest = hashlib.sha256(os.fsencode(knowledge.absolute()))
    for file in sorted(package.rglob("*")):
        if file.suffix in (".py", ".html"):
            digest.update(file.read_bytes())
    return home / "data" / "held" / digest.hexdigest()[:12]


def start_from(knowledge: Path, home: Path) -> Path:
    """The folder to start with: the copy, where something else stands in the folder by now."""
    kept = held_folder(knowledge, home)
    if not kept.is_dir():
        return knowledge
    same = _version(kept) == _version(knowledge)
    return knowledge if same else kept


def keep(knowledge: Path, home: Path, version: str) -> bool:
    """Copy the folder if it is still the version that held. What cannot be written is not kept:
    the next start is as it would be without."""
    kept = held_folder(knowledge, home)
    files = snapshot(knowledge, Problems())
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
    return snapshot(folder, Problems()).version
