"""Answers of a knowledge version on disk: the next comparison needs only those of the new version.

The cache is plain compressed JSON. A file that is unreadable, of other code or owned by another
user is ignored. Questions of the inbox are not stored: they are what people wrote.
"""

from __future__ import annotations

import contextlib
import hashlib
import zlib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from bot.content.search.cache_files import is_own, write_bytes
from bot.workshop.effects import answers
from bot.workshop.effects.answers import Answer, Kind

PACKAGE = Path(__file__).parents[2]
_FASTEST = 1


class AnswerCache:
    """The stored answers of one version on one day."""

    def __init__(self, folder: Path, version: str, today: date) -> None:
        self._file = folder / f"answers-{version}-{_code_version()}-{today.isoformat()}.json.z"
        self.answers: dict[str, Answer] = {}
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, zlib.error):
            if is_own(self._file):
                stored = orjson.loads(zlib.decompress(self._file.read_bytes()))
                self.answers = {text: load_answer(values) for text, values in stored.items()}

    def store(self, found: Mapping[str, Answer], texts: Iterable[str]) -> None:
        """Store the answers to these texts, and those that were there. A failed write is ignored:
        the next comparison computes them again."""
        kept = self.answers | {text: found[text] for text in texts if text in found}
        if kept.keys() == self.answers.keys():
            return
        try:
            data = orjson.dumps({text: dump_answer(answer) for text, answer in kept.items()})
        except (TypeError, ValueError):  # a lone surrogate cannot be encoded
            return
        write_bytes(self._file, zlib.compress(data, _FASTEST))


def dump_answer(answer: Answer) -> list[object]:
    """Return an answer as plain JSON values."""
    return [answer.kind.value, answer.shown, answer.clauses, answer.reply]


def load_answer(values: Any) -> Answer:
    """Parse what `dump_answer` returned. Raises ValueError or TypeError for anything else."""
    kind, shown, clauses, reply = values
    return Answer(Kind(kind), tuple(shown), tuple(clauses), str(reply))


@cache
def _code_version() -> str:
    """Return a fingerprint of the modules that decide an answer."""
    digest = hashlib.sha256()
    folders = (PACKAGE / "core", PACKAGE / "content")
    files = [Path(answers.__file__), *(file for each in folders for file in each.rglob("*.py"))]
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:8]
