"""Links inside the documentation lead somewhere, and the decision records have one form."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.knowledge_base import ROOT

DECISIONS = ROOT / "docs" / "decisions"
RECORDS = sorted(DECISIONS.glob("[0-9]*.md"))
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        ROOT / "deploy" / "README.md",
        ROOT / "knowledge" / "README.md",
    ]
)
SECTIONS = ["Context", "Decision", "Rejected", "Consequences"]
COLUMNS = 100

_CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.M | re.S)
_LINK = re.compile(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"")
_PATH = re.compile(r"`((?:bot|bench|docs|deploy|tests|knowledge)/[\w./-]+)`")

page = pytest.mark.parametrize("file", PAGES, ids=lambda f: f.relative_to(ROOT).as_posix())
record = pytest.mark.parametrize("file", RECORDS, ids=lambda f: f.stem)


def links(file: Path) -> list[str]:
    """Return the targets of all links and images that are not on another site."""
    text = _CODE.sub("", file.read_text("utf-8"))
    found = [match[1] or match[2] for match in _LINK.finditer(text)]
    return [target for target in found if not re.match(r"[a-z]+:", target)]


def anchors(file: Path) -> set[str]:
    """Return the anchors of the headings, in the form that GitHub gives them."""
    headings = re.findall(r"^#+ (.+)$", _CODE.sub("", file.read_text("utf-8")), re.M)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {heading.replace(" ", "-") for heading in plain}


def leads_somewhere(file: Path, target: str) -> bool:
    """Return whether the linked file exists and has the linked heading."""
    path, _, anchor = unquote(target).partition("#")
    linked = (file.parent / path).resolve() if path else file
    return linked.exists() and (not anchor or anchor in anchors(linked))


@page
def test_every_relative_link_leads_somewhere(file: Path) -> None:
    assert [target for target in links(file) if not leads_somewhere(file, target)] == []


@page
def test_every_named_file_exists(file: Path) -> None:
    named = _PATH.findall(file.read_text("utf-8"))
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("folder", ["docs", "docs/zh"])
def test_an_index_names_every_page(folder: str) -> None:
    index = ROOT / folder / "index.md"
    linked = {(index.parent / target.partition("#")[0]).resolve() for target in links(index)}
    pages = {*ROOT.glob(f"{folder}/*.md"), *ROOT.glob(f"{folder}/channels/*.md")}
    assert pages - linked - {index} == set()


def test_the_index_of_decisions_names_every_record() -> None:
    linked = links(DECISIONS / "index.md")
    assert [file.name for file in RECORDS if file.name not in linked] == []


@record
def test_a_decision_has_a_status_and_the_four_sections(file: Path) -> None:
    text = file.read_text("utf-8")
    assert re.match(r"# \d{3} · \S.*\n\n\*\*Status:\*\* \S", text)
    assert re.findall(r"^## (.+)$", text, re.M) == SECTIONS


@record
def test_a_decision_has_at_most_100_columns(file: Path) -> None:
    wide = [line for line in file.read_text("utf-8").splitlines() if columns(line) > COLUMNS]
    assert wide == []


def columns(line: str) -> int:
    """Return the width of a line; a Chinese character takes two columns."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line)
