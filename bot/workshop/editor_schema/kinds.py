"""The kinds of knowledge files: which files, which reader, which schema."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.content.documents.mapping_reader import MappingReader
from bot.content.documents.snapshot import POLICY_FILE, SCHEMA_FOLDER, SUPPORTS
from bot.content.readers.build_context import BuildContext
from bot.content.readers.loader import READERS
from bot.content.readers.policies import read_policy, read_support
from bot.content.readers.scenarios import read_scenario
from bot.content.readers.vocabulary import read_facts, read_later_rule, read_phrases, read_topics
from bot.workshop.editor_schema.probe import Probe, Shape

_MODELINE = "# yaml-language-server: $schema="
_MARK = "\ufeff".encode()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file. `name`: of its schema; `files`: the paths of such files; `is_list`: a file
    is a list of what `read` reads."""

    name: str
    files: str
    read: Callable[[MappingReader], object]
    is_list: bool = False

    def shape(self) -> Shape:
        """Return the keys that the reader reads."""
        shape = Shape("table")
        self.read(Probe(self.files.replace("*", "x"), shape))
        return shape


def _with_context(
    read: Callable[[MappingReader, BuildContext], None],
) -> Callable[[MappingReader], None]:
    return lambda fields: read(fields, BuildContext())


KINDS: tuple[Kind, ...] = (
    *(Kind(PurePosixPath(file).stem, file, _with_context(read)) for file, read in READERS.items()),
    Kind("policy", f"policies/*/{POLICY_FILE}", _with_context(read_policy)),
    Kind("support", f"policies/*/{SUPPORTS}/*.yaml", _with_context(read_support)),
    Kind("facts", "facts/*.yaml", _with_context(read_facts)),
    Kind("topics", "out_of_scope/*.yaml", _with_context(read_topics)),
    Kind("phrases", "phrases/*.yaml", _with_context(read_phrases)),
    Kind("later_rule", "later_rules/*.yaml", _with_context(read_later_rule)),
    Kind("scenarios", "scenarios/*.yaml", read_scenario, is_list=True),
)


def kind_of_file(file: str) -> Kind | None:
    """Return the kind of a file by its path in the folder; None for no knowledge file."""
    path = PurePosixPath(file)
    for kind in KINDS:
        if path.match(kind.files) and len(path.parts) == len(PurePosixPath(kind.files).parts):
            return kind
    return None


def modeline(file: str) -> str:
    """Return the comment by which editors find the schema of a file; "" for no knowledge file."""
    kind = kind_of_file(file)
    up = "../" * (len(PurePosixPath(file).parts) - 1) or "./"
    return f"{_MODELINE}{up}{SCHEMA_FOLDER}/{kind.name}.json\n" if kind else ""


def with_modeline(file: str, data: bytes) -> bytes:
    """Return the bytes of a file with the right comment as the first line, all else unchanged."""
    line = modeline(file).encode()
    mark = _MARK if data.startswith(_MARK) else b""
    rest = data.removeprefix(mark)
    first, _, below = rest.partition(b"\n")
    if b"\r\n" in rest[: len(first) + 1]:
        line = line.replace(b"\n", b"\r\n")
    if first.startswith(_MODELINE.encode()):
        rest = below
    return mark + line + rest
