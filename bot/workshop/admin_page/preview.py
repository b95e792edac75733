"""A conversation with the draft, in another process that stores nothing.

The process holds a second knowledge, which takes as much memory as the service; it ends when
nobody has used it for a while.
"""

from __future__ import annotations

import asyncio
import json
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.content.readers.scenarios import Expect
from bot.core.domain.session import Utterance
from bot.workshop.authoring.new_scenario import expectations

# Seconds until the first answer, which waits for the search tables, and until the next ones.
FIRST_SECONDS = 120.0
SECONDS = 20.0
IDLE_SECONDS = 600.0
MOST_TURNS = 40
MOST_CHARS = 500
# Bytes of one line of the process.
LINE_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class Choice:
    """An option below a reply."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Turn:
    """What was said, and its record: the replies and what they rest on. `number`: of the turn in
    its conversation, from 1."""

    said: str
    utterance: Utterance
    record: Mapping[str, Any]
    number: int

    @property
    def texts(self) -> list[str]:
        """The texts of the replies."""
        return [str(reply["text"]) for reply in self.record["replies"]]

    @property
    def choices(self) -> list[Choice]:
        """The options below the replies."""
        replies = self.record["replies"]
        return [Choice(c["id"], c["label"]) for r in replies for c in r.get("choices", ())]

    @property
    def expect(self) -> Expect:
        """What a scenario of this conversation must keep of it."""
        return expectations(self.record)


class PreviewFailed(Exception):
    """The draft cannot be talked to; the text tells an admin why."""


@dataclass
class Preview:
    """The conversations of all admins with one draft. `command` returns how to start the process
    over a folder; it reads and writes lines as `chat --jsonl`."""

    command: Callable[[Path], Sequence[str]]
    talks: dict[str, list[Turn]] = field(default_factory=dict)
    digest: str = ""
    _process: Process | None = None
    _used: float = 0.0
    _generation: int = 0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _watch: asyncio.Task[None] | None = None

    async def say(
        self, folder: Path, digest: str, who: str, said: str, utterance: Mapping[str, str]
    ) -> None:
        """Send a text or a choice to the draft in `folder` and remember the turn of `who`.
        `digest`: of its files; another one than before begins all conversations again. Raises
        PreviewFailed."""
        async with self._lock:
            if digest != self.digest or self._process is None:
                await self._stop()
                self.talks.clear()
                self.digest = digest
            is_new = self._process is None
            process = self._process = self._process or await self._start(folder)
            line = json.dumps({"user": f"{who}-{self._generation}", **utterance})
            try:
                answer = await self._answer(process, line, FIRST_SECONDS if is_new else SECONDS)
            except PreviewFailed:
                await self._stop()
                raise
            self._used = asyncio.get_running_loop().time()
            turns = self.talks.setdefault(who, [])
            number = turns[-1].number + 1 if turns else 1
            turns.append(
                Turn(
                    said,
                    Utterance(utterance.get("text", ""), utterance.get("choice", "")),
                    _kept(answer),
                    number,
                )
            )
            del turns[:-MOST_TURNS]

    def restart(self, who: str) -> None:
        """Begin the conversation of `who` again."""
        self.talks.pop(who, None)
        self._generation += 1

    async def stop(self) -> None:
        """End the process."""
        async with self._lock:
            await self._stop()

    async def _start(self, folder: Path) -> Process:
        process = await asyncio.create_subprocess_exec(
            *self.command(folder), stdin=PIPE, stdout=PIPE, stderr=PIPE, limit=LINE_BYTES
        )
        self._used = asyncio.get_running_loop().time()
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._end_when_idle(), name="admin-preview")
        return process

    async def _answer(self, process: Process, line: str, seconds: float) -> Mapping[str, Any]:
        stdin, stdout, stderr = process.stdin, process.stdout, process.stderr
        if not (stdin and stdout and stderr):  # cannot be: they are pipes
            raise PreviewFailed("试聊断了，请再试一次。")
        try:
            async with asyncio.timeout(seconds):
                stdin.write(line.encode() + b"\n")
                await stdin.drain()
                answer = await stdout.readline()
                if not answer:
                    told = (await stderr.read()).decode("utf-8", "replace").strip()
                    raise PreviewFailed(told or "试聊没有开起来，请再试一次。")
            found: Mapping[str, Any] = json.loads(answer)
        except TimeoutError:
            raise PreviewFailed("试聊太久没有回答，已经停掉。请再试一次。") from None
        except (OSError, ValueError):
            raise PreviewFailed("试聊断了，请再试一次。") from None
        return found

    async def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            # Reads to the end of the pipes: `wait` alone may leave their transport open.
            await process.communicate()

    async def _end_when_idle(self) -> None:
        while self._process is not None:
            idle = asyncio.get_running_loop().time() - self._used
            if idle >= IDLE_SECONDS:
                await self.stop()
                return
            await asyncio.sleep(IDLE_SECONDS - idle)


def _kept(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a record without the cards, which are many times as large as the rest."""
    replies = [
        {"text": reply["text"], "choices": reply.get("choices", ())}
        for reply in answer.get("replies", ())
    ]
    return {**answer, "replies": replies}
