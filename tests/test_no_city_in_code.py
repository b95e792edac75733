"""No city, product or stage in the code: another city is another folder of knowledge."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bot.content.readers.loader import load
from tests.knowledge_base import KNOWLEDGE, ROOT

_BOT = ROOT / "bot"
_PAGES = [p for kind in ("html", "js", "css") for p in sorted(_BOT.rglob(f"*.{kind}"))]


def city_words() -> list[str]:
    """Return the words that only this city uses: its names, its product, its districts."""
    knowledge = load(KNOWLEDGE)
    place, slots = knowledge.locality, knowledge.slots
    districts = [c.label for c in slots["district"].choices if c.office]
    names = [place.product, place.city, place.city_full, place.county_bureau, place.time_zone]
    return [*names, *place.city_words, *districts, *(b for b in knowledge.bureaus)]


def strings(file: Path) -> list[str]:
    """Return the string literals of a module, without its docstrings."""
    tree = ast.parse(file.read_text("utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
    ]


@pytest.fixture(scope="module")
def words() -> list[str]:
    return city_words()


@pytest.mark.parametrize(
    "file", sorted(_BOT.rglob("*.py")), ids=lambda f: str(f.relative_to(_BOT))
)
def test_a_module_names_no_city(file: Path, words: list[str]) -> None:
    found = [(word, text) for text in strings(file) for word in words if word in text]
    assert not found


@pytest.mark.parametrize("file", _PAGES, ids=lambda f: str(f.relative_to(_BOT)))
def test_a_page_names_no_city(file: Path, words: list[str]) -> None:
    text = file.read_text("utf-8")
    assert not [word for word in words if word in text]


def test_the_core_names_no_choice_with_a_role() -> None:
    slots = load(KNOWLEDGE).slots.values()
    ids = {choice.id for slot in slots for choice in slot.choices if choice.role}
    assert len(ids) == 4
    files = sorted((_BOT / "core").rglob("*.py"))
    assert [(file.name, text) for file in files for text in strings(file) if text in ids] == []
