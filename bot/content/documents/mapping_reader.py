"""Read the keys of a mapping by type. Faults are recorded, and reading continues."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from enum import StrEnum
from typing import TypeVar

from bot.content.documents.problems import Problems, nearest, shown
from bot.content.documents.syntax_messages import (
    COLON_HINT,
    WIDE_BRACKETS_HINT,
    has_wide_brackets,
)
from bot.content.documents.tree import ListNode, MappingNode, Node, TextNode

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NULLS = frozenset({"null", "Null", "NULL", "~"})
_KINDS = {TextNode: "文字", ListNode: "列表", MappingNode: "“键: 值”"}

# Explanations shown beside the values of an enumeration.
MEANS = {
    "open": "（在办）",
    "in_force": "（还在执行）",
    "exhausted": "（名额或资金用完）",
    "suspended": "（暂停）",
    "expired": "（到期）",
    "superseded": "（被新文件代替）",
    "unverified": "（没核实过）",
    "A": "（政府网页）",
    "B": "（具名媒体）",
}
# Keys whose lists hold sentences: an item may contain a full-width comma.
SENTENCES = {"also_requires", "what", "steps", "materials", "questions", "says", "never_says"}
_WIDE_COMMA = re.compile("[，、]")

Chosen = TypeVar("Chosen", bound=StrEnum)
Default = TypeVar("Default")


class MappingReader:
    """Reads one mapping. `finish` reports every key that was not read."""

    def __init__(self, file: str, node: MappingNode, problems: Problems) -> None:
        self.file = file
        self.node = node
        self.problems = problems
        self._known: dict[str, None] = {}

    def line(self, key: str = "") -> int:
        """Return the line of a key, or of the mapping if the key is absent."""
        return self.node.lines.get(key, self.node.line)

    def add_problem(self, key: str, message: str, hint: str = "") -> None:
        """Record a problem at this key."""
        self.problems.add(self.file, self.line(key), message, hint)

    def require_keys(self, *keys: str) -> None:
        """Record a problem for each absent key. Its value may be empty.

        This finds files that were saved half.
        """
        for key in keys:
            if key not in self:
                self.add_problem(key, f"缺少“{key}”", "没有内容也要写上这个键")

    def text(self, key: str, *, required: bool = False, trim: bool = True) -> str:
        """Return the text of a key, "" if absent. `trim=False` keeps blanks at the ends."""
        node = self._get(key)
        value = self._plain(node, f"“{key}”")
        value = value.strip() if trim else value.strip("\n")
        if required and not value and (node is None or isinstance(node, TextNode)):
            self.add_problem(key, f"缺少“{key}”")
        return value

    def texts(self, key: str, *, single: bool = False) -> tuple[str, ...]:
        """Return the list of texts of a key, () if absent or empty.

        With `single`, a text counts as a list of one.
        """
        return self._texts(self._get(key), key, single=single)

    def day(self, key: str, *, required: bool = False) -> date | None:
        """Return the date of a key, or None."""
        value = self.text(key, required=required)
        if not value:
            return None
        if _DATE.fullmatch(value):
            with suppress(ValueError):
                return date.fromisoformat(value)
        hint = "写成 2016-02-05 这样，并且是真有的一天"
        self.add_problem(key, f"“{key}”不是日期：“{shown(value)}”", hint)
        return None

    def integer(self, key: str) -> int | None:
        """Return the integer of a key, or None."""
        value = self.text(key)
        if not value:
            return None
        if value.isascii() and value.isdigit() and len(value) < 10:
            return int(value)
        self.add_problem(key, f"“{key}”要写一个整数，现在是“{shown(value)}”")
        return None

    def boolean(self, key: str) -> bool:
        """Return whether a key is true; absent means false."""
        value = self.text(key)
        if value not in ("", "true", "false"):
            self.add_problem(key, f"“{key}”只能写 true 或 false，现在是“{shown(value)}”")
        return value == "true"

    def enum_value(self, key: str, kind: type[Chosen], default: Default) -> Chosen | Default:
        """Return the value of a key as a member of `kind`, `default` if absent or unknown."""
        value = self.text(key)
        if not value:
            return default
        try:
            return kind(value)
        except ValueError:
            allowed = [str(member) for member in kind]
            told = "、".join(f"{name}{MEANS.get(name, '')}" for name in allowed)
            message = f"“{key}”不能是“{shown(value)}”，只能是 {told}"
            self.add_problem(key, message, nearest(value, allowed))
            return default

    def table(self, key: str) -> MappingReader | None:
        """Return a reader for the mapping of a key, or None."""
        node = self._get(key)
        if node is None or _is_blank(node):
            return None
        return as_mapping(self.file, node, self.problems, f"“{key}”")

    def tables(self, key: str) -> Iterator[MappingReader]:
        """Return a reader for each mapping in the list of a key."""
        node = self._get(key)
        if node is None or _is_blank(node):
            return iter(())
        return as_mappings(self.file, node, self.problems, f"“{key}”")

    def text_list_mapping(self, key: str) -> dict[str, tuple[str, ...]]:
        """Return a mapping from words to lists of texts, such as `conditions` or `synonyms`."""
        table = self.table(key)
        if table is None:
            return {}
        return {
            name: table._texts(node, name, single=False)
            for name, node in table.node.values.items()
        }

    def text_mapping(self, key: str) -> dict[str, str]:
        """Return a mapping from ids to texts, such as `phrases`."""
        table = self.table(key)
        return {} if table is None else {name: table.text(name, trim=False) for name in table}

    def __contains__(self, key: object) -> bool:
        return key in self.node.values

    def __iter__(self) -> Iterator[str]:
        return iter(self.node.values)

    def finish(self) -> None:
        """Record a problem for every key that was not read."""
        for key in self.node.values:
            if key not in self._known:
                hint = nearest(key, self._known) or "认识的键：" + "、".join(self._known)
                self.add_problem(key, f"不认识的键“{shown(key)}”", hint)

    def _get(self, key: str) -> Node | None:
        self._known[key] = None
        return self.node.values.get(key)

    def _plain(self, node: Node | None, what: str) -> str:
        if node is None:
            return ""
        if not isinstance(node, TextNode):
            self._wrong_kind(node, what, "文字", _text_hint(node))
            return ""
        if node.value in _NULLS and not node.quoted:
            self.problems.add(self.file, node.line, f"{what}写了“{node.value}”", "没有就空着")
            return ""
        return node.value

    def _texts(self, node: Node | None, key: str, *, single: bool) -> tuple[str, ...]:
        if node is None or _is_blank(node):
            return ()
        if single and isinstance(node, TextNode):
            return (self._plain(node, f"“{key}”").strip(),)
        if not isinstance(node, ListNode):
            tight = isinstance(node, TextNode) and node.value.startswith("-")
            hint = "“-”后面要空一格" if tight else "写成 [甲, 乙]，或每行一个“- 甲”"
            if isinstance(node, TextNode) and has_wide_brackets(node.value):
                hint = WIDE_BRACKETS_HINT
            self._wrong_kind(node, f"“{key}”", "列表", hint)
            return ()
        values = []
        for item in node.items:
            value = self._plain(item, f"“{key}”的一项").strip()
            if (
                node.flow
                and key not in SENTENCES
                and isinstance(item, TextNode)
                and not item.quoted
            ):
                self._separated(item)
            if value:
                values.append(value)
            elif isinstance(item, TextNode):
                self.problems.add(self.file, item.line, f"“{key}”里有空的一项", "删掉这个“-”")
        return tuple(values)

    def _separated(self, item: TextNode) -> None:
        """Record a problem for a full-width comma in brackets: it does not separate items."""
        comma = _WIDE_COMMA.search(item.value)
        if comma:
            message = f"方括号里有“{comma.group()}”，“{shown(item.value)}”成了一整项"
            hint = "各项之间用半角逗号加空格“, ”；真是一整项就用引号括起来"
            self.problems.add(self.file, item.line, message, hint)

    def _wrong_kind(self, node: Node, what: str, wanted: str, hint: str = "") -> None:
        _wrong_kind(self.file, node, self.problems, f"{what}要写{wanted}", hint)


def as_mapping(file: str, node: Node, problems: Problems, what: str) -> MappingReader | None:
    """Return a reader for a mapping node; record a problem and return None for another node."""
    if isinstance(node, MappingNode):
        return MappingReader(file, node, problems)
    wide = isinstance(node, TextNode) and ("：" in node.value or ":" in node.value)
    hint = COLON_HINT if wide else "写成 {键: 值}，或在下一行缩进两格写“键: 值”"
    if isinstance(node, TextNode) and has_wide_brackets(node.value):
        hint = WIDE_BRACKETS_HINT
    _wrong_kind(file, node, problems, f"{what}要写“键: 值”", hint)
    return None


def as_mappings(file: str, node: Node, problems: Problems, what: str) -> Iterator[MappingReader]:
    """Return a reader for each mapping of a list; record a problem for every other node."""
    if not isinstance(node, ListNode):
        _wrong_kind(file, node, problems, f"{what}要写列表", "每一项以“- ”开头")
        return
    for item in node.items:
        fields = as_mapping(file, item, problems, f"{what}的每一项")
        if fields is not None:
            yield fields


def _wrong_kind(file: str, node: Node, problems: Problems, wanted: str, hint: str) -> None:
    problems.add(file, node.line, f"{wanted}，这里写的是{_KINDS[type(node)]}", hint)


def _text_hint(node: Node) -> str:
    """Return the hint for a node that became a list or mapping though a text was meant."""
    if isinstance(node, MappingNode) and not node.flow:
        return "句子里有半角冒号就整句用引号括起来；和下一行连在了一起就分成两行"
    if isinstance(node, MappingNode | ListNode) and node.flow:
        return "带花括号或方括号的句子要用引号括起来"
    return ""


def _is_blank(node: Node) -> bool:
    return isinstance(node, TextNode) and not node.value.strip() and not node.quoted
