"""`new` on the command line: what it writes, what it says is left, and leaving."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from bot.cli.main import main
from bot.workshop.drafts import BASE
from tests.content.sample_folder import build
from tests.workshop.authoring.test_new_policy import ANSWERS, SOURCE


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a knowledge folder; the program's own data goes beside it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "paper.txt").write_text(SOURCE, encoding="utf-8")
    return build(tmp_path / "knowledge")


def answer(monkeypatch: pytest.MonkeyPatch, lines: list[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_new_policy_writes_the_files_and_tells_what_is_left(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer(monkeypatch, ANSWERS)
    code = main(["new", "policy", "paper.txt", "--into", str(folder)])
    said = capsys.readouterr().out
    assert (folder / "policies/town-2027/policy.yaml").is_file()
    assert str(folder / "sources/town-2027.txt") in said
    # The sample folder lacks most phrases: that is told, and nothing about the new files.
    assert code == 1
    assert "还有 2 处要改" in said
    assert "town-2027/policy.yaml:" not in said


def test_leaving_writes_nothing_and_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer(monkeypatch, [*ANSWERS[:9], "退出"])
    assert main(["new", "policy", "paper.txt", "--into", str(folder)]) == 1
    assert "什么都没有写" in capsys.readouterr().out
    assert not (folder / "policies/town-2027").exists()
    answer(monkeypatch, [])
    assert main(["new", "support", "--into", str(folder)]) == 1
    assert "什么都没有写" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["policy"], "要写上原文的文件名"),
        (["policy", "absent.txt"], "没有这个文件"),
        (["support", "--questions", "absent.txt"], "没有这个文件"),
    ],
)
def test_what_is_missing_is_told(
    folder: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new", *arguments, "--into", str(folder)]) == 1
    assert said in capsys.readouterr().err
    assert main(["new", *arguments, "--into", str(folder / "nowhere")]) == 1
    assert "找不到知识库文件夹" in capsys.readouterr().err


def test_an_unknown_kind_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["new", "suport"])
    assert stopped.value.code == 2
    assert "没有 'suport' 这个写法（是不是想写“support”）" in capsys.readouterr().err


def test_fmt_tidies_the_files_and_its_check_only_lists_them(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (folder / "bureaus.yaml").read_bytes()
    (folder / "bureaus.yaml").write_bytes(before.replace(b"aliases: [", b"aliases:   [ "))
    assert main(["fmt", str(folder), "--check"]) == 1
    assert "bureaus.yaml:2: 不整齐" in capsys.readouterr().out
    assert main(["fmt", str(folder)]) == 0
    assert "bureaus.yaml\n" in capsys.readouterr().out
    assert (folder / "bureaus.yaml").read_bytes() == before
    assert main(["fmt", str(folder), "--check"]) == 0
    assert capsys.readouterr().out == ""
    (folder / "bureaus.yaml").write_bytes(b"bureaus: [\n")
    assert main(["fmt", str(folder)]) == 1
    assert "bureaus.yaml:" in capsys.readouterr().err
    assert main(["fmt", str(folder / "nowhere")]) == 1


def test_schema_writes_what_editors_need(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", str(folder)]) == 0
    assert "schema/support.json\n" in capsys.readouterr().out
    first = (folder / "bureaus.yaml").read_text("utf-8").split("\n")[0]
    assert first == "# yaml-language-server: $schema=./schema/bureaus.json"
    assert main(["schema", str(folder)]) == 0
    assert "写了 0 份说明，给 0 个文件" in capsys.readouterr().out
    assert main(["schema", str(folder / "nowhere")]) == 1


def test_a_draft_is_written_into_before_the_knowledge(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder.parent / "config.yaml").write_text(f"knowledge: {folder}\n", encoding="utf-8")
    draft = build(folder.parent / "data" / "draft")
    (draft / BASE).write_text("{}", encoding="utf-8")
    answer(monkeypatch, ANSWERS)
    main(["new", "policy", "paper.txt"])
    assert f"写进草稿 {draft}" in capsys.readouterr().out
    assert (draft / "policies/town-2027/policy.yaml").is_file()
    assert not (folder / "policies/town-2027").exists()
