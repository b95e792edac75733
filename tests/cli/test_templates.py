"""`sample` and `check --expand` show what a template stands for."""

from __future__ import annotations

from pathlib import Path

from tests.cli.processes import run


def test_expand_lists_every_text_of_the_templates_below_a_key(home: Path) -> None:
    done = run(home, "check", "--expand", "privacy")
    said = done.stdout.decode("utf-8").splitlines()
    assert done.returncode == 0
    assert said[0].startswith("language/commands.yaml:")
    assert said[0].endswith(" 句")
    assert "  你们要不要我的身份证" in said


def test_expand_takes_a_file_with_and_without_its_folder(home: Path) -> None:
    short = run(home, "check", "--expand", "language/aspects.yaml")
    long = run(home, "check", "--expand", "knowledge/language/aspects.yaml")
    assert short.stdout == long.stdout
    assert "aspects materials" in short.stdout.decode("utf-8")


def test_sample_prints_ten_texts_and_the_same_ones_again(home: Path) -> None:
    first, second = run(home, "sample", "operator"), run(home, "sample", "operator")
    assert first.stdout == second.stdout
    assert len(first.stdout.decode("utf-8").splitlines()) == 10


def test_a_template_can_be_tried_before_it_is_saved(home: Path) -> None:
    done = run(home, "sample", "我们{space}[的]老板")
    assert done.stdout.decode("utf-8").splitlines() == [
        "我们众创空间的老板",
        "我们众创空间老板",
        "我们孵化器的老板",
        "我们孵化器老板",
    ]


def test_a_fault_of_a_tried_template_is_told_without_a_traceback(home: Path) -> None:
    done = run(home, "sample", "我们{spaces}")
    assert done.returncode == 1
    said = done.stderr.decode("utf-8")
    assert "没有“spaces”这个列表" in said
    assert "space" in said
    assert "Traceback" not in said


def test_a_key_without_templates_says_where_templates_are_written(home: Path) -> None:
    done = run(home, "sample", "thanks")
    assert done.returncode == 1
    assert "interview.yaml" in done.stderr.decode("utf-8")
