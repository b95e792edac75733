"""The command line as a whole: usage errors, help, versions, and where it keeps its data."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot import __version__
from tests.cli.processes import run

COMMANDS = ("chat", "ask", "serve", "wechat-menu", "check", "coverage", "replay", "inbox")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "缺少 命令"),
        (["nope"], "没有 'nope' 这个命令"),
        (["check", "a", "b"], "不认识 b"),
        (["--config"], "--config 后面要写一个值"),
        (["replay"], "缺少 file"),
    ],
)
def test_usage_errors_are_in_chinese(home: Path, arguments: list[str], said: str) -> None:
    done = run(home, *arguments)
    told = done.stderr.decode("utf-8")
    assert done.returncode == 2
    assert said in told
    assert told.startswith("用法：")
    assert "prepare" not in told


def test_help_is_in_chinese(home: Path) -> None:
    told = run(home, "check", "--help").stdout.decode("utf-8")
    assert "知识库文件夹" in told
    assert not {"usage", "options", "arguments", "show"} & set(re.findall(r"[a-z]+", told))


@pytest.mark.parametrize(
    ("typed", "meant"), [("sevre", "serve"), ("chatt", "chat"), ("cheek", "check")]
)
def test_a_mistyped_command_is_answered_with_the_nearest_one(
    home: Path, typed: str, meant: str
) -> None:
    done = run(home, typed)
    told = done.stderr.decode("utf-8")
    assert done.returncode == 2
    assert f"没有 '{typed}' 这个命令（是不是想写“{meant}”）" in told


def test_a_command_that_resembles_none_is_answered_with_all(home: Path) -> None:
    told = run(home, "zzz").stderr.decode("utf-8")
    assert "可以写：" + "、".join(COMMANDS[:3]) in told


def test_a_hidden_command_is_not_suggested(home: Path) -> None:
    assert "prepare" not in run(home, "prepar").stderr.decode("utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_command_has_an_example(home: Path, command: str) -> None:
    told = run(home, command, "--help").stdout.decode("utf-8")
    assert f"例如：\n  python -m bot {command}" in told


def test_the_version_is_printed(home: Path) -> None:
    assert run(home, "--version").stdout.decode("utf-8") == f"liuchuangtong {__version__}\n"


def test_in_an_empty_folder_the_bundled_knowledge_answers_and_data_lies_with_the_user(
    tmp_path: Path,
) -> None:
    empty, data = tmp_path / "empty", tmp_path / "data"
    empty.mkdir()
    done = run(empty, "ask", "休学创业能保留学籍吗", XDG_DATA_HOME=str(data))
    assert "保留学籍" in done.stdout.decode("utf-8"), done.stderr
    assert list(empty.iterdir()) == []
    assert list((data / "liuchuangtong" / "data" / "cache").iterdir())


def test_a_settings_file_that_is_named_but_missing_is_a_fault(tmp_path: Path) -> None:
    done = run(tmp_path, "--config", "none.yaml", "ask", "你好")
    assert done.returncode == 1
    assert "none.yaml：读不了这个文件" in done.stderr.decode("utf-8")


@pytest.mark.parametrize(
    ("redirect", "code", "said"),
    [
        (">&-", 1, "写不出去：输出已经关闭\n"),
        (">/dev/full", 1, "写不出去：磁盘满了\n"),
        (">&- <&-", 1, "写不出去：输出已经关闭\n"),
        (">&- 2>&-", 1, ""),
        ("2>&-", 0, ""),
        ("2>/dev/full", 0, ""),
        ("<&-", 0, ""),
    ],
)
@pytest.mark.parametrize("command", [["ask", "休学创业能保留学籍吗"], ["chat"], ["coverage"]])
def test_a_command_whose_streams_are_closed_or_full_ends_with_at_most_one_line(
    small_home: Path, redirect: str, code: int, said: str, command: list[str]
) -> None:
    done = run(small_home, *command, redirect=redirect)
    assert (done.returncode, done.stderr.decode("utf-8")) == (code, said)


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_that_cannot_be_printed_is_one_line(home: Path, option: str) -> None:
    done = run(home, option, redirect=">&-")
    assert (done.returncode, done.stderr.decode("utf-8")) == (1, "写不出去：输出已经关闭\n")
