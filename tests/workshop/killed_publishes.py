"""Publish again and again in child processes, and kill each at another step of its work.

Usage: python -m tests.workshop.killed_publishes FOLDER exchange|in_place. Prints one JSON line:
for each kill, what stood in the folder right after it, after `recover`, and after another publish:
old, new, marked (a mix that readers refuse) or mix; and the temporary files that are left then.

A step is an audit event of Python (open, rename, remove, rmdir, a folder, ctypes, …): every call
that can change a file is one.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
from pathlib import Path

from bot.content.documents.snapshot import UNFINISHED
from bot.service.version_history import Origin
from bot.workshop.folder import digest, read_files
from tests.workshop.publishing_folder import OLD, Desk, desk

NEW = {
    **{name: data for name, data in OLD.items() if name != "policies/p/supports/s.yaml"},
    "bureaus.yaml": b"bureaus: new\n",
    "phrases/c.yaml": b"c: 2\n",
    "policies/q/policy.yaml": b"q: 2\n",
}
# Kill at every third step: all of them would take three times as long.
EVERY = 3
STEPS = ("open", "os.", "shutil.", "ctypes.call_function", "pathlib.")


def publish_until(desk: Desk, steps: int) -> None:
    """Publish NEW and kill this process before its step number `steps`."""
    left = steps

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        # Only what may write: a reading `open` has no flag for it.
        if event.startswith(STEPS) and not _reads(event, arguments):
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    asyncio.run(publish(desk))


async def publish(desk: Desk) -> None:
    """Publish NEW."""
    await desk.live.put(NEW, "0" * 12, Origin.PUBLISH, "小王", "试", OLD)


def _reads(event: str, arguments: tuple[object, ...]) -> bool:
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT
    if event == "open":
        return isinstance(arguments[2], int) and not arguments[2] & writing
    return event in ("os.kill", "os.listdir", "os.scandir", "os.walk", "pathlib.Path.rglob")


def state(desk: Desk) -> str:
    """Return what stands in the folder."""
    found = read_files(desk.folder)
    if (desk.folder / UNFINISHED).exists():
        return "marked"
    return {digest(OLD): "old", digest(NEW): "new"}.get(digest(found), "mix")


async def _recovered(desk: Desk) -> str:
    await desk.live.recover()
    newest = await desk.history.newest()
    found = state(desk)
    expected = {"old": digest(OLD), "new": digest(NEW)}.get(found, "")
    noted = newest.note.digest if newest else digest(OLD)
    return found if noted == expected else f"{found}, but the history says otherwise"


def main(home: Path, in_place: bool) -> None:
    """Kill at every step until a publish gets to its end; print the states."""
    found = []
    for steps in range(0, 10_000, EVERY):
        shutil.rmtree(home, ignore_errors=True)
        place = desk(home, in_place=in_place)
        child = os.fork()
        if not child:
            publish_until(place, steps)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            break
        killed, recovered = state(place), asyncio.run(_recovered(place))
        if recovered == "old":
            asyncio.run(publish(place))
        found.append((killed, recovered, state(place), place.leftovers()))
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] == "in_place")
