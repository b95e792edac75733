"""What has been read so far: the tables that become Knowledge, and where each thing stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from bot.content.documents.mapping_reader import Fields
from bot.content.documents.problems import Problems, shown
from bot.content.documents.tree import Entries, Items, Node
from bot.core.domain.knowledge import (
    Bureau,
    Clause,
    Hotline,
    Knowledge,
    OutOfScopeTopic,
    Policy,
    Slot,
    Support,
    Update,
)

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Place:
    """A file and a line in it, from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Repair:
    """Characters that the published page lost: the source has `stored`, the clause `shown`."""

    stored: str
    shown: str


@dataclass(frozen=True, slots=True)
class Uncovered:
    """Source paragraphs that start so need no clause, and why."""

    starts: str
    why: str


@dataclass(frozen=True, slots=True)
class Paper:
    """The source file of a policy, and what the admin declared about it."""

    policy: str
    source_text: str
    repairs: tuple[Repair, ...] = ()
    uncovered: tuple[Uncovered, ...] = ()


@dataclass(slots=True)
class Places:
    """Where things stand: `at("support", id, "questions", "3")` is a file and a line."""

    _nodes: dict[tuple[str, str], tuple[str, Node]] = field(default_factory=dict)

    def note(self, kind: str, name: str, fields: Fields) -> None:
        """This thing was read from this mapping."""
        self._nodes[kind, name] = (fields.file, fields.node)

    def at(self, kind: str, name: str, *path: str) -> Place:
        """The place of a thing, or of a part of it as deep as the file goes."""
        if (kind, name) not in self._nodes:
            return Place("", 1)
        file, node = self._nodes[kind, name]
        line = node.line
        for step in path:
            if isinstance(node, Entries) and step in node.values:
                line, node = node.lines[step], node.values[step]
            elif isinstance(node, Items) and step.isdigit() and int(step) < len(node.items):
                node = node.items[int(step)]
                line = node.line
            else:
                break
        return Place(file, line)


@dataclass(slots=True)
class Reading:
    """The tables being filled. A repeated id is recorded, and the first one stays.

    `unread`: the files that nothing could be read from. With one of them gone, most names that
    others use are unknown, and to say so would bury the cause.
    """

    unread: set[str] = field(default_factory=set)
    problems: Problems = field(default_factory=Problems)
    places: Places = field(default_factory=Places)
    sources: dict[str, str] = field(default_factory=dict)
    papers: dict[str, Paper] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)
    clauses: dict[str, Clause] = field(default_factory=dict)
    supports: dict[str, Support] = field(default_factory=dict)
    bureaus: dict[str, Bureau] = field(default_factory=dict)
    hotlines: dict[str, Hotline] = field(default_factory=dict)
    slots: dict[str, Slot] = field(default_factory=dict)
    signposts: dict[str, OutOfScopeTopic] = field(default_factory=dict)
    phrases: dict[str, str] = field(default_factory=dict)
    synonyms: dict[str, tuple[str, ...]] = field(default_factory=dict)
    english: dict[str, tuple[str, ...]] = field(default_factory=dict)
    silences: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unwritten: dict[str, tuple[str, ...]] = field(default_factory=dict)
    elsewhere: list[str] = field(default_factory=list)
    later: list[tuple[Place, Update]] = field(default_factory=list)
    commands: dict[str, tuple[str, ...]] = field(default_factory=dict)
    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)
    overview: dict[str, tuple[str, ...]] = field(default_factory=dict)
    spoken: dict[str, str] = field(default_factory=dict)

    def keep(
        self,
        kind: str,
        table: dict[str, Value],
        name: str,
        value: Value,
        fields: Fields,
        *,
        line_of: str = "",
    ) -> None:
        """Put a value into its table, unless it has no name or the name is taken.

        `line_of`: the key of `fields` whose line a problem names; empty for the mapping itself.
        """
        if not name:
            return
        if name in table:
            first = self.places.at(kind, name, line_of)
            message = f"“{shown(name)}”重复，{first} 已经用了"
            self.problems.add(fields.file, fields.line(line_of), message, "编号和名字不能重复")
            return
        table[name] = value
        self.places.note(kind, name, fields)

    def complain(self, place: Place, message: str, hint: str = "") -> None:
        """Record a problem at a place."""
        self.problems.add(place.file, place.line, message, hint)

    def knowledge(self, version: str) -> Knowledge:
        """All tables as the core gets them."""
        return Knowledge(
            version=version,
            policies=self.policies,
            clauses=self.clauses,
            supports=self.supports,
            bureaus=self.bureaus,
            hotlines=self.hotlines,
            slots=self.slots,
            signposts=self.signposts,
            phrases=self.phrases,
            synonyms=self.synonyms,
            english=self.english,
            silences=self.silences,
            unwritten=self.unwritten,
            elsewhere=tuple(self.elsewhere),
            commands=self.commands,
            fields=self.fields,
            overview=self.overview,
            spoken=self.spoken,
        )
