"""What the last reload changed, computed beside the running service.

The comparison runs in a process of its own with a low priority, after the new version went
live: turns do not wait for it, and a fault of it changes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from bot.core.domain.json_codec import dump_bytes
from bot.errors import PolicyBotError
from bot.workshop.effects.answer_cache import PACKAGE
from bot.workshop.effects.diff import Diff
from bot.workshop.effects.report import summary

FILE = Path("data") / "last_effects.json"
# How far the priority of a comparison is lowered: beside turns it gets a tenth of a core.
NICENESS = 10
Files = Mapping[str, bytes]
# Returns the questions of the inbox.
Asked = Callable[[], Awaitable[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class EffectsSummary:
    """The numbers of a difference (`Diff.counts`), its sentence, and the seconds that it took."""

    old: str
    new: str
    asked: int
    counts: Mapping[str, int]
    text: str
    seconds: float = 0.0

    @property
    def regressions(self) -> int:
        """Return how many answers and supports founders lost."""
        return self.counts.get("regressions", 0)

    @property
    def line(self) -> str:
        """Return the numbers in one sentence for admins."""
        worse = f"；变坏 {self.regressions} 处" if self.regressions else ""
        return f"问了 {self.asked} 句：{self.text}{worse}"

    @classmethod
    def of(cls, diff: Diff) -> EffectsSummary:
        """Return the numbers of a difference."""
        return cls(diff.old, diff.new, diff.asked, diff.counts(), summary(diff))

    def dump(self) -> bytes:
        """Return one line of JSON."""
        return orjson.dumps(asdict(self)) + b"\n"

    @classmethod
    def load(cls, data: bytes) -> EffectsSummary:
        """Parse what `dump` returned. Raises ValueError, KeyError or TypeError for all else."""
        values: Any = orjson.loads(data)
        counts = {str(name): int(count) for name, count in values["counts"].items()}
        return cls(
            str(values["old"]),
            str(values["new"]),
            int(values["asked"]),
            counts,
            str(values["text"]),
            float(values["seconds"]),
        )


def read_last(home: Path) -> EffectsSummary | None:
    """Return the effects of the last reload of a service with this folder of data; None if none is
    known. For other processes than the service."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        return EffectsSummary.load((home / FILE).read_bytes())
    return None


def lower_priority(niceness: int) -> None:
    """Lower the priority of this process, where the system can."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(niceness)


class ReloadEffects:
    """Compares each version that goes live with the one before.

    `home`: the folder of the data; `served`: the version that is live at the start. Asked are the
    samples, the first messages of the scenarios, the files of `questions`, and what `asked`
    returns. `files_of(version)` returns the files of a version, or None if they are not kept.
    `report` gets each result, `fail` the reason why there is none. A version that goes live during
    a comparison ends it; the next one then begins with the same old version, so that no change is
    left out.
    """

    def __init__(
        self,
        home: Path,
        served: str,
        files_of: Callable[[str], Awaitable[Files | None]],
        report: Callable[[EffectsSummary], None],
        fail: Callable[[str], None],
        asked: Asked,
        questions: Sequence[Path] = (),
        niceness: int = NICENESS,
    ) -> None:
        self._home = home
        self._files_of = files_of
        self._report = report
        self._fail = fail
        self._questions = questions
        self._asked = asked
        self._niceness = niceness
        self._task: asyncio.Task[None] | None = None
        self._served = self._old = served
        self.last: EffectsSummary | None = None

    def went_live(self, version: str) -> None:
        """Begin to compare a version with the one that was live before. Returns at once."""
        if version == self._served:
            return
        running = self._task is not None and not self._task.done()
        self._old = self._old if running else self._served
        self._served = version
        previous, self._task = self._task, None
        if running and previous:
            previous.cancel()
        if self._old != version:
            self._task = asyncio.create_task(self._run(self._old, version), name="effects")

    async def stop(self) -> None:
        """End a running comparison."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def finished(self) -> None:
        """Wait until no comparison runs."""
        while self._task and not self._task.done():
            await asyncio.wait([self._task])

    async def _run(self, old: str, new: str) -> None:
        began = time.monotonic()
        try:
            with tempfile.TemporaryDirectory(prefix="effects-") as folder:
                found = await self._compare(Path(folder), old, new)
        except (OSError, ValueError, KeyError, TypeError, PolicyBotError) as error:
            self._fail(type(error).__name__)
            return
        if found is None:
            self._fail("version_not_kept")
            return
        self.last = replace(found, seconds=round(time.monotonic() - began, 1))
        with contextlib.suppress(OSError):
            await asyncio.to_thread(_write, self._home / FILE, self.last.dump())
        self._report(self.last)

    async def _compare(self, folder: Path, old: str, new: str) -> EffectsSummary | None:
        for version in (old, new):
            files = await self._files_of(version)
            if files is None:
                return None
            await asyncio.to_thread(_write_all, folder / version, files)
        asked = dump_bytes([*await self._asked()])
        command = ["effects", str(folder / old), str(folder / new), str(self._home)]
        command += ["--niceness", str(self._niceness), "--questions"]
        command += [str(file) for file in self._questions]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            *command,
            cwd=PACKAGE.parent,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            # Not as a file or an argument, which others can read: people wrote it.
            out, _ = await process.communicate(asked)
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.communicate()  # to the end of the pipe, which closes it
            raise
        return EffectsSummary.load(out)


def _write_all(folder: Path, files: Files) -> None:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def _write(file: Path, data: bytes) -> None:
    part = file.with_suffix(f".{os.getpid()}.part")
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part.write_bytes(data)
    part.replace(file)
