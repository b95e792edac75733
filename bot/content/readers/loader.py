"""The knowledge folder → Knowledge, or every problem that stands in the way.

`load` refuses what the core could not work with: broken YAML, unknown keys, wrong types, repeated
ids, names that nothing answers to. The rules of content (quotes, figures, scenarios …) are
`bot.content.checks.run`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bot.content.documents.mapping_reader import Fields, as_fields
from bot.content.documents.problems import Problems
from bot.content.documents.snapshot import FOLDERS, TOP_FILES, Snapshot, snapshot
from bot.content.documents.tree import EMPTY_HINT, decode, parse
from bot.content.readers.build_context import Reading
from bot.content.readers.bureaus_and_profile import read_bureaus, read_profile
from bot.content.readers.policies import read_policy
from bot.content.readers.references import check_references
from bot.content.readers.scenarios import Scenario, read_scenarios
from bot.content.readers.vocabulary import (
    read_language,
    read_phrases,
    read_signposts,
    read_synonyms,
    read_updates,
)
from bot.core.domain.knowledge import Knowledge
from bot.errors import KnowledgeError, Problem

Reader = Callable[[Fields, Reading], None]

# The folders with files of one kind each: the folder, what its files are called, their reader.
_FOLDER_READERS: tuple[tuple[str, str, Reader], ...] = (
    ("policies", "政策", read_policy),
    ("phrases", "句子", read_phrases),
)

# updates.yaml comes last: it is put onto the supports
_READERS: tuple[tuple[str, Reader], ...] = (
    ("bureaus.yaml", read_bureaus),
    ("profile.yaml", read_profile),
    ("synonyms.yaml", read_synonyms),
    ("signposts.yaml", read_signposts),
    ("language.yaml", read_language),
    ("updates.yaml", read_updates),
)


def load(folder: Path) -> Knowledge:
    """All knowledge of the folder. Raises KnowledgeError with every problem at once."""
    knowledge, problems = read(folder)
    if problems or knowledge is None:
        raise KnowledgeError(problems)
    return knowledge


def read(folder: Path) -> tuple[Knowledge | None, list[Problem]]:
    """What could be read, and every problem. With problems, the knowledge may have holes;
    it is None where no policy could be read at all."""
    files, reading = read_folder(folder)
    found = reading.problems.sorted()
    return (reading.knowledge(files.version) if reading.policies else None), found


def scenarios(folder: Path) -> tuple[Scenario, ...]:
    """The conversations that must hold. Raises KnowledgeError with every problem at once."""
    problems = Problems()
    files = snapshot(folder, problems, only="scenarios")
    found = read_scenarios(files, problems)
    if problems:
        raise KnowledgeError(problems.sorted())
    return found


def read_folder(folder: Path) -> tuple[Snapshot, Reading]:
    """The bytes of the folder and all that could be read from them, with the problems."""
    reading = Reading()
    files = snapshot(folder, reading.problems)
    for name, data in files.under("sources"):
        text = decode(name, data, reading.problems)
        if text is not None and text.strip():
            reading.sources[name.removeprefix("sources/")] = text
            continue
        reading.unread.add(name)
        if text is not None:
            reading.problems.add(name, 1, "文件是空的", EMPTY_HINT)
    reading.unread |= {name for name in TOP_FILES if name not in files.files}
    for kind, title, reader in _FOLDER_READERS:
        found = list(files.under(kind))
        if not found:
            reading.unread.add(f"{kind}/")
        if not found and files.files:
            message = f"没有一份{title}文件（*{FOLDERS[kind]}）"
            reading.problems.add(f"{kind}/", 1, message, "至少要有一份")
        for name, data in found:
            _read_file(name, data, reader, reading)
    for name, reader in _READERS:
        if name in files.files:
            _read_file(name, files.files[name], reader, reading)
    if not reading.unread:
        check_references(reading)
    return files, reading


def _read_file(name: str, data: bytes, reader: Reader, reading: Reading) -> None:
    node = parse(name, data, reading.problems)
    fields = as_fields(name, node, reading.problems, "整个文件") if node is not None else None
    if fields is None:
        reading.unread.add(name)
    else:
        reader(fields, reading)
