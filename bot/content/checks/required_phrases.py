"""Read the required phrases from the source of the `bot` package.

A phrase is required by a call `….say("id", key=…)` in a module or page template, or by a mark
`phrase_id("id", "key", …)`. The source is read as syntax trees; nothing is imported or run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

SAY, SAY_ID, MARK, TYPE = "say", "say_id", "phrase_id", "PhraseId"


@dataclass
class SaidPhrases:
    """The phrases that a set of sources says.

    `required`: phrase id → the placeholders that every call and mark for it fills.
    `unmarked`: “file:line” of each call whose phrase id or placeholders are not literals.
    """

    required: dict[str, frozenset[str]] = field(default_factory=dict)
    unmarked: list[str] = field(default_factory=list)

    def add(self, phrase: str, placeholders: set[str]) -> None:
        """Require a phrase, with the placeholders that all its calls fill."""
        self.required[phrase] = self.required.get(phrase, frozenset(placeholders)) & placeholders


@lru_cache(maxsize=1)
def required_phrases() -> Mapping[str, frozenset[str]]:
    """Return the phrase ids that the installed `bot` package says, with their placeholders."""
    return said_phrases(package_sources()).required


def package_sources() -> dict[str, str]:
    """Return the text of every module and page template of `bot`, by its path in the package."""
    return dict(_sources(files("bot"), ""))


def _sources(folder: Traversable, above: str) -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name = f"{above}{entry.name}"
        if entry.is_dir():
            yield from _sources(entry, f"{name}/")
        elif entry.name.endswith((".py", ".html")):
            yield name, entry.read_text(encoding="utf-8")


def said_phrases(sources: Mapping[str, str]) -> SaidPhrases:
    """Return the phrases that these sources (path → text; `.py` or `.html`) say."""
    said = SaidPhrases()
    for name, text in sources.items():
        if name.endswith(".py"):
            _read_module(said, name, text)
        elif SAY in text:
            _read_template(said, name, text)
    return said


def _read_module(said: SaidPhrases, name: str, text: str) -> None:
    tree = ast.parse(text)
    tables = {
        statement.targets[0].id: statement.value
        for statement in tree.body
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
    }
    for call in _calls(tree):
        called, given = _name(call.func), call.args
        try:
            if called == SAY and len(given) == 1:
                placeholders = {_text(keyword.arg) for keyword in call.keywords}
            elif called == MARK:
                placeholders = {_text(p) for part in given[1:] for p in _parts(part, tables)}
            elif called == TYPE:
                raise TypeError
            else:
                continue
            for phrase in _choices(given[0]):
                said.add(phrase, placeholders)
        except TypeError:
            said.unmarked.append(f"{name}:{call.lineno}")


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    """Return the calls in a tree, except in the functions that say and mark phrases."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef) and child.name in (SAY, SAY_ID, MARK):
            continue
        if isinstance(child, ast.Call):
            yield child
        yield from _calls(child)


def _choices(node: ast.expr) -> list[str]:
    """Return the literals of a literal or a conditional expression, else raise TypeError."""
    if isinstance(node, ast.IfExp):
        return _choices(node.body) + _choices(node.orelse)
    return [_text(node)]


def _parts(node: ast.expr, tables: Mapping[str, ast.expr]) -> list[ast.expr]:
    table = tables.get(_name(node.value)) if isinstance(node, ast.Starred) else None
    return table.elts if isinstance(table, ast.Tuple) else [node]


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _text(node: ast.expr | str | None) -> str:
    text = node.value if isinstance(node, ast.Constant) else node
    if not isinstance(text, str):
        raise TypeError
    return text


def _read_template(said: SaidPhrases, name: str, text: str) -> None:
    """Read the `say` calls of a page template (Jinja)."""
    from jinja2 import Environment, nodes

    for call in Environment(autoescape=True).parse(text).find_all(nodes.Call):
        if getattr(call.node, "name", getattr(call.node, "attr", "")) != SAY:
            continue
        choices = [call.args[0]]
        while choices:
            choice = choices.pop()
            if isinstance(choice, nodes.CondExpr) and choice.expr2 is not None:
                choices += [choice.expr1, choice.expr2]
            elif isinstance(choice, nodes.Const) and isinstance(choice.value, str):
                said.add(choice.value, {pair.key for pair in call.kwargs})
            else:
                said.unmarked.append(f"{name}:{call.lineno}")
