"""Kill publishes of the real knowledge at random moments, and time one.

Usage: python -m bench.publish [KILLS]. Each publish runs in a child process that is killed with
SIGKILL after a random part of the time that a whole one takes. Printed: how often the folder held
the old knowledge, the new one, a mix that readers refuse, or a mix, right after the kill and after
`recover`; the check of the content is left out. For both ways: the whole folder exchanged, and
file by file.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from bot.content.documents.snapshot import UNFINISHED
from bot.service.version_history import Files, Origin
from bot.storage.version_files import FileHistory
from bot.workshop.folder import digest, read_files
from bot.workshop.put_live import LiveFolder

KNOWLEDGE = Path(__file__).parents[1] / "knowledge"
KILLS = 50


def live_folder(home: Path, in_place: bool) -> LiveFolder:
    """Return a live folder in this home, with a history in files."""
    history = FileHistory(home / "data" / "versions")
    return LiveFolder(
        home / "knowledge",
        home / "data",
        history,
        lambda: datetime.now(UTC),
        in_place=lambda: in_place,
    )


def changed(files: Files) -> Files:
    """Return the files with a comment added to every third one, and one file more."""
    names = sorted(files)
    new = {name: files[name] + b"# changed\n" for name in names[::3] if name.endswith(".yaml")}
    return {**files, **new, "scenarios/added.yaml": b"[]\n"}


def publish(live: LiveFolder, old: Files, new: Files) -> None:
    """Make the new files live."""
    asyncio.run(live.put(new, "0" * 12, Origin.PUBLISH, "bench", "bench", old))


def state(folder: Path, old: Files, new: Files) -> str:
    """Return what stands in the folder."""
    if (folder / UNFINISHED).exists():
        return "refused by readers"
    return {digest(old): "old", digest(new): "new"}.get(digest(read_files(folder)), "MIX")


def killed(home: Path, seconds: float, in_place: bool) -> tuple[str, str]:
    """Kill one publish after a time; return what stands in the folder then, and after recovery."""
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(KNOWLEDGE, home / "knowledge")
    live = live_folder(home, in_place)
    old = read_files(live.folder)
    new = changed(old)
    child = os.fork()
    if not child:
        publish(live, old, new)
        os._exit(0)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    found = state(live.folder, old, new)
    asyncio.run(live.recover())
    return found, state(live.folder, old, new)


def duration(home: Path, in_place: bool) -> float:
    """Return the seconds of a whole publish."""
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(KNOWLEDGE, home / "knowledge")
    live = live_folder(home, in_place)
    old = read_files(live.folder)
    began = time.perf_counter()
    publish(live, old, changed(old))
    return time.perf_counter() - began


def main(kills: int) -> None:
    """Print the states for both ways."""
    choose = random.Random(15)
    with tempfile.TemporaryDirectory() as folder:
        for in_place in (False, True):
            home = Path(folder) / "home"
            whole = duration(home, in_place)
            found = [killed(home, choose.uniform(0, 1.2 * whole), in_place) for _ in range(kills)]
            way = "file by file" if in_place else "exchanged"
            print(f"{way}: a publish takes {whole:.2f} s; {kills} kills")
            print(f"  after the kill  {dict(Counter(before for before, _ in found))}")
            print(f"  after recovery  {dict(Counter(after for _, after in found))}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else KILLS)
