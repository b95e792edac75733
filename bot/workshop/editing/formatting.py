"""Write a knowledge file in its normal form: the same values and comments, in one way of writing.

Two blanks a level, `- ` two blanks below its key, one blank behind colons, commas and dashes,
double quotes where there are quotes and where they are needed, no blanks at line ends, at most one
blank line, one line break at the end. What is written in brackets stays in brackets, and on as
many lines as the admin gave it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from bot.content.documents.problems import Problems
from bot.content.documents.snapshot import read_snapshot
from bot.errors import EditRefused
from bot.workshop.editing.document import Document, last_line
from bot.workshop.editing.saving import Edit
from bot.workshop.editing.yaml_text import INDENT, scalar

_BREAK = re.compile(r"\r\n|\r|\n")
_COMMENT = re.compile(r"(?:^|\s)(?P<text>#)")


def formatted(file: str, data: bytes) -> bytes:
    """Return a file in its normal form. Raises EditRefused if it has a fault, or if a value or a
    comment would be lost."""
    document = Document(file, data)
    writer = _Writer(document)
    new = writer.write().encode()
    if new == data:
        return data
    again = Document(file, new)
    if again.data != document.data or _Writer(again).comments() != writer.comments():
        raise EditRefused(f"{file} 排不了版：里面有少见的写法，请手工整理")
    return new


def format_folder(folder: Path) -> tuple[list[Edit], list[str]]:
    """Return the edits that give every file of a folder its normal form, and a message for each
    file that has none. Nothing is written."""
    edits, refused = [], []
    files = read_snapshot(folder, Problems()).files
    for file, data in files.items():
        if not file.endswith(".yaml"):
            continue
        try:
            new = formatted(file, data)
        except EditRefused as error:
            refused.append(str(error))
            continue
        if new != data:
            edits.append(Edit(file, _first_change(data, new), data, new))
    return edits, refused


def _first_change(old: bytes, new: bytes) -> int:
    pairs = zip(old.split(b"\n"), new.split(b"\n"), strict=False)
    return next((n for n, (a, b) in enumerate(pairs, 1) if a != b), new.count(b"\n") + 1)


class _Writer:
    """Writes the nodes of one file, each with the comments above and behind it."""

    def __init__(self, document: Document) -> None:
        self._root = document.root
        self._raw = _BREAK.split(document.text)
        # The lines inside of values, where # begins no comment, and the comments behind nodes.
        self._inside: set[int] = set()
        self._behind: dict[int, str] = {}
        self._scalars: list[Any] = []
        self._scan(self._root)
        self._out: list[str] = []
        self._next = 0

    def write(self) -> str:
        """Return the text of the file."""
        if isinstance(self._root, yaml.ScalarNode) or self._root.flow_style:
            raise EditRefused("整个文件写成了一行，请手工整理")
        self._block(self._root, 0)
        self._above(len(self._raw), 0)
        while self._out and not self._out[-1]:
            self._out.pop()
        return "\n".join(self._out) + "\n"

    def comments(self) -> list[str]:
        """Return all comments in their order, wherever they stand."""
        lines = list(self._raw)
        for node in self._scalars:
            self._blank_out(lines, node)
        pairs = zip(self._raw, lines, strict=True)
        found = ((raw, _COMMENT.search(line)) for raw, line in pairs)
        return [" ".join(raw[each.start("text") :].split()) for raw, each in found if each]

    def _blank_out(self, lines: list[str], node: Any) -> None:
        """Replace the text of a scalar, in which # begins no comment."""
        first, last = node.start_mark, last_line(node, self._raw)
        block = node.style in ("|", ">")
        for number in range(first.line + 1 if block else first.line, last + 1):
            start = first.column if number == first.line else 0
            end = len(lines[number]) if block or number < last else node.end_mark.column
            lines[number] = lines[number][:start] + "x" * (end - start) + lines[number][end:]

    def _scan(self, node: Any, *, flow: bool = False) -> None:
        """Note the scalars, the lines inside of values, and the comments behind them."""
        if isinstance(node, yaml.ScalarNode):
            self._scalars.append(node)
        if not flow and (isinstance(node, yaml.ScalarNode) or node.flow_style):
            first, last = node.start_mark.line, last_line(node, self._raw)
            self._inside.update(range(first + 1, last + 1))
            if not (isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")):
                self._note_behind(last, node.end_mark.column)
        if not isinstance(node, yaml.ScalarNode):
            for child in node.value:
                for each in child if isinstance(child, tuple) else (child,):
                    self._scan(each, flow=flow or node.flow_style)

    def _note_behind(self, line: int, column: int) -> None:
        rest = self._raw[line][column:].lstrip(" :")
        if rest.startswith("#"):
            self._behind[line] = rest.rstrip()

    def _is_comment(self, line: int) -> bool:
        return line not in self._inside and self._raw[line].lstrip().startswith("#")

    def _is_blank(self, line: int) -> bool:
        return line not in self._inside and not self._raw[line].strip()

    def _above(self, line: int, indent: int) -> None:
        """Write the comments and the blank lines between what is written and a line."""
        for number in range(self._next, line):
            if self._is_comment(number):
                self._out.append(" " * indent + self._raw[number].strip())
            elif self._is_blank(number) and self._out and self._out[-1]:
                self._out.append("")
        self._next = max(self._next, line)

    def _block(self, node: Any, indent: int) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                self._above(key.start_mark.line, indent)
                self._after(f"{' ' * indent}{self._scalar(key)}:", value, indent, key)
        else:
            for each in node.value:
                self._above(each.start_mark.line, indent)
                self._item(each, indent)

    def _item(self, node: Any, indent: int) -> None:
        dash = f"{' ' * indent}-"
        if isinstance(node, yaml.ScalarNode) or node.flow_style:
            self._after(dash, node, indent, node)
            return
        first = len(self._out)
        self._block(node, indent + INDENT)
        self._out[first] = f"{dash} {self._out[first].lstrip()}"

    def _after(self, head: str, node: Any, indent: int, key: Any) -> None:
        """Write a key or a dash with its value."""
        line = key.start_mark.line
        if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
            self._literal(head, node, indent)
        elif isinstance(node, yaml.ScalarNode):
            text = self._scalar(node)
            self._line(f"{head} {text}" if text else head, last_line(node, self._raw))
        elif node.flow_style and node.start_mark.line == node.end_mark.line:
            self._line(f"{head} {self._flow(node)}", line)
        elif node.flow_style:
            self._several_lines(head, node, indent)
        else:
            self._line(head, line)
            self._block(node, indent + INDENT)

    def _literal(self, head: str, node: Any, indent: int) -> None:
        mark = node.start_mark
        self._out.append(f"{head} {self._raw[mark.line][mark.column :].rstrip()}")
        last = last_line(node, self._raw)
        lines = self._raw[mark.line + 1 : last + 1]
        deep = min(
            (len(each) - len(each.lstrip(" ")) for each in lines if each.strip()), default=0
        )
        blanks = " " * (indent + INDENT)
        self._out += [f"{blanks}{each[deep:].rstrip()}" if each.strip() else "" for each in lines]
        self._next = last + 1

    def _line(self, text: str, last: int) -> None:
        """Write a line, with the comment that stands behind the last line of its value."""
        behind = self._behind.get(last)
        self._out.append(f"{text}  {behind}" if behind else text)
        self._next = max(self._next, last + 1)

    def _several_lines(self, head: str, node: Any, indent: int) -> None:
        """Write a collection in brackets that the admin gave several lines."""
        first, last = node.start_mark, node.end_mark
        lines = self._raw[first.line : last.line + 1]
        lines[-1] = lines[-1][: last.column]
        lines[0] = lines[0][first.column :]
        blanks = " " * (indent + INDENT)
        self._out.append(f"{head} {lines[0].rstrip()}")
        self._out += [f"{blanks}{each.strip()}".rstrip() for each in lines[1:-1]]
        self._line(f"{blanks}{lines[-1].strip()}", last.line)

    def _flow(self, node: Any) -> str:
        """Return what stands in brackets, on one line."""
        if isinstance(node, yaml.MappingNode):
            pairs = (f"{self._flow(key)}: {self._flow(each)}" for key, each in node.value)
            return "{" + ", ".join(pairs) + "}"
        if isinstance(node, yaml.SequenceNode):
            return "[" + ", ".join(map(self._flow, node.value)) + "]"
        return self._scalar(node, flow=True)

    def _scalar(self, node: Any, *, flow: bool = False) -> str:
        if not node.style and "\n" not in node.value:
            # What YAML reads without quotes needs none.
            return str(node.value)
        return scalar(node.value, flow=flow, quoted=True)
