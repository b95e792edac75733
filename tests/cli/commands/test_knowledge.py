"""`check`, `coverage` and `replay` on real and broken folders."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.cli.processes import run
from tests.knowledge_base import KNOWLEDGE


def test_check_passes_the_real_folder(home: Path) -> None:
    done = run(home, "check")
    assert done.returncode == 0, done.stdout.decode("utf-8")
    said = done.stdout.decode("utf-8")
    assert "没有问题" in said
    for counted in ("项扶持", "个条款", "条问法", "段对话样例"):
        assert re.search(rf"[1-9]\d* {counted}", said)
    assert done.stderr == b""


def test_check_lists_every_problem_of_a_broken_folder(home: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(KNOWLEDGE, broken)
    (broken / "language/synonyms.yaml").write_text("synonyms: [", encoding="utf-8")
    interview = broken / "interview.yaml"
    text = interview.read_text(encoding="utf-8")
    interview.write_text(text.replace("question:", "qestion:", 1), encoding="utf-8")
    done = run(home, "check", str(broken))
    said = done.stdout.decode("utf-8").splitlines()
    assert done.returncode == 1
    assert any(line.startswith("language/synonyms.yaml:") for line in said)
    assert any(line.startswith("interview.yaml:") and "qestion" in line for line in said)
    assert f"共 {len(said)} 处问题" in done.stderr.decode("utf-8")


def test_check_passes_a_folder_near_a_limit_and_says_so(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "large"
    shutil.copytree(KNOWLEDGE, folder)
    with (folder / "scenarios/buttons.yaml").open("ab") as file:
        file.write(b"# \n" * 550_000)
    done = run(home, "check", str(folder))
    assert done.returncode == 0, done.stdout.decode("utf-8")
    assert done.stderr.decode("utf-8").startswith("提醒：scenarios/buttons.yaml：已经 1.6 MB")


def test_a_missing_folder_is_a_problem_without_a_traceback(home: Path) -> None:
    done = run(home, "check", str(home / "nowhere"))
    assert done.returncode == 1
    assert "找不到" in done.stdout.decode("utf-8")
    assert b"Traceback" not in done.stderr


def test_replay_prints_a_conversation_and_its_result(home: Path) -> None:
    file = sorted((KNOWLEDGE / "scenarios").glob("*.yaml"))[0]
    done = run(home, "replay", str(file))
    said = done.stdout.decode("utf-8")
    assert "柳创通 " in said
    assert done.returncode == (0 if "全部符合" in said else 1)
    assert done.returncode == 0, said
    assert re.search(r"播放完毕：[1-9]\d* 段对话、[1-9]\d* 句，全部符合", said)


def test_replay_explains_what_was_understood(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    (folder / "one.yaml").write_text(
        "- name: 一\n  talk:\n    - say: 休学创业能保留学籍吗\n", encoding="utf-8"
    )
    done = run(home, "replay", "--explain", str(folder / "one.yaml"))
    assert re.search(r"→ answer \(answer [01]\.\d\d, 0\)", done.stdout.decode("utf-8"))


@pytest.mark.parametrize("name", ["nowhere.yaml", "scenarios/nowhere.yaml", "interview.yaml"])
def test_replay_refuses_files_that_are_no_scenarios(home: Path, name: str) -> None:
    done = run(home, "replay", str(KNOWLEDGE / name))
    assert done.returncode == 1
    assert "不是 scenarios/ 里的" in done.stderr.decode("utf-8")
    assert "全部符合" not in done.stdout.decode("utf-8")


def test_coverage_of_a_missing_folder_is_refused(home: Path) -> None:
    done = run(home, "coverage", str(home / "nowhere"))
    assert done.returncode == 1
    assert "找不到知识库文件夹" in done.stderr.decode("utf-8")


def test_replay_reports_an_unmet_expectation(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    (folder / "wrong.yaml").write_text(
        "- name: 错的\n  talk:\n    - say: 帮助\n      expect: {says: 绝不会说的话}\n",
        encoding="utf-8",
    )
    done = run(home, "replay", str(folder / "wrong.yaml"))
    said = done.stdout.decode("utf-8")
    assert done.returncode == 1
    assert "绝不会说的话" in said
    assert "有 1 处不符" in said
