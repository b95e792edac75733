"""The guide for editors is true: its examples work, and its files and commands exist."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from bot.cli.main import main
from bot.content.checks.closed_supports import check_closed
from bot.content.checks.required_phrases import required_phrases
from bot.content.checks.run import examine
from bot.content.checks.scenario_runner import check_scenarios
from bot.content.documents.snapshot import LANGUAGE_FILES, OPTIONAL_LANGUAGE_FILES, TOP_FILES
from bot.content.search.index_cache import index_for
from bot.core.dialogue.manager import KnowledgeBase
from tests.content.sample_folder import edit, put
from tests.knowledge_base import DAY, KNOWLEDGE

GUIDE = (KNOWLEDGE / "README.md").read_text("utf-8")
POLICY = "policies/liuzhou-2016-makerspace"
EXAMPLE = re.compile(r"<!-- 例子：(?P<where>.+?) -->\n```yaml\n(?P<text>.+?)```", re.S)
COMMAND = re.compile(r"\.venv/bin/python -m bot ([^`\n]+)")
FILE = re.compile(r"`([a-z][a-z0-9_/-]*\.yaml)`")
# Files that the reader or a command writes, and parts of a path.
WRITTEN = {
    "policy.yaml",
    "my-first.yaml",
    "supports/social-group-events.yaml",
    "scenarios/additions.yaml",
}

# Files of language/ that the guide describes by what they hold.
UNNAMED = {
    "language/other_cities.yaml",
}


def examples() -> dict[str, str]:
    """Return the examples of the guide by what they belong to."""
    return {found["where"]: found["text"] for found in EXAMPLE.finditer(GUIDE)}


def put_examples_in(folder: Path) -> None:
    """Do with every example what the guide says."""
    for where, text in examples().items():
        if where.startswith("questions of "):
            support = f"{POLICY}/supports/{where.removeprefix('questions of ')}.yaml"
            edit(folder, support, "\nquestions:\n", f"\nquestions:\n{text}")
        elif where.startswith("supports/"):
            put(folder, f"{POLICY}/{where}", text)
        elif where.startswith("scenarios/"):
            put(folder, where, text)
        elif where.startswith("phrases/"):
            key = text.split(":")[0]
            old = re.findall(rf"^{key}:.*\n", (folder / where).read_text("utf-8"), re.M)
            edit(folder, where, old[0], text)
        else:
            file = folder / where
            file.write_text(file.read_text("utf-8").rstrip("\n") + "\n" + text, "utf-8")


def test_all_examples_together_pass_the_check(
    base: KnowledgeBase, cache: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "knowledge"
    shutil.copytree(KNOWLEDGE, folder)
    assert len(examples()) >= 7
    put_examples_in(folder)
    found = examine(folder, DAY, required_phrases())
    assert found.problems == []
    assert found.knowledge is not None
    index = index_for(found.knowledge, cache, prefer_rust=False)
    changed = KnowledgeBase(found.knowledge, index, base.act_model)
    assert check_scenarios(found.scenarios, changed, DAY) == []


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("supports/makerspace-operating-grant.yaml", "\nclause:", "\nstatus: expired\nclause:"),
        ("supports/startup-guarantee-loan.yaml", "\nclause:", "\nstatus: exhausted\nclause:"),
        ("supports/open-labs.yaml", "\nclause:", "\nstatus: suspended\nclause:"),
        ("policy.yaml", "\nstatus: unverified", "\nstatus: expired"),
        ("policy.yaml", "\nstatus: unverified", "\nstatus: superseded"),
        (
            "policy.yaml",
            "\nstatus: unverified\nlast_verified:",
            "\nstatus: in_force\nlast_verified: 2025-12-01",
        ),
    ],
)
def test_what_ended_or_was_verified_needs_one_edit(
    base: KnowledgeBase, tmp_path: Path, file: str, old: str, new: str
) -> None:
    status = re.findall(r"status: [a-z_]+", new)[0]
    assert f"`{status}`" in GUIDE
    folder = tmp_path / "knowledge"
    shutil.copytree(KNOWLEDGE, folder)
    edit(folder, f"{POLICY}/{file}", old, new)
    found = examine(folder, DAY, required_phrases())
    assert found.problems == []
    assert found.knowledge is not None
    changed = KnowledgeBase(found.knowledge, base.index, base.act_model)
    assert check_scenarios(found.scenarios, changed, DAY) == []
    assert check_closed(changed, found.places, DAY) == []


def test_every_file_that_the_guide_names_exists() -> None:
    named = {name for name in FILE.findall(GUIDE) if name not in WRITTEN}
    assert len(named) > 15
    written = f"{POLICY}/supports/social-group-events.yaml"  # the reader writes it
    named -= {written, "tests/core/eligibility/judged_pairs.yaml"}
    assert (KNOWLEDGE.parent / "tests/core/eligibility/judged_pairs.yaml").exists()
    folders = ("", "language/", f"{POLICY}/", f"{POLICY}/supports/", "scenarios/")
    missing = [name for name in named if not any((KNOWLEDGE / f / name).exists() for f in folders)]
    assert missing == []


def test_every_file_of_the_folder_is_explained() -> None:
    paths = (*TOP_FILES, *LANGUAGE_FILES, *OPTIONAL_LANGUAGE_FILES)
    silent = {path for path in paths if f"{path.rpartition('/')[2]}`" not in GUIDE}
    assert silent == UNNAMED


@pytest.mark.parametrize("command", sorted(set(COMMAND.findall(GUIDE))))
def test_every_command_is_understood(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = shlex.split(command)
    assert words[0] in {
        "check",
        "diff",
        "replay",
        "chat",
        "ask",
        "coverage",
        "sample",
        "new",
        "fmt",
        "schema",
        "inbox",
    }
    for word in words[1:]:
        if word.startswith("knowledge/"):
            assert Path(KNOWLEDGE.parent / word).exists()
        if word.startswith("--"):
            with pytest.raises(SystemExit):
                main([words[0], "--help"])
            assert word in capsys.readouterr().out
