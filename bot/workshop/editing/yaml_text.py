"""Write values as YAML text in the style of the knowledge files.

Block style with two blanks a level, one item a line; quotes only where YAML or an editor would
read something else than the text. `Flow` marks what is written in brackets or braces.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

INDENT = 2
# In brackets, a reader takes these for a separator that was typed full-width.
_WIDE_COMMA = re.compile("[，、]")
# Dates stay without quotes, as in all files; the YAML of today (1.2) has none.
_TEXT_TAGS = frozenset({"tag:yaml.org,2002:str", "tag:yaml.org,2002:timestamp"})

Value: TypeAlias = "str | Flow | Sequence[Value] | Mapping[str, Value]"


class Plain(str):
    """A number or true/false, written without quotes."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Flow:
    """A list or a mapping that is written on one line, in brackets or braces."""

    value: Sequence[Value] | Mapping[str, Value]


def scalar(text: str, *, flow: bool = False, quoted: bool = False) -> str:
    """Return a text as a scalar on one line. Line breaks become escapes.

    `flow`: it stands in brackets or braces. `quoted`: it gets quotes even if it needs none.
    """
    if "\n" in text:
        escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    if not quoted and is_plain(text, flow=flow):
        return text
    if '"' in text or "\\" in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'


def is_plain(text: str, *, flow: bool) -> bool:
    """Return whether YAML reads the text without quotes as just this text."""
    dumper: Any = yaml.SafeDumper(io.StringIO(), allow_unicode=True)
    found = dumper.analyze_scalar(text)
    if found.multiline or not (found.allow_flow_plain if flow else found.allow_block_plain):
        return False
    if flow and _WIDE_COMMA.search(text):
        return False
    # Without quotes, 12345 and no are a number and a boolean for other tools.
    return isinstance(text, Plain) or kind_of(text) in _TEXT_TAGS


def kind_of(text: str) -> str:
    """Return the tag that YAML gives to a text without quotes."""
    dumper: Any = yaml.SafeDumper(io.StringIO())
    return str(dumper.resolve(yaml.ScalarNode, text, (True, False)))


def inline(value: Value) -> str:
    """Return a value in brackets or braces, or as a scalar inside them."""
    if isinstance(value, Flow):
        return inline(value.value)
    if isinstance(value, str):
        return scalar(value, flow=True)
    if isinstance(value, Mapping):
        pairs = (f"{scalar(key, flow=True)}: {inline(each)}" for key, each in value.items())
        return "{" + ", ".join(pairs) + "}"
    return "[" + ", ".join(inline(each) for each in value) + "]"


def block(value: Value, indent: int) -> list[str]:
    """Return the lines of a list or mapping in block style, indented by `indent` blanks."""
    blanks = " " * indent
    lines: list[str] = []
    if isinstance(value, Mapping):
        for key, each in value.items():
            lines += after_key(f"{blanks}{scalar(key)}:", each, indent)
        return lines
    if isinstance(value, str | Flow):
        return [blanks + (scalar(value) if isinstance(value, str) else inline(value))]
    for each in value:
        lines += item(each, indent)
    return lines


def item(value: Value, indent: int) -> list[str]:
    """Return the lines of one item of a block list whose dash stands at column `indent`."""
    first, *rest = block(value, indent + INDENT) if value or isinstance(value, str) else ["[]"]
    return [" " * indent + "- " + first.strip(), *rest]


def after_key(key: str, value: Value, indent: int) -> list[str]:
    """Return the lines of a key (with blanks and colon) and its value."""
    if isinstance(value, str):
        if "\n" in value and _may_be_literal(value):
            blanks = " " * (indent + INDENT)
            lines = (f"{blanks}{line}" if line else "" for line in value.split("\n"))
            return [f"{key} |-", *lines]
        return [f"{key} {scalar(value)}" if value else key]
    if isinstance(value, Flow) or not value:
        return [f"{key} {inline(value)}"]
    return [key, *block(value, indent + INDENT)]


def _may_be_literal(text: str) -> bool:
    """Return whether a literal block (`|-`) holds this text unchanged."""
    lines = text.split("\n")
    return bool(lines[0].strip() and lines[-1].strip()) and all(
        line == line.rstrip() and "\t" not in line and not line.startswith(" ") for line in lines
    )
