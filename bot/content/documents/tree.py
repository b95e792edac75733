"""Parse YAML into a tree in which every scalar is text and every node has a line number.

PyYAML's own resolver turns `1.10` into 1.1, `0771` into 505 and `no` into False, lets a repeated
key replace the first one silently, and hangs or crashes on deep nesting. This module builds the
tree from the event stream, without recursion. It refuses anchors, aliases, tags and merge keys,
and stops at a depth of 20 or at 200,000 nodes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

from bot.content.documents.problems import Problems, shown
from bot.content.documents.syntax_messages import PASTED_CELLS, explain

MAX_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 20
MAX_NODES = 200_000
CONFLICT = "两个人的改动没有合并好"
CUT_HINT = "重新保存一遍；内容少了就从备份里拿回来"
EMPTY_HINT = "从备份里拿回内容；用不着的对话样例就删掉"

# libyaml if PyYAML was built with it; the pure Python parser gives the same events ten times
# slower.
LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

_BREAK = re.compile(r"\r\n|\r|\n")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_INVISIBLE = re.compile(r"[\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_MERGE_MARK = re.compile(r"^(?:<{7}|>{7})(?=[ \r\n]|\Z)", re.MULTILINE)
_INDENT = re.compile(r"[ \t\u00a0\u3000]*")
_SUSPECT = re.compile(r"[ \t]#[^\s#]")
_SWALLOWED = re.compile(r"[ \t]+#[^\s#]")
_WIDE = r"[\u3001-\u303f\u3400-\u9fff\uff01-\uff60]"
_GAP = re.compile(f"{_WIDE} {_WIDE}")


@dataclass(frozen=True, slots=True)
class TextNode:
    """A scalar. `quoted` is false for a plain scalar, whose type YAML would guess."""

    line: int
    value: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class ListNode:
    """A list. `flow`: it is written in brackets."""

    line: int
    items: list[Node] = field(default_factory=list)
    flow: bool = False


@dataclass(frozen=True, slots=True)
class MappingNode:
    """A mapping. `lines`: the line of each key. `flow`: it is written in braces."""

    line: int
    values: dict[str, Node] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    flow: bool = False


Node: TypeAlias = "TextNode | ListNode | MappingNode"


class _StopError(Exception):
    """Parsing stops here; the problem has been recorded."""


def parse(file: str, data: bytes, problems: Problems, loader: Any = LOADER) -> Node | None:
    """Return the tree of a YAML file, or None if it has a syntax error.

    Faults are added to `problems` under the name `file`. Raises nothing for any bytes; the worst
    known input of 2 MiB takes about a second.
    """
    text = decode(file, data, problems)
    if text is None:
        return None
    lines = _BREAK.split(text)
    if not _lines_are_clean(file, lines, problems):
        return None
    builder = _Builder(file, lines, problems)
    try:
        for event in yaml.parse(text, Loader=loader):
            builder.take(event)
    except _StopError:
        return None
    except yaml.MarkedYAMLError as error:
        line, message, hint = explain(error, lines, builder.long_quote)
        problems.add(file, line, message, hint)
        return None
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError):
        # The pure Python parser raises OverflowError for "\\UFFFFFFFF"; no input is known for the
        # others.
        problems.add(file, 1, "这个文件不是能读懂的 YAML")
        return None
    return builder.finish()


def decode(file: str, data: bytes, problems: Problems) -> str | None:
    """Return the text of a knowledge file, or None with a problem recorded.

    The file must be UTF-8, at most 2 MiB, without control or invisible characters.
    """
    if len(data) > MAX_BYTES:
        problems.add(file, 1, "文件超过 2 MB，不读", "把它拆成几个文件")
        return None
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        if error.reason == "unexpected end of data":
            problems.add(file, line, "文件在一个字的中间断了，没有存完", CUT_HINT)
            return None
        problems.add(
            file, line, "这一行不是 UTF-8 编码", "用编辑器另存为 UTF-8，不要用 GBK 或 ANSI"
        )
        return None
    for pattern, what in ((_CONTROL, "控制字符"), (_INVISIBLE, "看不见的字符")):
        found = pattern.search(text)
        if found:
            line = len(_BREAK.findall(text, 0, found.start())) + 1
            code = f"U+{ord(found.group()):04X}"
            problems.add(file, line, f"这一行里有{what} {code}", "删掉它，多半是粘贴带进来的")
            return None
    return None if _report_merge_conflicts(file, text, problems) else text


def _report_merge_conflicts(file: str, text: str, problems: Problems) -> bool:
    """Record a problem for each conflict that a merge of Git or Mercurial left in the file."""
    if not _MERGE_MARK.search(text):
        return False
    marks = [
        (number, line[0])
        for number, line in enumerate(_BREAK.split(text), 1)
        if _MERGE_MARK.match(line)
    ]
    first: int | None = None
    for number, mark in marks:
        if mark == ">":
            problems.add(file, first or number, CONFLICT, _conflict_hint(first, number))
            first = None
        elif first is None:
            first = number
        else:
            # The end of the conflict before is missing.
            problems.add(file, first, CONFLICT, _conflict_hint(first, None))
            first = number
    if first is not None:
        problems.add(file, first, CONFLICT, _conflict_hint(first, None))
    return True


def _conflict_hint(first: int | None, last: int | None) -> str:
    lines = f"第 {first} 行到第 {last} 行" if first and last else "这附近"
    return f"{lines}选一边留下，再删掉 <<<<<<<、=======、>>>>>>> 这几行"


def _lines_are_clean(file: str, lines: list[str], problems: Problems) -> bool:
    """Return whether no line is a directive and no indentation has a tab or a full-width blank."""
    clean = True
    for number, line in enumerate(lines, 1):
        if line.startswith("%"):
            # libyaml needs 40 s for 2 MiB of %TAG lines.
            problems.add(file, number, "这一行以 % 开头，是 YAML 指令，不能用", "把这一行删掉")
            return False
        if not line or line[0] not in " \t\u00a0\u3000":
            continue
        indent = _INDENT.match(line)
        lead = indent.group() if indent else ""
        if lead == line or (lead.isascii() and "\t" not in lead):
            continue
        what = "制表符（Tab）" if "\t" in lead else "全角空格"
        problems.add(file, number, f"缩进里有{what}", "缩进只能用半角空格，每层两个")
        clean = False
    return clean


@dataclass(slots=True)
class _OpenNode:
    """A list or mapping that is not closed yet. `key`: the key without a value so far."""

    node: ListNode | MappingNode
    key: str | None = None
    dropped: bool = False
    # The mapping probably runs into the next item of a list, whose dash is missing.
    runs_on: bool = False


class _Builder:
    """Build the tree from parser events, with a stack instead of recursion."""

    def __init__(self, file: str, lines: list[str], problems: Problems) -> None:
        self._file = file
        self._lines = lines
        self._problems = problems
        self._stack: list[_OpenNode] = []
        self._root: Node | None = None
        self._documents = 0
        self._nodes = 0
        # The first and the last line of the scalar read last, if it is quoted and has several.
        self.long_quote: tuple[int, int] | None = None
        self._folded: tuple[int, str] | None = None
        self._suspects = {n for n, line in enumerate(lines) if _SUSPECT.search(line)}

    def take(self, event: Any) -> None:
        """Add one parser event. Raises _StopError if the file is not read further."""
        line = event.start_mark.line + 1
        self._report_folded()
        if isinstance(event, yaml.NodeEvent):
            self._nodes += 1
            if self._nodes > MAX_NODES:
                self._stop(line, f"内容太多，超过 {MAX_NODES} 项", "把它拆成几个文件")
            if self._problems.is_full(self._file):
                raise _StopError
            self._refuse_features(event, line)
        if isinstance(event, yaml.ScalarEvent):
            self._check_scalar(event, line)
            self._put(TextNode(line, event.value, bool(event.style)))
        elif isinstance(event, yaml.CollectionStartEvent):
            self._enter(event, line)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._put(self._stack.pop().node)
        elif isinstance(event, yaml.AliasEvent):
            self._put(TextNode(line, ""))
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._stop(line, "一个文件里只能有一份 YAML", "去掉中间的“---”")

    def finish(self) -> Node | None:
        """Return the tree, or None for an empty file."""
        if self._root is None or (isinstance(self._root, TextNode) and not self._root.value):
            self._problems.add(self._file, 1, "文件是空的", EMPTY_HINT)
            return None
        return self._root

    def _report_folded(self) -> None:
        # Not at once: if the file breaks off here, the cause is a quote that is not closed.
        if self._folded:
            self._problems.add(self._file, *self._folded, "整段写成一行，多长都行")
            self._folded = None

    def _stop(self, line: int, message: str, hint: str = "") -> None:
        self._problems.add(self._file, line, message, hint)
        raise _StopError

    def _enter(self, event: Any, line: int) -> None:
        top = self._stack[-1] if self._stack else None
        if top and isinstance(top.node, MappingNode) and top.key is None:
            self._stop(
                line, "键只能是文字，不能是列表或映射", "带花括号或方括号的句子要用引号括起来"
            )
        if len(self._stack) >= MAX_DEPTH:
            self._stop(line, f"嵌套超过 {MAX_DEPTH} 层", "检查括号和缩进")
        is_list = isinstance(event, yaml.SequenceStartEvent)
        flow = bool(event.flow_style)
        self._stack.append(
            _OpenNode(ListNode(line, flow=flow) if is_list else MappingNode(line, flow=flow))
        )

    def _put(self, node: Node) -> None:
        if not self._stack:
            self._root = node
            return
        top = self._stack[-1]
        if isinstance(top.node, ListNode):
            top.node.items.append(node)
        elif top.key is None:
            # _enter has refused every key that is not a scalar.
            self._open_key(
                top, top.node, node.value if isinstance(node, TextNode) else "", node.line
            )
        else:
            if not top.dropped:
                top.node.values[top.key] = node
            top.key, top.dropped = None, False

    def _open_key(self, top: _OpenNode, node: MappingNode, key: str, line: int) -> None:
        top.key = key
        if key == "<<":
            self._problems.add(self._file, line, "不能用合并键“<<”", "把要用的内容写全")
            top.dropped = True
        elif key in node.lines:
            first = node.lines[key]
            message = f"“{shown(key)}”写了两次：第 {first} 行和第 {line} 行"
            is_item = len(self._stack) > 1 and isinstance(self._stack[-2].node, ListNode)
            new_item = is_item and first == min(node.lines.values())
            hint = (
                "留下一个；从这里起是新的一项的话，这一行开头要有“- ”" if new_item else "留下一个"
            )
            if not top.runs_on:
                self._problems.add(self._file, line, message, hint)
            top.dropped = True
            top.runs_on = top.runs_on or new_item
        else:
            node.lines[key] = line

    def _refuse_features(self, event: Any, line: int) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._problems.add(
                self._file,
                line,
                f"不能用引用“*{shown(event.anchor or '')}”",
                "把内容写全；文字以 * 开头要加引号",
            )
        elif event.anchor:
            self._problems.add(
                self._file, line, f"不能用锚点“&{shown(event.anchor)}”", "文字以 & 开头要加引号"
            )
        if getattr(event, "tag", None):
            self._problems.add(self._file, line, "不能用标签（! 开头）", "文字以 ! 开头要加引号")

    def _check_scalar(self, event: Any, line: int) -> None:
        end = event.end_mark
        quoted = event.style in ('"', "'")
        self.long_quote = (line, end.line + 1) if quoted and end.line >= line else None
        if event.style == '"' and (_CONTROL.search(event.value) or _INVISIBLE.search(event.value)):
            self._problems.add(self._file, line, "双引号里用反斜杠写了控制字符", "改用单引号")
        if end.line in self._suspects and event.style not in ("|", ">"):
            rest = self._lines[end.line][end.column :]
            if _SWALLOWED.match(rest):
                message = f"“{shown(rest.strip())}”被当成注释丢掉了"
                hint = "文字里有 # 就整个用引号括起来；真是注释就在 # 后面空一格"
                self._problems.add(self._file, end.line + 1, message, hint)
        if end.line + 1 > line and event.style != "|" and _GAP.search(event.value):
            found = _GAP.search(event.value)
            where = found.group() if found else ""
            self._folded = line, f"折行在汉字中间加进了空格：“{where}”"
        tabbed = "\t" in event.value  # a double-quoted scalar may write it as an escape
        if tabbed and any("\t" in text for text in self._lines[line - 1 : end.line + 1]):
            self._problems.add(self._file, line, *PASTED_CELLS)
        if " - " in event.value and not event.style:
            for number in range(line, end.line + 1):
                if self._lines[number].lstrip().startswith("- "):
                    message = "这一行的“- ”缩进多了，被接到了上一行后面"
                    self._problems.add(self._file, number + 1, message, "和上一个“- ”左边对齐")


def walk(node: Node) -> Iterator[Node]:
    """Return the node and all nodes below it, in the order of the file."""
    waiting = [node]
    while waiting:
        here = waiting.pop()
        yield here
        if isinstance(here, ListNode):
            waiting.extend(reversed(here.items))
        elif isinstance(here, MappingNode):
            waiting.extend(reversed(here.values.values()))
