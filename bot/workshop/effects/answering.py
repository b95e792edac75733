"""Answer the questions of a comparison, in processes beside this one.

Each process serves both versions: it takes the next questions of the version that it has loaded
and, when none is left, those of the other one.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from bot.core.dialogue.manager import KnowledgeBase
from bot.errors import KnowledgeError, Problem
from bot.workshop.effects.answer_cache import PACKAGE, dump_answer, load_answer
from bot.workshop.effects.answers import Answer, answers_to

# Questions that a process is sent at once, about a third of a second of work.
CHUNK = 100
_SAVED, _AGAIN = "比较到一半，文件夹里又存了新的内容", "等存完了再比较一次"
LoadBase = Callable[[Path], KnowledgeBase]
Progress = Callable[[int, int], None]


@dataclass
class Work:
    """The open questions of both versions, and the answers so far. `folders`: the knowledge
    folder of each version; `done`: called with the number of answers and of questions."""

    folders: Mapping[str, Path]
    answers: dict[str, dict[str, Answer]]
    chunks: deque[tuple[str, tuple[str, ...]]]
    done: Progress
    total: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _count: int = 0

    @classmethod
    def of(
        cls, folders: Mapping[str, Path], texts: Mapping[str, Iterable[str]], done: Progress
    ) -> Work:
        """Return the work to answer these texts of each version."""
        chunks: deque[tuple[str, tuple[str, ...]]] = deque()
        total = 0
        for version, asked in texts.items():
            wanted = tuple(asked)
            total += len(wanted)
            for start in range(0, len(wanted), CHUNK):
                chunks.append((version, wanted[start : start + CHUNK]))
        return cls(folders, {version: {} for version in texts}, chunks, done, total)

    def asks(self, version: str) -> bool:
        """Return whether there are open questions of a version."""
        with self._lock:
            return any(each == version for each, _ in self.chunks)

    def take(self, from_end: bool) -> tuple[str, tuple[str, ...]] | None:
        """Return the next chunk, or None. Processes that take from different ends work on
        different versions as long as they can."""
        with self._lock:
            if not self.chunks:
                return None
            return self.chunks.pop() if from_end else self.chunks.popleft()

    def give_back(self, chunk: tuple[str, tuple[str, ...]]) -> None:
        """Put a chunk back that could not be answered."""
        with self._lock:
            self.chunks.append(chunk)

    def add(self, version: str, answers: Mapping[str, Answer]) -> None:
        """Store answers."""
        with self._lock:
            self.answers[version].update(answers)
            self._count += len(answers)
            self.done(self._count, self.total)


def answer_all(work: Work, cache: Path, today: date, load: LoadBase, processes: int) -> None:
    """Answer the whole work, in this many further processes; what these do not answer, in this
    one. `cache`: the folder of the search indexes; `load`: loads a folder in this process. Raises
    KnowledgeError if a folder does not hold its version any more."""
    threads = [
        threading.Thread(target=_run_process, args=(work, cache, today, number % 2 == 1))
        for number in range(min(processes, len(work.chunks)))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    loaded: dict[str, KnowledgeBase] = {}
    while (chunk := work.take(from_end=False)) is not None:
        version, texts = chunk
        if version not in loaded:
            base = loaded[version] = load(work.folders[version])
            if base.knowledge.version != version:
                raise KnowledgeError([Problem(str(work.folders[version]), 1, _SAVED, _AGAIN)])
        work.add(version, answers_to(texts, loaded[version], today))


def _run_process(work: Work, cache: Path, today: date, from_end: bool) -> None:
    """Answer chunks in another process until none is left, or until it fails."""
    command = [sys.executable, "-m", "bot", "answers", str(cache), today.isoformat()]
    try:
        process = subprocess.Popen(  # noqa: S603 - our own program, no shell
            command,
            cwd=PACKAGE.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return
    with process:
        while (chunk := work.take(from_end)) is not None:
            version, texts = chunk
            try:
                answers = _ask(process, work.folders[version], version, texts)
            except (OSError, ValueError, TypeError):
                work.give_back(chunk)
                break
            work.add(version, answers)
        process.kill()


def _ask(
    process: subprocess.Popen[bytes], folder: Path, version: str, texts: tuple[str, ...]
) -> dict[str, Answer]:
    """Return the answers of another process. Raises OSError, TypeError or ValueError if it cannot
    answer."""
    if process.stdin is None or process.stdout is None:
        raise OSError("no pipes")
    process.stdin.write(orjson.dumps([str(folder), version, texts]) + b"\n")
    process.stdin.flush()
    values = orjson.loads(process.stdout.readline())
    return {text: load_answer(each) for text, each in zip(texts, values, strict=True)}


def serve_answers(lines: Iterable[bytes], today: date, load: LoadBase) -> Iterator[bytes]:
    """Yield a line of answers for each line of questions: the other side of `answer_all`. The line
    is `null` if the folder does not hold the version any more."""
    loaded: dict[str, KnowledgeBase] = {}
    for line in lines:
        asked: Any = orjson.loads(line)
        folder, version, texts = asked
        if version not in loaded:
            loaded[version] = load(Path(folder))
        base = loaded[version]
        if base.knowledge.version != version:
            yield b"null\n"
            continue
        answers = answers_to(texts, base, today)
        yield orjson.dumps([dump_answer(answers[text]) for text in texts]) + b"\n"
