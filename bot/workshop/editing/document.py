"""One YAML file as text with the positions of its nodes, and edits as insertions into the text.

The libraries that write YAML again from a tree (ruamel.yaml) move the lines of 47 of the 162
knowledge files. Here the parser gives the line and column of each node, and an edit cuts and
inserts text there; each edit is parsed again and compared with what was meant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

import yaml

from bot.content.documents.problems import Problems, nearest, shown
from bot.content.documents.tree import LOADER, ListNode, MappingNode, Node, decode, parse
from bot.errors import EditRefused
from bot.workshop.editing.yaml_text import (
    INDENT,
    Flow,
    Plain,
    Value,
    after_key,
    inline,
    item,
    kind_of,
    scalar,
)

# The keys by which an entry of a list is named in a path.
NAMES = ("id", "name", "number", "starts")
_BREAK = re.compile(r"\r\n|\r|\n")
_MARK = "\ufeff"

Path = Sequence[str]


class Document:
    """A YAML file that can be edited. Every change leaves a valid file or raises EditRefused.

    A path names a node: keys of mappings; in lists, the number of an item from 0, or the value of
    its `id`, `name`, `number` or `starts`.
    """

    def __init__(self, file: str, data: bytes) -> None:
        """Read a file. Raises EditRefused if it has a syntax error."""
        self.file = file
        self._problems = Problems()
        text = decode(file, data, self._problems)
        tree = parse(file, data, self._problems) if text is not None else None
        if text is None or tree is None or self._problems:
            told = "\n".join(str(each) for each in self._problems.sorted())
            raise EditRefused(f"这个文件现在有错，先改好它，再添加：\n{told}")
        self.before = data
        self._mark = _MARK if data.startswith(_MARK.encode()) else ""
        self._take(text, tree)

    def _take(self, text: str, tree: Node) -> None:
        self.text = text
        self.data = plain(tree)
        self._tree: Any = None
        self._starts = [0, *(found.end() for found in _BREAK.finditer(text))]

    @property
    def bytes(self) -> bytes:
        """Return the file as it is to be saved."""
        return (self._mark + self.text).encode()

    def value(self, path: Path) -> Any:
        """Return the value at a path as texts, lists and dicts. Raises EditRefused if unknown."""
        return _value_at(self.data, path, self.file)

    def has(self, path: Path) -> bool:
        """Return whether there is a node at a path."""
        try:
            self.value(path)
        except EditRefused:
            return False
        return True

    def line(self, path: Path) -> int:
        """Return the line of the key or item at a path, from 1."""
        self.value(path)
        node = self._node(path)
        above = self._node(path[:-1]) if path else None
        if isinstance(above, yaml.MappingNode):
            node = self._key(path)
        return int(node.start_mark.line) + 1

    def append(self, path: Path, value: Value) -> int:
        """Add an item to the end of the list at a path. Return its line, from 1."""
        self.value(path)
        node = self._node(path)
        wanted = _copied(self.data)
        there = _value_at(wanted, path, self.file)
        if isinstance(node, yaml.SequenceNode):
            there.append(meant(value))
            where, new, lines = self._new_item(node, value)
        elif isinstance(node, yaml.ScalarNode) and not node.value and not node.style and path:
            # `questions:` without a value: the list begins on the next line.
            _set_at(wanted, path, [meant(value)])
            indent = self._key(path).start_mark.column + INDENT
            where, new, lines = (
                self._line_end(self._end(node)),
                self._below(item(value, indent)),
                1,
            )
        else:
            raise EditRefused(f"{self.file} 里的“{_shown(path)}”不是列表，加不进去")
        return self._replace(where, where, new, wanted, lines)

    def set(self, path: Path, value: Value, *, after: Sequence[str] = ()) -> int:
        """Set the value at a path. Return its line, from 1.

        A new key is inserted behind the first of `after` that its mapping has, else at its end.
        """
        *above, key = path
        there = self.value(above)
        if not isinstance(there, dict) and not self.has(path):
            raise EditRefused(f"{self.file} 里的“{_shown(above)}”下面不能写“{shown(key)}”")
        wanted = _copied(self.data)
        _set_at(wanted, path, meant(value))
        if self.has(path):
            return self._set_existing(path, value, wanted)
        mapping = self._node(above)
        return self._set_new(mapping, key, value, wanted, after)

    def remove(self, path: Path) -> int:
        """Remove an item of a list that stands on lines of its own. Return its line, from 1."""
        *above, key = path
        value = self.value(path)
        wanted = _copied(self.data)
        items = _value_at(wanted, above, self.file)
        number = next((n for n, each in enumerate(items) if each == value), -1)
        parent, node = self._node(above), self._node(path)
        if not isinstance(parent, yaml.SequenceNode) or parent.flow_style or len(items) == 1:
            raise EditRefused(f"{self.file} 里的“{shown(key)}”不能单独删掉，请直接改文件")
        del items[number]
        start = self._starts[node.start_mark.line]
        end = self._line_end(self._end(node))
        found = _BREAK.match(self.text, end)
        return self._replace(start, found.end() if found else end, "", wanted)

    def comment_above(self, path: Path, text: str) -> int:
        """Insert a comment on a line of its own above the key at a path. Return its line."""
        key = self._key(path)
        start = self._starts[key.start_mark.line]
        indent = self.text[start : start + key.start_mark.column]
        if indent.strip():
            raise EditRefused(f"{self.file} 里的“{_shown(path)}”上面不能加注释，请直接改文件")
        line = f"{indent}# {' '.join(text.split())}{self._break}"
        return self._replace(start, start, line, _copied(self.data))

    @property
    def root(self) -> Any:
        """Return the nodes of the parser, with their positions."""
        if self._tree is None:
            self._tree = yaml.compose(self.text, Loader=LOADER)
        return self._tree

    @property
    def _break(self) -> str:
        found = _BREAK.search(self.text)
        return found.group() if found else "\n"

    def _node(self, path: Path) -> Any:
        node, data = self.root, self.data
        for step in path:
            if isinstance(data, dict):
                node, data = next((v, data[step]) for k, v in node.value if k.value == step)
            else:
                number = _position(data, step)
                node, data = node.value[number], data[number]
        return node

    def _key(self, path: Path) -> Any:
        """Return the node of the key that a path ends in."""
        return next(k for k, _ in self._node(path[:-1]).value if k.value == path[-1])

    def _new_item(self, node: Any, value: Value) -> tuple[int, str, int]:
        """Return where a new item of a list goes, its text, and how many lines below it begins."""
        if node.flow_style:
            if not node.value:
                return self._offset(node.end_mark) - 1, inline(value), 0
            return self._end(node.value[-1]), f", {inline(value)}", 0
        lines = item(value, node.start_mark.column)
        spaced = self._is_spaced(node)
        where = self._line_end(self._end(node))
        return where, self._below(["", *lines] if spaced else lines), 2 if spaced else 1

    def _is_spaced(self, node: Any) -> bool:
        """Return whether a blank line stands between the last two items of a list."""
        if len(node.value) < 2:
            return False
        between = self.text[self._end(node.value[-2]) : self._offset(node.value[-1].start_mark)]
        return any(not line.strip() for line in _BREAK.split(between)[1:-1])

    def _set_existing(self, path: Path, value: Value, wanted: Any) -> int:
        node = self._node(path)
        start, end = self._offset(node.start_mark), self._end(node)
        flow = self._in_flow(path)
        if isinstance(node, yaml.ScalarNode):
            if isinstance(value, str):
                if not node.style and kind_of(node.value) == kind_of(value):
                    value = Plain(value)  # a number stays one
                new = scalar(value, flow=flow, quoted=node.style in ('"', "'"))
            else:
                new = inline(value)
            if not node.value and not node.style and new:
                new = f" {new}"
        elif node.flow_style:
            new = inline(value)
        elif not _is_list(value) or "#" in self.text[start : self._line_end(end)]:
            # What stands in block style may have comments between its lines.
            raise EditRefused(f"{self.file} 里的“{_shown(path)}”有好几行，请直接改文件")
        else:
            lines = [each for part in value for each in item(part, node.start_mark.column)]
            new = self._break.join(lines).lstrip()
        return self._replace(start, end, new, wanted)

    def _set_new(
        self, mapping: Any, key: str, value: Value, wanted: Any, after: Sequence[str]
    ) -> int:
        if mapping.flow_style:
            pair = f"{scalar(key, flow=True)}: {inline(value)}"
            if not mapping.value:
                where = self._offset(mapping.end_mark) - 1
                return self._replace(where, where, pair, wanted)
            where = self._end(mapping.value[-1][1])
            return self._replace(where, where, f", {pair}", wanted)
        keys = {each.value: node for each, node in mapping.value}
        before = next((keys[name] for name in after if name in keys), mapping.value[-1][1])
        indent = mapping.value[0][0].start_mark.column
        lines = after_key(f"{' ' * indent}{scalar(key)}:", value, indent)
        where = self._line_end(self._end(before))
        return self._replace(where, where, self._below(lines), wanted, 1)

    def _in_flow(self, path: Path) -> bool:
        return any(self._node(path[:n]).flow_style for n in range(len(path)))

    def _below(self, lines: Sequence[str]) -> str:
        return self._break + self._break.join(lines)

    def _offset(self, mark: Any) -> int:
        return int(self._starts[mark.line]) + int(mark.column)

    def _end(self, node: Any) -> int:
        """Return the position behind the last character of a node, without what follows it."""
        if isinstance(node, yaml.ScalarNode):
            end = self._offset(node.end_mark)
            # The parser ends a block scalar at the next token, behind blank lines.
            return len(self.text[:end].rstrip()) if node.style in ("|", ">") else end
        if node.flow_style:
            return self._offset(node.end_mark)
        last = node.value[-1]
        return self._end(last[1] if isinstance(node, yaml.MappingNode) else last)

    def _line_end(self, position: int) -> int:
        found = _BREAK.search(self.text, position)
        return found.start() if found else len(self.text)

    def _replace(self, start: int, end: int, new: str, wanted: Any, lines: int = 0) -> int:
        """Replace a part of the text if the result is what is wanted. Return the changed line:
        that of `start`, or `lines` below it."""
        text = self.text[:start] + new + self.text[end:]
        problems = Problems()
        tree = parse(self.file, (self._mark + text).encode("utf-8", "surrogatepass"), problems)
        if tree is None or problems:
            told = "；".join(each.message for each in problems.sorted())
            raise EditRefused(f"写不进 {self.file}：{told}")
        if plain(tree) != wanted:
            raise EditRefused(f"写不进 {self.file}：YAML 会把这些字读成别的意思，请直接改文件")
        self._take(text, tree)
        return sum(1 for each in self._starts[1:] if each <= start) + 1 + lines


def last_line(node: Any, lines: Sequence[str]) -> int:
    """Return the last line of a scalar or of a collection in brackets, from 0."""
    last = int(node.end_mark.line)
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        # The parser ends a block scalar at the next token, behind blank lines.
        last = min(last, len(lines)) - 1
        while last > node.start_mark.line and not lines[last].strip():
            last -= 1
    return last


def plain(node: Node) -> Any:
    """Return a tree as texts, lists and dicts."""
    if isinstance(node, MappingNode):
        return {key: plain(each) for key, each in node.values.items()}
    if isinstance(node, ListNode):
        return [plain(each) for each in node.items]
    return node.value


def meant(value: Value) -> Any:
    """Return a value as the reader must find it."""
    if isinstance(value, Flow):
        return meant(value.value)
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return {key: meant(each) for key, each in value.items()}
    return [meant(each) for each in value]


def _is_list(value: Value) -> TypeGuard[Sequence[Value]]:
    """Return whether a value is a list, with items, that is written in block style."""
    return bool(value) and not isinstance(value, str | Flow | Mapping)


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(each) for key, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value


def _shown(path: Path) -> str:
    return shown(" › ".join(path)) or "整个文件"


def _position(items: Sequence[Any], step: str) -> int:
    """Return the place of an entry in a list by its name, or by its number; -1 if absent."""
    for number, each in enumerate(items):
        if isinstance(each, dict) and any(each.get(key) == step for key in NAMES):
            return number
    return int(step) if step.isdecimal() and int(step) < len(items) else -1


def _value_at(data: Any, path: Path, file: str) -> Any:
    for number, step in enumerate(path):
        if isinstance(data, dict) and step in data:
            data = data[step]
        elif isinstance(data, list) and _position(data, step) >= 0:
            data = data[_position(data, step)]
        else:
            known = data if isinstance(data, dict) else _names(data)
            hint = nearest(step, known)
            tail = f"（{hint}）" if hint else ""
            raise EditRefused(f"{file} 里没有“{_shown(path[: number + 1])}”{tail}")
    return data


def _names(data: Any) -> list[str]:
    items = data if isinstance(data, list) else []
    return [str(each["id"]) for each in items if isinstance(each, dict) and "id" in each]


def _set_at(data: Any, path: Path, value: Any) -> None:
    *above, key = path
    for step in above:
        data = data[step] if isinstance(data, dict) else data[_position(data, step)]
    if isinstance(data, dict):
        data[key] = value
    else:
        data[_position(data, key)] = value
