"""`sample` and `check --expand` show what a template stands for."""

from __future__ import annotations

from pathlib import Path

from tests.cli.processes import run


def printed(home: Path, *arguments: str) -> list[str]:
    """Return the lines that a command prints, which must end without a fault."""
    done = run(home, *arguments)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode("utf-8").splitlines()


def refused(home: Path, wanted: str) -> str:
    """Return why `sample` refuses what it is given."""
    done = run(home, "sample", wanted)
    assert (done.returncode, done.stdout) == (1, b"")
    return done.stderr.decode("utf-8")


def test_expand_lists_every_text_of_the_templates_below_a_key(home: Path) -> None:
    said = printed(home, "check", "--expand", "materials")
    assert said[0].startswith("language/aspects.yaml:")
    assert said[0].endswith(" 句")
    assert any(line.startswith("  ") for line in said)


def test_expand_takes_a_file_with_and_without_its_folder(home: Path) -> None:
    short = printed(home, "check", "--expand", "language/aspects.yaml")
    assert short == printed(home, "check", "--expand", "knowledge/language/aspects.yaml")
    assert any("aspects materials" in line for line in short)


def test_sample_prints_ten_texts_and_the_same_ones_again(home: Path) -> None:
    texts = printed(home, "sample", "operator")
    assert texts == printed(home, "sample", "operator")
    assert len(texts) == 10


def test_a_template_can_be_tried_before_it_is_saved(home: Path) -> None:
    assert printed(home, "sample", "我们{space}[的]老板") == [
        "我们众创空间的老板",
        "我们众创空间老板",
        "我们孵化器的老板",
        "我们孵化器老板",
    ]


def test_a_fault_of_a_tried_template_is_told_without_a_traceback(home: Path) -> None:
    said = refused(home, "我们{spaces}")
    assert "没有“spaces”这个列表" in said
    assert "space" in said
    assert "Traceback" not in said


def test_a_key_without_templates_says_where_templates_are_written(home: Path) -> None:
    assert "interview.yaml" in refused(home, "thanks")
