"""`diff`: two folders, the live knowledge, exit codes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.app.knowledge_diff import question_files
from bot.cli.commands import diff as command
from bot.cli.parser import build_parser
from bot.content.live.last_good_copy import copy_folder
from bot.errors import KnowledgeError
from tests.cli.processes import run
from tests.content.sample_folder import SYNONYMS, VENUE, edit, put
from tests.content.sample_knowledge import playable
from tests.knowledge_base import KNOWLEDGE

ASKED = ("--questions", "asked.yaml")


class Done(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a settings file, its knowledge, and a changed copy of it."""
    folder = tmp_path_factory.mktemp("place")
    playable(folder / "knowledge")
    shutil.copytree(folder / "knowledge", folder / "changed")
    edit(folder / "changed", VENUE, "of: [operator]", "of: [operator, student]")
    (folder / "config.yaml").write_text("knowledge: knowledge\n", encoding="utf-8")
    (folder / "asked.yaml").write_text("- 场地补助怎么拿\n", encoding="utf-8")
    return folder


@pytest.fixture
def diff(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Done]:
    """Return a function that runs the command in this process, in the folder `place`."""
    monkeypatch.chdir(place)

    def run_here(*arguments: str) -> Done:
        options = build_parser(command.register).parse_args(["diff", *arguments])
        return Done(options.run(options), *capsys.readouterr())

    return run_here


def test_what_changes_is_printed_and_told_by_the_exit_code(place: Path) -> None:
    done = run(place, "diff", "knowledge", "changed", *ASKED)
    said = done.stdout.decode("utf-8")
    assert (done.returncode, done.stderr) == (3, b"")
    assert said.startswith("旧：knowledge（")
    assert "场地补助：在校学生的人，从“可能符合”变成“条件都符合”" in said


def test_json_is_one_object(diff: Callable[..., Done]) -> None:
    done = diff("knowledge", "changed", "--json", *ASKED)
    values = json.loads(done.out)
    assert done.code == 3
    assert values["changes"] is True
    assert [p["supports"][0]["id"] for p in values["profiles"]] == ["venue-grant"]


def test_equal_folders_end_with_0(diff: Callable[..., Done]) -> None:
    done = diff("knowledge", "knowledge", *ASKED)
    assert done.code == 0
    assert "回答都一样" in done.out


def test_live_is_compared_with_the_draft_else_with_the_folder(
    place: Path, diff: Callable[..., Done]
) -> None:
    assert diff("--live", *ASKED).code == 0
    held = copy_folder(place / "knowledge", place)
    shutil.copytree(place / "changed", held)
    assert diff("--live", *ASKED).code == 3
    shutil.copytree(place / "changed", place / "data" / "draft")
    done = diff("--live", *ASKED)
    assert done.code == 0
    assert f"新：{place}/data/draft" in done.out
    assert diff("--live", "knowledge", *ASKED).code == 3


@pytest.mark.parametrize("arguments", [(), ("knowledge",), ("a", "b", "c"), ("--live", "a", "b")])
def test_wrong_usage_ends_with_2(diff: Callable[..., Done], arguments: tuple[str, ...]) -> None:
    done = diff(*arguments)
    assert done.code == 2
    assert "要写两个文件夹" in done.err


def test_a_fault_names_the_file(place: Path, diff: Callable[..., Done], tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(place / "knowledge", broken)
    put(broken, SYNONYMS, "synonyms: [")
    for arguments, file in (
        (("knowledge", str(broken), *ASKED), f"{broken}/{SYNONYMS}:1"),
        (("knowledge", "nowhere", *ASKED), "nowhere"),
        (("knowledge", "changed", "--questions", "nowhere.yaml"), "nowhere.yaml:1"),
    ):
        with pytest.raises(KnowledgeError) as caught:
            diff(*arguments)
        assert file in str(caught.value)


def test_the_questions_beside_the_knowledge_are_the_default(tmp_path: Path) -> None:
    beside = question_files(None, tmp_path / "nowhere", KNOWLEDGE)
    assert "everyday-wording.yaml" in [file.name for file in beside]
    assert question_files(None, tmp_path) == []
    assert question_files([Path("a.yaml")], KNOWLEDGE) == [Path("a.yaml")]
