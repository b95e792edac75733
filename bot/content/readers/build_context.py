"""Collect what the readers read: the tables of Knowledge, and the place of each entry."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from typing import TypeVar

from bot.content.documents.mapping_reader import MappingReader
from bot.content.documents.problems import Problems, shown
from bot.content.documents.templates import Expansion
from bot.content.documents.tree import ListNode, MappingNode, Node
from bot.core.domain.knowledge import (
    Bureau,
    Clause,
    FactSample,
    Hotline,
    Knowledge,
    Locality,
    OutOfScopeTopic,
    PersonKind,
    Policy,
    Slot,
    Supersedes,
    Support,
    SupportStatus,
    Update,
)

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Place:
    """A file and a line in it. Lines count from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Repair:
    """Characters that the published page lost: `stored` in the source, `shown` in the clause."""

    stored: str
    shown: str


@dataclass(frozen=True, slots=True)
class Uncovered:
    """Paragraphs of the source that start with this text need no clause, and the reason."""

    starts: str
    why: str


@dataclass(frozen=True, slots=True)
class Paper:
    """The source file of a policy, and the declared repairs and uncovered paragraphs."""

    policy: str
    source_text: str
    repairs: tuple[Repair, ...] = ()
    uncovered: tuple[Uncovered, ...] = ()


@dataclass(slots=True)
class Places:
    """The place of each entry: `at("support", id, "questions", "3")` gives file and line."""

    _nodes: dict[tuple[str, str], tuple[str, Node]] = field(default_factory=dict)

    def note(self, kind: str, name: str, fields: MappingReader) -> None:
        """Record the mapping that an entry was read from."""
        self._nodes[kind, name] = (fields.file, fields.node)

    def copy(self) -> Places:
        """Return a copy that can be added to."""
        return Places(dict(self._nodes))

    def at(self, kind: str, name: str, *path: str) -> Place:
        """Return the place of an entry, or of its deepest existing part along `path`."""
        if (kind, name) not in self._nodes:
            return Place("", 1)
        file, node = self._nodes[kind, name]
        line = node.line
        for step in path:
            if isinstance(node, MappingNode) and step in node.values:
                line, node = node.lines[step], node.values[step]
            elif isinstance(node, ListNode) and step.isdigit() and int(step) < len(node.items):
                node = node.items[int(step)]
                line = node.line
            else:
                break
        return Place(file, line)


@dataclass(slots=True)
class BuildContext:
    """The tables being filled. For a repeated id, the first entry stays.

    `unread`: the files that could not be read. While there is one, names are not checked: most
    would be unknown, and their problems would hide the cause.
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
    hotline_ids: dict[str, str] = field(default_factory=dict)
    slots: dict[str, Slot] = field(default_factory=dict)
    signposts: dict[str, OutOfScopeTopic] = field(default_factory=dict)
    phrases: dict[str, str] = field(default_factory=dict)
    synonyms: dict[str, tuple[str, ...]] = field(default_factory=dict)
    english: dict[str, tuple[str, ...]] = field(default_factory=dict)
    silences: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unwritten: dict[str, tuple[str, ...]] = field(default_factory=dict)
    elsewhere: list[str] = field(default_factory=list)
    function_words: list[str] = field(default_factory=list)
    later: list[tuple[Place, Update]] = field(default_factory=list)
    # Support → its place among the supports of its clause; those without one come last.
    support_order: dict[str, int] = field(default_factory=dict)
    superseded: list[tuple[Place, Supersedes]] = field(default_factory=list)
    kinds: list[tuple[Place, PersonKind]] = field(default_factory=list)
    confirmations: dict[str, tuple[str, ...]] = field(default_factory=dict)
    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)
    fillers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    questions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    locality: Locality = field(default_factory=Locality)
    bureau_questions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    paper_questions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    spoken: dict[str, str] = field(default_factory=dict)
    acts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    aspect_questions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    requests: dict[str, tuple[str, ...]] = field(default_factory=dict)
    fact_samples: list[tuple[Place, FactSample]] = field(default_factory=list)
    people: dict[str, tuple[str, ...]] = field(default_factory=dict)
    scopes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    # The lists that templates use, and the templates that were expanded.
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    templates: list[Expansion] = field(default_factory=list)

    def hotline(self, name: str) -> str:
        """Return the number of a hotline that is named by its id or its number; an unknown name as
        it is."""
        return self.hotline_ids.get(name, name)

    def keep(
        self,
        kind: str,
        table: dict[str, Value],
        name: str,
        value: Value,
        fields: MappingReader,
        *,
        line_of: str = "",
    ) -> None:
        """Add a value to its table. A repeated name is a problem; an empty one is ignored.

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

    def add_problem(self, place: Place, message: str, hint: str = "") -> None:
        """Add a problem at a place."""
        self.problems.add(place.file, place.line, message, hint)

    def arrange(self) -> None:
        """Sort the supports by policy, clause, `order` and id, and later rules newest first."""
        policies = {name: number for number, name in enumerate(self.policies)}
        clauses = {name: number for number, name in enumerate(self.clauses)}

        def rank(support: Support) -> tuple[int, int, int, str]:
            return (
                policies.get(support.policy, len(policies)),
                clauses.get(support.clause, len(clauses)),
                self.support_order.get(support.id, sys.maxsize),
                support.id,
            )

        self.supports = {
            support.id: support for support in sorted(self.supports.values(), key=rank)
        }
        for name, support in self.supports.items():
            newest_first = sorted(support.updates, key=lambda update: update.dated, reverse=True)
            self.supports[name] = replace(support, updates=tuple(newest_first))

    def _covered(self) -> set[str]:
        """Return the out-of-scope topics that a support answers."""
        return {topic for support in self.supports.values() for topic in support.covers}

    def knowledge(self, version: str) -> Knowledge:
        """Return the tables as Knowledge; supports that are switched off are suspended."""
        off = {
            name: self.supports[name].status
            for name in self.locality.suspended
            if name in self.supports
        }
        supports = {
            name: replace(support, status=SupportStatus.SUSPENDED) if name in off else support
            for name, support in self.supports.items()
        }
        return Knowledge(
            version=version,
            policies=self.policies,
            clauses=self.clauses,
            supports=supports,
            switched_off=off,
            bureaus=self.bureaus,
            hotlines=self.hotlines,
            slots=self.slots,
            signposts={n: t for n, t in self.signposts.items() if n not in self._covered()},
            phrases=self.phrases,
            synonyms=self.synonyms,
            english=self.english,
            silences=self.silences,
            unwritten=self.unwritten,
            elsewhere=tuple(self.elsewhere),
            function_words=tuple(self.function_words),
            confirmations=self.confirmations,
            fields=self.fields,
            fillers=self.fillers,
            questions=self.questions,
            locality=self.locality,
            bureau_questions=self.bureau_questions,
            paper_questions=self.paper_questions,
            spoken=self.spoken,
            acts=self.acts,
            aspect_questions=self.aspect_questions,
            requests=self.requests,
            fact_samples=tuple(sample for _, sample in self.fact_samples),
            people=self.people,
            scopes=self.scopes,
        )
