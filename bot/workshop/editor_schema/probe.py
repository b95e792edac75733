"""Learn what a reader reads: run it on a probe that notes each key and its kind.

The readers of `bot.content.readers` are the only definition of the keys. A probe answers every
read with a harmless value, so a reader goes through all of its keys.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeVar

from bot.content.documents.mapping_reader import MEANS, MappingReader
from bot.content.documents.problems import Problems
from bot.content.documents.tree import MappingNode

Chosen = TypeVar("Chosen", bound=StrEnum)
Default = TypeVar("Default")

# The name of a key that an admin chooses: a slot, an act, a word.
ANY = "*"
_ANSWER = "x"


@dataclass(slots=True)
class Shape:
    """What a key holds. `kind`: text, texts, day, integer, boolean, enum, table, tables, or empty
    before it is known. `keys`: the keys of a table or of the tables of a list. `single`: one text
    counts as a list of one. `values`: of an enum, with what each means."""

    kind: str = ""
    keys: dict[str, Shape] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)
    values: dict[str, str] = field(default_factory=dict)
    single: bool = False

    def key(self, name: str, kind: str) -> Shape:
        """Return the shape of a key, and note its kind unless a better one is known."""
        shape = self.keys.setdefault(name, Shape())
        if not shape.kind or (shape.kind == "text" and kind != "text"):
            shape.kind = kind
        return shape


class Probe(MappingReader):
    """A MappingReader that notes what is read from it."""

    def __init__(self, file: str, shape: Shape) -> None:
        super().__init__(file, MappingNode(1, {ANY: MappingNode(1)}, {}), Problems())
        self.shape = shape

    def require_keys(self, *keys: str) -> None:
        self.shape.required.update(keys)
        for key in keys:
            self.shape.key(key, "")

    def text(self, key: str, *, required: bool = False, trim: bool = True) -> str:
        self.shape.key(key, "text")
        if required:
            self.shape.required.add(key)
        return _ANSWER

    def texts(self, key: str, *, single: bool = False) -> tuple[str, ...]:
        shape = self.shape.key(key, "texts")
        shape.single = shape.single or single
        return ()

    def day(self, key: str, *, required: bool = False) -> date | None:
        self.shape.key(key, "day")
        if required:
            self.shape.required.add(key)
        return None

    def integer(self, key: str) -> int | None:
        self.shape.key(key, "integer")
        return None

    def boolean(self, key: str) -> bool:
        self.shape.key(key, "boolean")
        return False

    def enum_value(self, key: str, kind: type[Chosen], default: Default) -> Chosen | Default:
        shape = self.shape.key(key, "enum")
        shape.values = {str(each): MEANS.get(str(each), "") for each in kind}
        return default

    def table(self, key: str) -> MappingReader | None:
        return Probe(self.file, self.shape.key(key, "table"))

    def tables(self, key: str) -> Iterator[MappingReader]:
        yield Probe(self.file, self.shape.key(key, "tables"))

    def text_list_mapping(self, key: str) -> dict[str, tuple[str, ...]]:
        self.shape.key(key, "table").key(ANY, "texts")
        return {}

    def text_mapping(self, key: str) -> dict[str, str]:
        self.shape.key(key, "table").key(ANY, "text")
        return {}

    def __contains__(self, key: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        yield ANY

    def finish(self) -> None:
        pass
